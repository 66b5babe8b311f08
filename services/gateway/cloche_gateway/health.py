"""``/v1/health``: the state of the platform, for who operates it. `/readyz` tells of one gateway."""

from cloche_schemas.health import PlatformHealth
from fastapi import APIRouter, Request
from starlette.responses import Response

from cloche_gateway.authentication import TheOperator
from cloche_gateway.evaluations import json_response
from cloche_gateway.openapi import answers
from cloche_gateway.planned_route import PlannedRoute
from cloche_gateway.platform_health import PlatformWatch

router = APIRouter(route_class=PlannedRoute, tags=["service"])


@router.get(
    "/v1/health",
    summary="The state of the platform",
    responses=answers(200, PlatformHealth, 401, 403, 503),
)
async def health(request: Request, _caller: TheOperator) -> Response:
    """Services, log, consumers and stores, and what is wrong with them. What does not answer is told as `down` within
    seconds, and the answer is 200 all the same."""
    watch: PlatformWatch = request.app.state.platform
    return json_response(await watch.health(), 200, {"Cache-Control": "no-store"})
