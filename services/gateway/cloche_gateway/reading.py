"""One evaluation as of now: the read model's row where it is current, else folded on from the log.

Read-your-writes: whatever was acknowledged is found, also before the projector has got there, and also while
PostgreSQL is away. An evaluation that the log no longer holds is found in PostgreSQL alone.
"""

from cloche_domain import Evaluation, Illegal, Occurrence, apply, passed_over, project
from cloche_kit.bus import BusUnavailable
from cloche_kit.log import History
from cloche_kit.logs import get_logger, know
from cloche_kit.telemetry import trace_id_of
from cloche_schemas.subjects import Address, SubjectError
from cloche_schemas.views import EvaluationView
from msgspec import Struct

from cloche_gateway.deps import Deps
from cloche_gateway.problems import ClientError, at, no_such_evaluation
from cloche_gateway.read_models import ReadModelsUnavailable, Row

_log = get_logger(__name__)


class Known(Struct, frozen=True):
    """An evaluation as the API shows it and as decisions see it."""

    view: EvaluationView
    state: Evaluation


def address_of(tenant: str, evaluation: str, pointer: str = "/path/id") -> Address:
    """Where `evaluation` lives; `invalid_id` if no evaluation can be called so."""
    try:
        address = Address(tenant, evaluation)
    except SubjectError:
        detail = "an evaluation's id is a UUID in lower case"
        raise ClientError("invalid_id", detail, errors=at(pointer, detail)) from None
    know(evaluation=evaluation)
    return address


async def find(deps: Deps, address: Address) -> Known:
    """The evaluation, no older than the log's last word on it. `not_found` only if neither store knows it.

    While one of the two does not answer, the other one does; if that finds nothing, `BusUnavailable` or
    `ReadModelsUnavailable`.
    """
    try:
        row = await deps.read_models.evaluation(address)
    except ReadModelsUnavailable as error:
        _log.warning("read_models_unavailable", error=str(error))
        known = fold_on(None, address, await deps.log.read(address))
        if known is None:
            raise
        return known
    try:
        known = await _newer(deps, address, row)
    except BusUnavailable as error:
        if row is None:
            raise
        _log.warning("log_unavailable", error=str(error))
        known = None
    if known is not None:
        return known
    if row is None:
        raise no_such_evaluation()
    return Known(row.view, row.state)


async def _newer(deps: Deps, address: Address, row: Row | None) -> Known | None:
    """What the log has beyond `row`; None if nothing."""
    last = await deps.bus.last(address.lifecycle)
    if last is None or (row is not None and row.stream_sequence >= last.sequence):
        return None
    known = fold_on(row, address, await deps.log.read(address))
    if known is None:
        # Read from a follower that has not heard of it; the leader has.
        raise BusUnavailable("the history read is older than the evaluation")
    return known


def fold_on(row: Row | None, address: Address, history: History) -> Known | None:
    """What `history` adds to `row`; None if there is nothing at all."""
    state = row.state if row else Evaluation()
    view = row.view if row else None
    for entry in history.entries:
        evolved = apply(state, entry.envelope.number, entry.event)
        if isinstance(evolved, Illegal):
            state = passed_over(state)
        elif isinstance(evolved, Evaluation):
            state = evolved
            view = project(
                view,
                Occurrence(
                    evaluation=address.evaluation,
                    number=entry.envelope.number,
                    time=entry.envelope.time,
                    trace_id=trace_id_of(entry.envelope),
                    event=entry.event,
                ),
            )
    return None if view is None else Known(view, state)
