"""``GET /v1/evaluations/{id}/attempts``: every attempt, where it ran and how it ended."""

from cloche_kit.bus import BusUnavailable
from cloche_kit.logs import get_logger
from cloche_schemas.subjects import Address
from cloche_schemas.views import AttemptList, AttemptView
from fastapi import APIRouter
from starlette.responses import Response

from cloche_gateway.authentication import TheReader
from cloche_gateway.deps import Deps, TheGateway
from cloche_gateway.evaluations import json_response
from cloche_gateway.openapi import answers
from cloche_gateway.planned_route import PlannedRoute
from cloche_gateway.reading import Known, address_of, find, fold_on
from cloche_gateway.recordings import attempt_of

_log = get_logger(__name__)
router = APIRouter(route_class=PlannedRoute, tags=["evaluations"])


@router.get(
    "/v1/evaluations/{id}/attempts",
    summary="List the attempts",
    responses=answers(200, AttemptList, 401, 403, 404, 422, 503),
)
async def attempts(id: str, gateway: TheGateway, caller: TheReader) -> Response:  # noqa: A002
    """In order of their number; the output of one that does not count is `/output?attempt=`."""
    address = address_of(caller.tenant, id)
    known = await find(gateway.deps, address)
    listed = AttemptList(
        items=await _of(gateway.deps, address, known),
        counts=attempt_of(known.state),
        complete=known.state.over,
        max_attempts=known.view.max_attempts,
    )
    return json_response(listed, 200)


async def _of(deps: Deps, address: Address, known: Known) -> tuple[AttemptView, ...]:
    view = known.view
    if len(view.attempts) == view.attempt:
        return view.attempts
    # The row is older than its attempts: it was written before the projector kept them.
    try:
        again = fold_on(None, address, await deps.log.read(address))
    except BusUnavailable as error:
        _log.warning("log_unavailable", error=str(error))
        again = None
    return view.attempts if again is None else again.view.attempts
