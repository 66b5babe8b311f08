"""uvicorn inside a process whose signals belong to `cloche_kit.run`."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from msgspec import Struct
from starlette.types import ASGIApp


class WebSockets(Struct, frozen=True, kw_only=True):
    """WebSocket connections, never compressed. `protocol` is one of uvicorn's, or made from it.

    A message of more than `message_bytes` ends its connection (close code 1009), and so does a ping, sent every
    `ping_seconds`, that is not answered within `pong_seconds`.
    """

    protocol: type[asyncio.Protocol]
    message_bytes: int
    ping_seconds: float
    pong_seconds: float


class EmbeddedServer(uvicorn.Server):
    """A server that leaves signals alone: whoever embeds it sets `should_exit`."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(
    app: ASGIApp,
    *,
    host: str,
    port: int,
    graceful_seconds: int = 10,
    http: type[asyncio.Protocol] | None = None,
    websockets: WebSockets | None = None,
) -> AsyncIterator[int]:
    """Serve `app` while inside; gives the port (0 takes a free one). OSError if the port is taken.

    `http` is the protocol instead of uvicorn's choice. Without `websockets` there are none. Leaving ends the server:
    open requests have `graceful_seconds`, so streams must end by themselves before.
    """
    listener = _listen(host, port)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=graceful_seconds,
        http=http or "auto",
        ws="none",
    )
    if websockets is not None:
        config.ws = websockets.protocol
        config.ws_max_size = websockets.message_bytes
        config.ws_ping_interval = websockets.ping_seconds
        config.ws_ping_timeout = websockets.pong_seconds
        config.ws_per_message_deflate = False
    server = EmbeddedServer(config)
    task = asyncio.create_task(server.serve(sockets=[listener]), name=f"http:{port}")
    try:
        yield int(listener.getsockname()[1])
    finally:
        server.should_exit = True
        await task


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        # From here on connections wait for the server instead of being refused.
        listener.listen(2048)
    except OSError:
        listener.close()
        raise
    return listener
