"""Where the API is described: a catalogue of it (RFC 9727), and its events as AsyncAPI beside OpenAPI."""

import functools

import msgspec
from cloche_schemas.feeds_api import feeds_asyncapi
from cloche_schemas.generate import asyncapi
from fastapi import APIRouter, Request
from starlette.responses import Response

from cloche_gateway.openapi import Document, described
from cloche_gateway.planned_route import PlannedRoute
from cloche_gateway.representations import conditional_bytes

router = APIRouter(route_class=PlannedRoute, tags=["service"])
CATALOG = "/.well-known/api-catalog"
#: RFC 9264 with the profile that RFC 9727 asks for.
LINKSET = 'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"'
ASYNCAPI = "application/vnd.aai.asyncapi+json"
_LINKS: Document = {
    "linkset": [
        {
            "anchor": "/v1",
            "service-desc": [
                {"href": "/openapi.json", "type": "application/vnd.oai.openapi+json"},
                {"href": "/asyncapi.json", "type": ASYNCAPI},
                {"href": "/feeds.asyncapi.json", "type": ASYNCAPI},
            ],
            "service-doc": [{"href": "/docs", "type": "text/html"}],
            "status": [{"href": "/readyz", "type": "application/json"}],
        }
    ]
}
_PUBLIC = {"Cache-Control": "public, max-age=300"}


@router.head(CATALOG, response_class=Response, include_in_schema=False)
@router.get(
    CATALOG,
    summary="Which APIs there are",
    response_class=Response,
    responses=described("application/linkset+json"),
)
async def catalog(request: Request) -> Response:
    """Links to the descriptions of this API, for programs that look for them (RFC 9727)."""
    headers = _PUBLIC | {"Link": f'<{CATALOG}>; rel="api-catalog"'}
    return conditional_bytes(request, msgspec.json.encode(_LINKS), LINKSET, headers=headers)


@router.get(
    "/asyncapi.json",
    summary="The events, as AsyncAPI 3.0",
    response_class=Response,
    responses=described(ASYNCAPI),
)
async def events_description(request: Request) -> Response:
    """What lies on the log and comes over live feeds. OpenAPI is at /openapi.json."""
    return conditional_bytes(request, _asyncapi(), ASYNCAPI, headers=_PUBLIC)


@router.get(
    "/feeds.asyncapi.json",
    summary="The feeds over a WebSocket, as AsyncAPI 3.0",
    response_class=Response,
    responses=described(ASYNCAPI),
)
async def feeds_description(request: Request) -> Response:
    """What is said on `/v1/ws`, by either side."""
    return conditional_bytes(request, _feeds(), ASYNCAPI, headers=_PUBLIC)


@functools.cache
def _asyncapi() -> bytes:
    return msgspec.json.encode(asyncapi())


@functools.cache
def _feeds() -> bytes:
    return msgspec.json.encode(feeds_asyncapi())
