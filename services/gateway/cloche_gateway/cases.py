"""``GET /v1/evaluations/{id}/cases``: what became of each case so far."""

from contextlib import aclosing

from cloche_domain import case_result
from cloche_kit.bus import EventBus
from cloche_kit.logs import get_logger
from cloche_schemas import codec
from cloche_schemas.events import CaseCompleted, type_of
from cloche_schemas.subjects import Address
from cloche_schemas.views import CaseList, CaseResult
from fastapi import APIRouter
from starlette.responses import Response

from cloche_gateway.authentication import TheReader
from cloche_gateway.deps import Deps, TheGateway
from cloche_gateway.evaluations import json_response
from cloche_gateway.openapi import answers
from cloche_gateway.planned_route import PlannedRoute
from cloche_gateway.read_models import CaseRows, ReadModelsUnavailable
from cloche_gateway.reading import Known, address_of, find
from cloche_gateway.recordings import attempt_of

_log = get_logger(__name__)
router = APIRouter(route_class=PlannedRoute, tags=["evaluations"])
LOG_BATCH = 100
_TYPE = type_of(CaseCompleted)


@router.get(
    "/v1/evaluations/{id}/cases",
    summary="List the cases that are over",
    responses=answers(200, CaseList, 401, 403, 404, 422, 503),
)
async def cases(id: str, gateway: TheGateway, caller: TheReader) -> Response:  # noqa: A002
    """Of the attempt that counts, in order of their index; `complete: false` while more may come.

    Each also comes as the event `case-completed` of the live feed, when it is over.
    """
    address = address_of(caller.tenant, id)
    known = await find(gateway.deps, address)
    counts = known.view.cases
    items = await _results(gateway.deps, address, known) if counts is not None else ()
    return json_response(
        CaseList(
            attempt=attempt_of(known.state),
            complete=known.state.over,
            total=0 if counts is None else counts.total,
            items=items,
        ),
        200,
    )


async def _results(deps: Deps, address: Address, known: Known) -> tuple[CaseResult, ...]:
    """All that the log holds by now: rows as far as they go, the rest from the log."""
    attempt, counts = attempt_of(known.state), known.view.cases
    if attempt == 0:
        return ()
    try:
        rows = await deps.read_models.cases(address, attempt)
    except ReadModelsUnavailable as error:
        _log.warning("read_models_unavailable", error=str(error))
        rows = CaseRows()
    ended = counts.passed + counts.failed if counts is not None and known.state.over else None
    if len(rows.results) == ended:
        return rows.results
    last = await deps.bus.last(address.output(attempt))
    if last is None:
        return rows.results
    after = rows.upto if rows.epoch == (await deps.bus.state()).epoch else 0
    found = {result.index: result for result in rows.results if after}
    if after < last.sequence:
        found |= await _from_log(deps.bus, address.output(attempt), after, last.sequence)
    return tuple(found[index] for index in sorted(found))


async def _from_log(bus: EventBus, subject: str, after: int, last: int) -> dict[int, CaseResult]:
    """Results on `subject` beyond sequence `after`, up to `last`."""
    found: dict[int, CaseResult] = {}
    async with aclosing(bus.follow(after=after, filters=(subject,), batch=LOG_BATCH)) as batches:
        async for batch in batches:
            for stored in batch:
                if (result := _result_of(stored.data)) is not None:
                    found[result.index] = result
            if batch[-1].sequence >= last:
                break
    return found


def _result_of(message: bytes) -> CaseResult | None:
    try:
        envelope = codec.decode_envelope(message)
        # Most of what lies there is output, whose bytes are not worth decoding here.
        event = codec.decode_event(envelope) if envelope.type == _TYPE else None
    except codec.Malformed:
        return None
    return case_result(event) if isinstance(event, CaseCompleted) else None
