"""uvicorn inside a process whose signals belong to `cloche_kit.run`."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.types import ASGIApp


class EmbeddedServer(uvicorn.Server):
    """A server that leaves signals alone: whoever embeds it sets `should_exit`."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(
    app: ASGIApp, *, host: str, port: int, graceful_seconds: int = 10
) -> AsyncIterator[int]:
    """Serve `app` while inside; gives the port (0 takes a free one). OSError if the port is taken.

    Leaving ends the server: open requests have `graceful_seconds`, so streams must end by themselves before.
    """
    listener = _listen(host, port)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=graceful_seconds,
    )
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
