"""From a submission to the event on the log: checked, limits granted, then decided and appended.

Whatever is wrong with it is said here, before anything is appended: programs.py, environment.py and granting.py,
retrying.py.
"""

from datetime import datetime

import uuid_utils
from cloche_domain import Absent, Evaluation, Refusal, Submit, decide
from cloche_kit.bus import BusError, BusUnavailable, Conflict, StreamLost
from cloche_kit.log import EventLog, Position, Written
from cloche_kit.logs import get_logger
from cloche_schemas.commands import EvaluationSpec, SubmitEvaluation
from cloche_schemas.events import LifecycleEvent
from cloche_schemas.subjects import Address
from msgspec.structs import replace

from cloche_gateway.admission import Admission
from cloche_gateway.environment import check_environment
from cloche_gateway.granting import check_fit, check_texts, granted
from cloche_gateway.problems import ClientError, at, refused
from cloche_gateway.programs import resolved
from cloche_gateway.retrying import whole
from cloche_gateway.settings import GatewaySettings

_log = get_logger(__name__)
_NEW = Evaluation(state=Absent())


async def submit(
    log: EventLog,
    admission: Admission,
    settings: GatewaySettings,
    tenant: str,
    body: SubmitEvaluation,
    *,
    due_at: datetime | None = None,
) -> Address:
    """Append the evaluation's first event: `queued`, or `scheduled` if it is to wait until `due_at`.

    Returns when the log has it, durably; `ClientError` if it may not be.
    """
    wish = prepared(body.spec(), settings)
    [turns] = await admission.admit(tenant, [wish.spec], later=due_at is not None)
    decision = decide(replace(wish, turns=turns, due_at=due_at), _NEW)
    if isinstance(decision, Refusal):
        raise refused(decision)
    address = Address(tenant, str(uuid_utils.uuid7()))
    if isinstance(await _append(log, address, decision), Conflict):
        # Nobody else knows the id yet: only a log that answers for another could say so.
        raise BusUnavailable(f"the log holds a history for the new id {address.evaluation}")
    return address


def prepared(spec: EvaluationSpec, settings: GatewaySettings) -> Submit:
    """The submission as it is to be decided: nothing left open, its limits granted. `ClientError` if it may not be."""
    spec = resolved(spec, settings.extra_images)
    check_environment(spec, settings.env_allowed)
    limits = granted(spec, settings)
    check_texts(spec)
    check_fit(spec, limits)
    retry = whole(spec.retry, settings)
    return Submit(
        spec=replace(spec, retry=retry),
        limits=limits,
        max_attempts=retry.attempts or settings.max_attempts,
    )


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
