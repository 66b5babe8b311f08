"""The dashboard: files that were built from `dashboard/` into `page/`, or a notice while they are not there.

Whatever a browser asks for as a page, and the API does not know, is the dashboard, which has addresses of its own. The
page holds no script and no style, so its policy allows none; the nonce is for the styles that its components make as
they go.
"""

import secrets
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Scope

from cloche_gateway.problems import ClientError

PAGE: Final = Path(__file__).with_name("page")
#: What the build writes where the nonce of each answer goes.
NONCE: Final = "__CSP_NONCE__"
POLICY: Final = (
    "default-src 'none'; connect-src 'self'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; "
    "img-src 'self' data:; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PROTECTED: Final = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
# Their names hold a hash of what is in them.
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_LOOK_AGAIN_SECONDS: Final = 3
#: What addresses of the API begin with. A page there would hide its 404.
TAKEN: Final = frozenset(
    {"v1", "docs", "problems", "assets", ".well-known", "livez", "readyz", "metrics"}
    | {"openapi.json", "asyncapi.json", "feeds.asyncapi.json"}
)
_NOTICE: Final = f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="refresh" content="{_LOOK_AGAIN_SECONDS}">
<title>Cloche: the dashboard is being built</title>
<h1>The dashboard is not built yet</h1>
<p>After <code>make up</code> it is being built in the background, which takes a minute the first time.
<p>This page looks again by itself.
<p>If it stays away, <code>make dashboard</code> builds it and says what is wrong.
<p>Everything else works: <a href="/docs">the API and its documentation</a>, and the command <code>cloche</code>.
</html>
"""


class PageRoute(Route):
    """Matches what a browser asks for as a page, unless its address begins as those of the API do."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        super().__init__("/{page:path}", self._page, methods=["GET"], include_in_schema=False)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        # A partial match would turn every 404 of the API into a 405.
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"}:
            return Match.NONE, {}
        if scope["path"].lstrip("/").partition("/")[0] in TAKEN or not _wants_page(scope):
            return Match.NONE, {}
        return super().matches(scope)

    async def _page(self, _request: Request) -> Response:
        nonce = secrets.token_urlsafe(16)
        headers = {"Content-Security-Policy": POLICY.format(nonce=nonce), **_PROTECTED}
        try:
            # Each time: a build that ends while the gateway runs is seen at once.
            page = (self._folder / "index.html").read_text(encoding="utf-8")
        except FileNotFoundError:
            headers["Retry-After"] = str(_LOOK_AGAIN_SECONDS)
            return HTMLResponse(_NOTICE, 503, headers)
        return HTMLResponse(page.replace(NONCE, nonce), headers=headers)


def routes(folder: Path) -> list[BaseRoute]:
    """What serves the dashboard in `folder`. They have to come after the routes of the API."""

    async def asset(request: Request) -> Response:
        return _asset(folder / "assets", request)

    return [Route("/assets/{name}", asset, include_in_schema=False), PageRoute(folder)]


def _asset(folder: Path, request: Request) -> Response:
    name: str = request.path_params["name"]
    file = folder / name
    # The route takes no "/", and ".." is no file.
    if not file.is_file() or file.suffix == ".gz":
        raise ClientError("not_found", "the dashboard has no such file")
    headers = {"Cache-Control": _FOR_EVER, "Vary": "Accept-Encoding"}
    packed = file.with_name(f"{name}.gz")
    media_type = FileResponse(file).media_type
    if "gzip" in request.headers.get("accept-encoding", "") and packed.is_file():
        return FileResponse(
            packed, media_type=media_type, headers={**headers, "Content-Encoding": "gzip"}
        )
    return FileResponse(file, media_type=media_type, headers=headers)


def _wants_page(scope: Scope) -> bool:
    accepted = b",".join(value for name, value in scope["headers"] if name == b"accept")
    return b"text/html" in accepted
