"""``/v1/ws``: the feeds over a WebSocket, for whoever cannot read server-sent events, or wants many on one connection.

A key comes in the header Authorization or in the first message, never in the address: addresses end up in logs. A
browser says whose page it is that connects, and only ours may (OWASP, Cross-Site WebSocket Hijacking).
"""

from collections.abc import Collection
from urllib.parse import urlsplit

import uuid_utils
from cloche_kit.logs import about
from fastapi import APIRouter
from starlette.datastructures import Headers
from starlette.websockets import WebSocket

from cloche_gateway.answering import FAILURES
from cloche_gateway.authentication import Caller, bearer_of
from cloche_gateway.content_digest import is_signed
from cloche_gateway.deps import Gateway
from cloche_gateway.failures import problem_of
from cloche_gateway.planned_route import PlannedRoute
from cloche_gateway.problems import ClientError, at, respond
from cloche_gateway.websocket_session import Session, reader_of

PATH = "/v1/ws"
router = APIRouter(route_class=PlannedRoute, tags=["events"])
_PORTS = {"http": ":80", "https": ":443"}


@router.websocket(PATH)
async def feeds(websocket: WebSocket) -> None:
    """One connection. What is refused at once is refused over HTTP, with a problem."""
    gateway: Gateway = websocket.app.state.gateway
    # The server logs what was asked for, and somebody may have put a key there.
    websocket.scope["query_string"] = b""
    request_id = websocket.scope["cloche.request_id"] = str(uuid_utils.uuid7())
    with about(request_id=request_id):
        try:
            check_origin(websocket.headers, gateway.settings.allowed_origins)
            caller = await _caller(websocket)
        except FAILURES as error:
            await websocket.send_denial_response(respond(websocket, problem_of(error)))
            return
        await websocket.accept()
        await Session(websocket, gateway, caller).run()


def check_origin(headers: Headers, allowed: Collection[str]) -> None:
    """Only pages of this server or of an allowed origin; what is no browser names none. `foreign_origin`."""
    origin = headers.get("origin")
    if origin is None or origin.lower() in allowed:
        return
    parts = urlsplit(origin.lower())
    port = _PORTS.get(parts.scheme)
    host = headers.get("host", "").lower()
    if port is not None and parts.netloc.removesuffix(port) == host.removesuffix(port):
        return
    detail = "pages of this origin may not connect"
    raise ClientError("foreign_origin", detail, errors=at("/header/Origin", detail))


async def _caller(websocket: WebSocket) -> Caller | None:
    """Who asks, by the header or a signature; None if there is neither, as of browsers."""
    if "authorization" not in websocket.headers and not is_signed(websocket.scope):
        return None
    return await reader_of(websocket, bearer_of(websocket))
