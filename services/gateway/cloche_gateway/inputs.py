"""Inputs that lie in the store as blobs: those that a submission refers to, and those that are too large for the log.

An event over 256 KiB would be read again by everybody who folds the evaluation, so its largest texts are stored by
their digests first and the event says which. Whoever reads it takes them for the same.
"""

from collections.abc import Mapping
from typing import TypeVar

import msgspec
from cloche_kit import blobs
from cloche_kit.objects import ObjectMissing
from cloche_schemas.commands import EvaluationSpec, SourceFile
from cloche_schemas.events import EvaluationQueued, EvaluationScheduled, LifecycleEvent
from cloche_schemas.views import FieldError
from msgspec import Struct
from msgspec.structs import replace

from cloche_gateway.deps import Deps
from cloche_gateway.problems import ClientError

T = TypeVar("T")
EVENT_BYTES = 256 << 10
#: Less is not worth an object of its own.
LEAST_BYTES = 4 << 10
# What tells the language of a program, and that it is one.
BEGINNING_BYTES = 64 << 10


class Inputs(Struct, frozen=True):
    """Blobs that a submission refers to, by digest: how large each is, and how those begin that may be run."""

    sizes: Mapping[str, int] = {}
    beginnings: Mapping[str, bytes] = {}

    def size(self, blob: str | None, text: bytes) -> int:
        """Bytes of what is given as either of them."""
        return len(text) if blob is None else self.sizes.get(blob, 0)


NO_INPUTS = Inputs()


async def look(deps: Deps, tenant: str, spec: EvaluationSpec, seen: Inputs | None = None) -> Inputs:
    """The blobs that `spec` refers to, none of which will be forgotten soon. `unknown_blob`.

    `seen`: those of another submission of the same tenant, which are not looked for again.
    """
    sizes = dict(seen.sizes) if seen else {}
    beginnings = dict(seen.beginnings) if seen else {}
    wrong: list[FieldError] = []
    for pointer, digest, runs in _references(spec):
        if digest not in sizes:
            found = await blobs.refer(deps.objects, tenant, digest)
            if found is None:
                wrong.append(FieldError(pointer=pointer, detail=f"there is no blob {digest}"))
                continue
            sizes[digest] = found.size
        if runs and digest not in beginnings:
            try:
                begin = await blobs.beginning(deps.objects, tenant, digest, BEGINNING_BYTES)
            except ObjectMissing:
                wrong.append(FieldError(pointer=pointer, detail=f"there is no blob {digest}"))
                continue
            beginnings[digest] = begin
    if wrong:
        raise ClientError("unknown_blob", wrong[0].detail, errors=tuple(wrong))
    return Inputs(sizes, beginnings)


def _references(spec: EvaluationSpec) -> list[tuple[str, str, bool]]:
    """Each with its place in the body, and whether it may be what runs."""
    found = [("/code_blob", spec.code_blob, True), ("/stdin_blob", spec.stdin_blob, False)]
    for number, file in enumerate(spec.files):
        found.append((f"/files/{number}/blob", file.blob, number == 0 or file.name == spec.name))
    for number, case in enumerate(spec.cases or ()):
        found.append((f"/cases/{number}/stdin_blob", case.stdin_blob, False))
    return [(pointer, blob, runs) for pointer, blob, runs in found if blob is not None]


async def moved(deps: Deps, tenant: str, event: LifecycleEvent) -> LifecycleEvent:
    """The event as it is to be appended: with its largest texts as blobs if it is too large for the log."""
    if not isinstance(event, EvaluationQueued | EvaluationScheduled) or event.spec is None:
        return event
    spec = event.spec
    over = len(msgspec.json.encode(spec)) - EVENT_BYTES
    if over <= 0:
        return event
    for size, place in sorted(_texts(spec), reverse=True):
        if over <= 0 or size < LEAST_BYTES:
            break
        spec = await _without(deps, tenant, spec, place)
        over -= size
    return replace(event, spec=spec)


def _texts(spec: EvaluationSpec) -> list[tuple[int, tuple[str, int]]]:
    """What could lie elsewhere: how long it is, and where it stands."""
    found = [(len(spec.code), ("code", 0)), (len(spec.stdin), ("stdin", 0))]
    found += [
        (len(file.content or file.data or ""), ("files", n)) for n, file in enumerate(spec.files)
    ]
    found += [(len(case.stdin or ""), ("cases", n)) for n, case in enumerate(spec.cases or ())]
    return found


async def _without(
    deps: Deps, tenant: str, spec: EvaluationSpec, place: tuple[str, int]
) -> EvaluationSpec:
    async def stored(data: bytes) -> str:
        return await blobs.store(deps.objects, tenant, data)

    match place:
        case ("code", _):
            return replace(spec, code="", code_blob=await stored(spec.code.encode()))
        case ("stdin", _):
            return replace(spec, stdin="", stdin_blob=await stored(spec.stdin.encode()))
        case ("files", number):
            file = spec.files[number]
            slim = SourceFile(name=file.name, blob=await stored(file.raw))
            return replace(spec, files=_with(spec.files, number, slim))
        case (_, number):
            cases = spec.cases or ()
            case = cases[number]
            digest = await stored((case.stdin or "").encode())
            slim_case = replace(case, stdin=None, stdin_blob=digest)
            return replace(spec, cases=_with(cases, number, slim_case))


def _with(items: tuple[T, ...], number: int, item: T) -> tuple[T, ...]:
    return (*items[:number], item, *items[number + 1 :])
