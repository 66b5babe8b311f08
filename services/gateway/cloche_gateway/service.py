"""The service itself: who answers, its documentation, and what each problem means."""

import base64
import hashlib
import re
from importlib.resources import files
from typing import Literal

from cloche_schemas.about import About
from fastapi import APIRouter, Request
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import FileResponse, PlainTextResponse, Response

from cloche_gateway import __version__
from cloche_gateway.authentication import TheCaller
from cloche_gateway.deps import TheGateway
from cloche_gateway.evaluations import json_response
from cloche_gateway.openapi import answers, answers_any
from cloche_gateway.planned_route import PlannedRoute
from cloche_gateway.problems import KINDS, ClientError

router = APIRouter(route_class=PlannedRoute, tags=["service"])
# The page works without any other server: its script and style come from a package.
_ASSETS = files("fastapi_offline").joinpath("static")
# Of the scripts in the page only that one runs which was there when it was made. Styles it makes as it goes.
_DOCS_POLICY = (
    "default-src 'none'; connect-src 'self'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)


@router.get("/v1", summary="Who answers, and for whom", responses=answers(200, About, 401))
async def about(gateway: TheGateway, caller: TheCaller) -> Response:
    """What the key may do, and where this system shows traces, if it says so."""
    told = About(
        version=__version__,
        tenant=caller.tenant,
        key=caller.name,
        role=caller.role,
        scopes=caller.scopes,
        trace_url=gateway.settings.trace_url or None,
    )
    return json_response(told, 200)


@router.get(
    "/problems/{code}",
    summary="What a problem means",
    response_class=PlainTextResponse,
    responses=answers_any(404),
)
async def problem(code: str) -> Response:
    """Where the `type` of every problem leads."""
    kind = KINDS.get(code)
    if kind is None:
        raise ClientError("not_found", "there is no such problem")
    return PlainTextResponse(f"{kind.status} {code}: {kind.title}\n\n{kind.help}\n")


@router.get("/docs", include_in_schema=False)
async def docs(_request: Request) -> Response:
    page = get_swagger_ui_html(
        openapi_url="/openapi.json",
        title="Cloche API",
        swagger_js_url="/docs/assets/swagger-ui-bundle.js",
        swagger_css_url="/docs/assets/swagger-ui.css",
        swagger_favicon_url="/docs/assets/favicon.png",
    )
    scripts = (hashlib.sha256(script).digest() for script in _SCRIPT.findall(bytes(page.body)))
    allowed = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in scripts)
    page.headers["Content-Security-Policy"] = _DOCS_POLICY.format(scripts=allowed)
    return page


@router.get("/docs/assets/{name}", include_in_schema=False)
async def docs_asset(
    name: Literal["swagger-ui-bundle.js", "swagger-ui.css", "favicon.png"],
) -> Response:
    return FileResponse(str(_ASSETS.joinpath(name)), headers={"Cache-Control": "max-age=3600"})
