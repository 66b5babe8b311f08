"""Limits: what may be asked for, and what is granted where nothing is asked."""

from functools import cache

from cloche_schemas.commands import EvaluationSpec, grant
from cloche_schemas.values import Limits, RequestedLimits
from cloche_schemas.views import FieldError

from cloche_gateway.inputs import NO_INPUTS, Inputs
from cloche_gateway.problems import ClientError, LimitError, at
from cloche_gateway.settings import GatewaySettings

_DEFAULTS = Limits()
_NOTHING = RequestedLimits()


def granted(spec: EvaluationSpec, settings: GatewaySettings) -> Limits:
    """The limits of a submission. `limit_exceeded` if it, or one of its cases, asks for more than may be granted."""
    maxima = settings.maxima
    over = [*over_maxima(spec.limits, maxima)]
    for number, case in enumerate(spec.cases or ()):
        over += over_maxima(case.limits, maxima, f"/cases/{number}")
    if over:
        raise ClientError("limit_exceeded", over[0].detail, errors=tuple(over))
    limits = grant(spec.limits, defaults(maxima))
    together = sum(grant(case.limits, limits).wall_seconds for case in spec.cases or ())
    if together > settings.cases_seconds:
        detail = f"all cases together may ask for {settings.cases_seconds:g} s, not {together:g} s"
        errors = (LimitError(pointer="/cases", detail=detail, maximum=settings.cases_seconds),)
        raise ClientError("limit_exceeded", detail, errors=errors)
    return limits


@cache
def defaults(maxima: Limits) -> Limits:
    """What is granted where nothing is asked: the product's defaults, as far as this server goes."""
    names = Limits.__struct_fields__
    return Limits(**{name: min(getattr(_DEFAULTS, name), getattr(maxima, name)) for name in names})


def over_maxima(
    requested: RequestedLimits, maxima: Limits, within: str = ""
) -> tuple[LimitError, ...]:
    """One error for each limit that asks for more than may be granted."""
    if requested == _NOTHING:
        return ()
    return tuple(
        LimitError(
            pointer=f"{within}/limits/{name}",
            detail=f"{name} may be at most {maximum:g}"
            if isinstance(maximum, float)
            else f"{name} may be at most {maximum}",
            maximum=maximum,
        )
        for name in RequestedLimits.__struct_fields__
        if (asked := getattr(requested, name)) is not None
        and asked > (maximum := getattr(maxima, name))
    )


def check_fit(spec: EvaluationSpec, limits: Limits, inputs: Inputs = NO_INPUTS) -> None:
    """`program_too_large` unless its files and each standard input fit the scratch space of the sandboxes."""
    sizes = [inputs.size(spec.code_blob, spec.code.encode())]
    sizes += [inputs.size(file.blob, file.raw) for file in spec.files]
    stdin = inputs.size(spec.stdin_blob, spec.stdin.encode())
    runs = [("", limits, stdin)]
    for number, case in enumerate(spec.cases or ()):
        own = case.stdin is not None or case.stdin_blob is not None
        read = inputs.size(case.stdin_blob, (case.stdin or "").encode()) if own else stdin
        runs.append((f"/cases/{number}", grant(case.limits, limits), read))
    inodes = len(spec.files) + len(_folders(spec))
    for within, granted_, read in runs:
        wrong = _unfit([*sizes, read], inodes, granted_)
        if wrong is not None:
            detail, name = wrong
            errors = at(f"{within}/limits/{name}", detail)
            raise ClientError("program_too_large", detail, errors=errors)


def _unfit(sizes: list[int], inodes: int, limits: Limits) -> tuple[str, str] | None:
    """What does not fit, and the limit that it does not fit."""
    if sum(sizes) > limits.scratch_bytes:
        held = f"the scratch space has {limits.scratch_bytes}"
        return f"files and stdin are {sum(sizes)} bytes, {held}", "scratch_bytes"
    if max(sizes) > limits.file_bytes:
        return f"a file is {max(sizes)} bytes, it may have {limits.file_bytes}", "file_bytes"
    if inodes > limits.scratch_inodes:
        held = f"the scratch space may have {limits.scratch_inodes}"
        return f"there are {inodes} files and folders, {held}", "scratch_inodes"
    return None


def _folders(spec: EvaluationSpec) -> set[str]:
    """Every folder that has to be made."""
    made: set[str] = set()
    for name in (*(file.name for file in spec.files), spec.name or ""):
        parts = name.split("/")[:-1]
        made |= {"/".join(parts[:n]) for n in range(1, len(parts) + 1)}
    return made


def check_texts(spec: EvaluationSpec) -> None:
    """`invalid_body` for texts that no program or store can take. What a program reads may hold anything."""
    unfit = tuple(
        FieldError(pointer=pointer, detail="must not contain the character U+0000")
        for pointer, text in _texts(spec)
        if "\0" in text
    )
    if unfit:
        raise ClientError("invalid_body", unfit[0].detail, errors=unfit)


def _texts(spec: EvaluationSpec) -> list[tuple[str, str]]:
    """Arguments end at a NUL, and PostgreSQL's jsonb has none."""
    texts = [(f"/argv/{n}", text) for n, text in enumerate(spec.argv)]
    texts += [("/labels", text) for pair in spec.labels.items() for text in pair]
    for number, case in enumerate(spec.cases or ()):
        texts.append((f"/cases/{number}/name", case.name))
        texts += [(f"/cases/{number}/argv/{n}", text) for n, text in enumerate(case.argv or ())]
    return texts
