"""The service itself: who answers, its documentation, and what each problem means."""

from fastapi import APIRouter, Request
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import JSONResponse, PlainTextResponse, Response

from cloche_gateway import __version__
from cloche_gateway.authentication import TheCaller
from cloche_gateway.problems import KINDS, ClientError

router = APIRouter(tags=["service"])
_CDN = "https://cdn.jsdelivr.net"
_DOCS_POLICY = (
    f"default-src 'none'; connect-src 'self'; script-src 'unsafe-inline' {_CDN}; "
    f"style-src 'unsafe-inline' {_CDN}; img-src data: https://fastapi.tiangolo.com; frame-ancestors 'none'"
)


@router.get("/v1", summary="Who answers, and for whom")
async def about(caller: TheCaller) -> Response:
    return JSONResponse({"name": "cloche", "version": __version__, "tenant": caller.tenant})


@router.get("/problems/{code}", summary="What a problem means")
async def problem(code: str) -> Response:
    """Where the `type` of every problem leads."""
    kind = KINDS.get(code)
    if kind is None:
        raise ClientError("not_found", "there is no such problem")
    return PlainTextResponse(f"{kind.status} {code}: {kind.title}\n\n{kind.help}\n")


@router.get("/docs", include_in_schema=False)
async def docs(_request: Request) -> Response:
    page = get_swagger_ui_html(openapi_url="/openapi.json", title="Cloche API")
    page.headers["Content-Security-Policy"] = _DOCS_POLICY
    return page
