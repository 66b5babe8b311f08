"""The service itself: who answers, its documentation, and what each problem means."""

from importlib.resources import files
from typing import Literal

from fastapi import APIRouter, Request
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response

from cloche_gateway import __version__
from cloche_gateway.authentication import TheCaller
from cloche_gateway.problems import KINDS, ClientError

router = APIRouter(tags=["service"])
# The page works without any other server: its script and style come from a package.
_ASSETS = files("fastapi_offline").joinpath("static")
_DOCS_POLICY = (
    "default-src 'none'; connect-src 'self'; script-src 'self' 'unsafe-inline'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"
)


@router.get("/v1", summary="Who answers, and for whom")
async def about(caller: TheCaller) -> Response:
    return JSONResponse(
        {
            "name": "cloche",
            "version": __version__,
            "tenant": caller.tenant,
            "key": caller.name,
            "role": caller.role,
            "scopes": caller.scopes,
        }
    )


@router.get("/problems/{code}", summary="What a problem means")
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
    page.headers["Content-Security-Policy"] = _DOCS_POLICY
    return page


@router.get("/docs/assets/{name}", include_in_schema=False)
async def docs_asset(
    name: Literal["swagger-ui-bundle.js", "swagger-ui.css", "favicon.png"],
) -> Response:
    return FileResponse(str(_ASSETS.joinpath(name)), headers={"Cache-Control": "max-age=3600"})
