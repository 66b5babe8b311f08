"""The server's side of connections to clients: HTTP and WebSocket, both of which can be cut at once.

Closing a connection waits until the client has taken what was sent before, for ever if it takes nothing. Aborting it
does not, so a client that stalls costs nothing after its deadline.
"""

from asyncio import BaseTransport
from contextlib import AbstractAsyncContextManager

from cloche_kit.http_server import WebSockets, serving
from starlette.types import ASGIApp, Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from cloche_gateway.settings import GatewaySettings

#: An extension of ASGI: `call` ends the connection, whatever has not been sent yet.
ABORT = "cloche.abort"


def abort(scope: Scope) -> None:
    """End the connection of a request at once. Under a server that cannot, nothing happens."""
    extension = (scope.get("extensions") or {}).get(ABORT)
    if extension is not None:
        extension["call"]()


def to_clients(
    app: ASGIApp, settings: GatewaySettings, *, graceful_seconds: int
) -> AbstractAsyncContextManager[int]:
    """Serve `app` to clients while inside; see `serving`."""
    websockets = WebSockets(
        protocol=WebSocketProtocol,
        message_bytes=settings.websocket_message_bytes,
        ping_seconds=settings.ping_seconds,
        pong_seconds=settings.send_seconds,
    )
    return serving(
        app,
        host=settings.host,
        port=settings.port,
        graceful_seconds=graceful_seconds,
        http=HttpProtocol,
        websockets=websockets,
    )


class HttpProtocol(HttpToolsProtocol):
    """uvicorn's own, with `ABORT`."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {ABORT: {"call": self.transport.abort}}


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """uvicorn's own, with `ABORT`, and pongs only for whoever takes them."""

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        # Else the headers of the handshake and every message would be logged at DEBUG, keys among them.
        self.conn.debug = False

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        scope = getattr(self, "scope", None)
        if scope is not None:
            scope["extensions"][ABORT] = {"call": self.transport.abort}

    def handle_ping(self) -> None:
        # An answer for each ping would pile up behind a client that sends and does not read.
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()
