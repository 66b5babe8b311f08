"""From a submission to the event on the log: checked, limits granted, then decided and appended.

Whatever is wrong with it is said here, before anything is appended: programs.py, environment.py and granting.py,
retrying.py.
"""

import secrets

import uuid_utils
from cloche_domain import Absent, Evaluation, Refusal, Submit, decide
from cloche_kit.bus import BusError, BusUnavailable, Conflict, StreamLost
from cloche_kit.log import EventLog, Position, Written, utcnow
from cloche_kit.logs import get_logger
from cloche_schemas.commands import EvaluationSpec, SubmitEvaluation
from cloche_schemas.events import LifecycleEvent
from cloche_schemas.subjects import Address
from cloche_schemas.values import Origin
from msgspec import Struct
from msgspec.structs import replace

from cloche_gateway import idempotency
from cloche_gateway.deps import Deps, Gateway
from cloche_gateway.due import due_time
from cloche_gateway.environment import check_environment
from cloche_gateway.granting import check_fit, check_texts, granted
from cloche_gateway.idempotency import Wish
from cloche_gateway.inputs import NO_INPUTS, Inputs, look, moved
from cloche_gateway.problems import ClientError, at, refused
from cloche_gateway.programs import resolved
from cloche_gateway.reading import find
from cloche_gateway.retrying import whole
from cloche_gateway.settings import GatewaySettings

_log = get_logger(__name__)
_NEW = Evaluation(state=Absent())
NO_ORIGIN = Origin()


class Submitted(Struct, frozen=True):
    """Where the evaluation lives. `replayed`: it was there before, under the same Idempotency-Key. `scheduled`: to be
    queued later."""

    address: Address
    replayed: bool = False
    scheduled: bool = False


async def submit(
    gateway: Gateway,
    tenant: str,
    body: SubmitEvaluation,
    *,
    key: str | None,
    rerun_of: str | None = None,
) -> Submitted:
    """Append the evaluation's first event, once for each `key`: `queued`, or `scheduled` if it is to wait.

    `rerun_of`: the evaluation that it repeats. Returns when the log has it, durably; `ClientError` if it may not be.
    """
    deps = gateway.deps
    wish = None if key is None else Wish.of("evaluation", tenant, key, body)
    if wish is not None and (known := await idempotency.recall(deps, wish)) is not None:
        return await _replayed(deps, Address(tenant, known), body)
    due_at = due_time(body, utcnow())
    origin = Origin(rerun_of=rerun_of, idempotency=None if wish is None else wish.mark)
    spec = body.spec()
    inputs = await look(deps, tenant, spec)
    command = prepared(spec, gateway.settings, origin=origin, inputs=inputs)
    address = Address(tenant, str(uuid_utils.uuid7()) if wish is None else wish.id)
    claim = "" if wish is None else secrets.token_hex(8)
    later = due_at is not None
    async with gateway.admission.admitted(tenant, [command.spec], later=later) as [turns]:
        event = first_event(replace(command, turns=turns, due_at=due_at))
        appended = await _append(deps.log, address, await moved(deps, tenant, event), claim)
    if isinstance(appended, Conflict):
        if wish is None:
            # Nobody else knows the id yet: only a log that answers for another could say so.
            raise BusUnavailable(f"the log holds a history for the new id {address.evaluation}")
        await idempotency.compare(deps, wish)
        return await _replayed(deps, address, body)
    return Submitted(address, scheduled=later)


async def _replayed(deps: Deps, address: Address, body: SubmitEvaluation) -> Submitted:
    """As it was accepted the first time; whether it was to wait depended on the time of day then."""
    scheduled = False
    if body.run_at is not None or body.delay_seconds is not None:
        scheduled = (await find(deps, address)).view.due_at is not None
    return Submitted(address, replayed=True, scheduled=scheduled)


def prepared(
    spec: EvaluationSpec,
    settings: GatewaySettings,
    *,
    origin: Origin = NO_ORIGIN,
    inputs: Inputs = NO_INPUTS,
) -> Submit:
    """The submission as it is to be decided: nothing left open, its limits granted. `ClientError` if it may not be.

    `inputs`: what is known of the blobs that it refers to (`look`).
    """
    spec = resolved(spec, settings.extra_images, inputs)
    check_environment(spec, settings.env_allowed)
    limits = granted(spec, settings)
    check_texts(spec)
    check_fit(spec, limits, inputs)
    retry = whole(spec.retry, settings)
    return Submit(
        spec=replace(spec, retry=retry),
        limits=limits,
        max_attempts=retry.attempts or settings.max_attempts,
        origin=origin,
    )


def first_event(submit: Submit) -> LifecycleEvent:
    """What a new evaluation begins with."""
    decision = decide(submit, _NEW)
    if isinstance(decision, Refusal):
        raise refused(decision)
    return decision


def never_taken(error: BusError) -> ClientError:
    """The log will never take it: the server's max_payload must exceed the largest body by a few KiB."""
    _log.warning("event_too_large", error=str(error))
    detail = "the log takes no event of this size; shorten code or stdin"
    return ClientError("body_too_large", detail, errors=at("", detail))


async def _append(
    log: EventLog, address: Address, event: LifecycleEvent, claim: str
) -> Written | Conflict:
    try:
        return await log.append(address, event, after=Position(), claim=claim)
    except (BusUnavailable, StreamLost):
        raise
    except BusError as error:
        raise never_taken(error) from error
