"""From a submission to the event on the log: limits checked and granted, then decided and appended."""

import uuid_utils
from cloche_domain import Absent, Evaluation, Refusal, Submit, decide
from cloche_kit.bus import BusError, BusUnavailable, Conflict, StreamLost
from cloche_kit.log import EventLog, Position, Written
from cloche_kit.logs import get_logger
from cloche_schemas.commands import EvaluationSpec, SubmitEvaluation, grant
from cloche_schemas.events import LifecycleEvent
from cloche_schemas.subjects import Address
from cloche_schemas.values import Limits, RequestedLimits
from cloche_schemas.views import FieldError

from cloche_gateway.problems import ClientError, LimitError, at, refused
from cloche_gateway.settings import GatewaySettings

_log = get_logger(__name__)
_NEW = Evaluation(state=Absent())
_DEFAULTS = Limits()


async def submit(
    log: EventLog, settings: GatewaySettings, tenant: str, body: SubmitEvaluation
) -> Address:
    """Append the evaluation's first event. Returns when the log has it, durably; `ClientError` if it may not be."""
    spec = body.spec()
    check(spec, settings.maxima)
    decision = decide(
        Submit(
            spec=spec,
            limits=grant(spec.limits, defaults(settings.maxima)),
            max_attempts=settings.max_attempts,
        ),
        _NEW,
    )
    if isinstance(decision, Refusal):
        raise refused(decision)
    address = Address(tenant, str(uuid_utils.uuid7()))
    if isinstance(await _append(log, address, decision), Conflict):
        # Nobody else knows the id yet: only a log that answers for another could say so.
        raise BusUnavailable(f"the log holds a history for the new id {address.evaluation}")
    return address


async def _append(log: EventLog, address: Address, event: LifecycleEvent) -> Written | Conflict:
    try:
        return await log.append(address, event, after=Position())
    except (BusUnavailable, StreamLost):
        raise
    except BusError as error:
        # The log will never take it: the server's max_payload must exceed the largest body by a few KiB.
        _log.warning("event_too_large", error=str(error))
        detail = "the log takes no event of this size; shorten code or stdin"
        raise ClientError("body_too_large", detail, errors=at("", detail)) from error


def check(spec: EvaluationSpec, maxima: Limits) -> None:
    """What the schema cannot say of a submission: maxima, and texts that no program or store can take."""
    over = over_maxima(spec.limits, maxima)
    if over:
        raise ClientError("limit_exceeded", over[0].detail, errors=over)
    unfit = tuple(
        FieldError(pointer=pointer, detail="must not contain the character U+0000")
        for pointer, text in _texts(spec)
        if "\0" in text
    )
    if unfit:
        raise ClientError("invalid_body", unfit[0].detail, errors=unfit)


def defaults(maxima: Limits) -> Limits:
    """What is granted where nothing is asked: the product's defaults, as far as this server goes."""
    names = Limits.__struct_fields__
    return Limits(**{name: min(getattr(_DEFAULTS, name), getattr(maxima, name)) for name in names})


def over_maxima(requested: RequestedLimits, maxima: Limits) -> tuple[LimitError, ...]:
    """One error for each limit that asks for more than may be granted."""
    return tuple(
        LimitError(
            pointer=f"/limits/{name}",
            detail=f"{name} may be at most {maximum:g}"
            if isinstance(maximum, float)
            else f"{name} may be at most {maximum}",
            maximum=maximum,
        )
        for name in RequestedLimits.__struct_fields__
        if (asked := getattr(requested, name)) is not None
        and asked > (maximum := getattr(maxima, name))
    )


def _texts(spec: EvaluationSpec) -> list[tuple[str, str]]:
    """Arguments end at a NUL, and PostgreSQL's jsonb has none."""
    labels = [("/labels", text) for pair in spec.labels.items() for text in pair]
    return [*((f"/argv/{n}", text) for n, text in enumerate(spec.argv)), *labels]
