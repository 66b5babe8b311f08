"""``/v1/projections``: how far the read models are; to make them anew, put the new ones in their place, and go back."""

import msgspec
from cloche_schemas.projections import (
    ProjectionList,
    ProjectionRequest,
    ProjectionView,
    RebuildProjection,
    SwapWhen,
)
from fastapi import APIRouter, Request
from starlette.responses import Response

from cloche_gateway.authentication import TheAdmin
from cloche_gateway.bodies import decode_body, read_body
from cloche_gateway.deps import Gateway, TheGateway
from cloche_gateway.evaluations import json_response
from cloche_gateway.openapi import answers, takes
from cloche_gateway.planned_route import PlannedRoute
from cloche_gateway.problems import ClientError

router = APIRouter(route_class=PlannedRoute, tags=["projections"])
COLLECTION = "/v1/projections"

_rebuilds = msgspec.json.Decoder(RebuildProjection)
_USUAL = RebuildProjection()
# What stands in the way where a wish is refused.
_REFUSED = {
    "rebuild": "it is being made anew or changed already",
    "swap": "nothing that was made anew waits to be put in its place",
    "rollback": "there is nothing to go back to, or it is being made anew",
    "abort": "nothing is being done with it",
}


@router.get(
    COLLECTION, summary="List projections", responses=answers(200, ProjectionList, 401, 403, 503)
)
async def list_projections(gateway: TheGateway, _caller: TheAdmin) -> Response:
    """How far each one is, and how far the rebuild under way or the last one."""
    items = tuple(await gateway.deps.read_models.projections.all())
    return json_response(ProjectionList(items=items), 200)


@router.get(
    COLLECTION + "/{name}",
    summary="Read a projection",
    responses=answers(200, ProjectionView, 401, 403, 404, 503),
)
async def get(name: str, gateway: TheGateway, _caller: TheAdmin) -> Response:
    return json_response(await _one(gateway, name), 200)


@router.post(
    COLLECTION + "/{name}/rebuild",
    summary="Make a projection anew",
    responses=answers(202, ProjectionView, 400, 401, 403, 404, 408, 409, 413, 415, 422, 503),
    openapi_extra=takes(RebuildProjection, required=False),
    status_code=202,
)
async def rebuild(name: str, request: Request, gateway: TheGateway, _caller: TheAdmin) -> Response:
    """From the archive and the log, beside the live rows, which go on. Then every row and column is compared; `swap`
    says whether the new rows take the place of the live ones."""
    body = await read_body(request, gateway.settings, optional=True)
    wish = decode_body(body, _rebuilds) if body else _USUAL
    return await _asked(gateway, name, "rebuild", wish.swap)


@router.post(
    COLLECTION + "/{name}/swap",
    summary="Put what was made anew in its place",
    responses=answers(202, ProjectionView, 401, 403, 404, 409, 503),
    status_code=202,
)
async def swap(name: str, gateway: TheGateway, _caller: TheAdmin) -> Response:
    """After it has caught up. What was live is kept until the next swap."""
    return await _asked(gateway, name, "swap")


@router.post(
    COLLECTION + "/{name}/rollback",
    summary="Go back to what was live before",
    responses=answers(202, ProjectionView, 401, 403, 404, 409, 503),
    status_code=202,
)
async def rollback(name: str, gateway: TheGateway, _caller: TheAdmin) -> Response:
    """After it has caught up. Where it is of another version, a projector of that version has to run."""
    return await _asked(gateway, name, "rollback")


@router.post(
    COLLECTION + "/{name}/abort",
    summary="Give up what is being done",
    responses=answers(202, ProjectionView, 401, 403, 404, 409, 503),
    status_code=202,
)
async def abort(name: str, gateway: TheGateway, _caller: TheAdmin) -> Response:
    """What was made anew is thrown away; the live rows are as they are."""
    return await _asked(gateway, name, "abort")


async def _one(gateway: Gateway, name: str) -> ProjectionView:
    for one in await gateway.deps.read_models.projections.all():
        if one.name == name:
            return one
    raise ClientError("not_found", "there is no such projection")


async def _asked(
    gateway: Gateway, name: str, request: ProjectionRequest, when: SwapWhen = "auto"
) -> Response:
    """The wish is written down, and some projector sees it within a second."""
    await _one(gateway, name)
    view = await gateway.deps.read_models.projections.ask(name, request, swap=when)
    if view is None:
        raise ClientError("projection_busy", _REFUSED[request])
    return json_response(view, 202, {"Location": f"{COLLECTION}/{name}"})
