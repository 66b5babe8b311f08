"""A response of server-sent events that ends when it is told to, and never waits for a reader for ever."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress

from cloche_kit.logs import get_logger
from msgspec import Struct
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from cloche_gateway.open_answers import stopped_or_refused

_log = get_logger(__name__)

END = b"event: end\ndata: {}\n\n"
PING = b": ping\n\n"
# no-transform and the encoding: a proxy that compresses would hold frames back.
HEADERS = {
    "Cache-Control": "no-cache, no-transform",
    "X-Accel-Buffering": "no",
    "Content-Encoding": "identity",
}


class Bounds(Struct, frozen=True):
    """`stop` ends every stream at once; a send that takes `send_seconds` cuts its reader off."""

    stop: asyncio.Event
    send_seconds: float
    reconnect_ms: int

    @property
    def farewell(self) -> bytes:
        """The client is to come back with its Last-Event-ID."""
        return b"event: reconnect\nretry: %d\ndata: {}\n\n" % self.reconnect_ms


class EventStream(StreamingResponse):
    """Sends what `frames` yields, each item whole frames. Closes `frames` in every case.

    The deadline of a send stands here, outside of the generator: inside it would never run while a reader stalls.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        frames: AsyncGenerator[bytes, None],
        bounds: Bounds,
        *,
        media_type: str = "text/event-stream",
        farewell: bytes | None = None,
    ) -> None:
        super().__init__(frames, headers=HEADERS, media_type=media_type)
        self._frames = frames
        self._bounds = bounds
        self._farewell = bounds.farewell if farewell is None else farewell

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send(
            {
                "type": "http.response.start",
                "status": self.status_code,
                "headers": self.raw_headers,
            }
        )
        pump = asyncio.ensure_future(self._pump(send))
        # A key that is revoked ends it like a gateway that stops: who comes back is told why it may not.
        stopped = asyncio.ensure_future(stopped_or_refused(self._bounds.stop, scope))
        gone = asyncio.ensure_future(_gone(receive))
        tasks = {pump, stopped, gone}
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        if gone.cancelled() and await self._last_words(pump):
            last = b"" if _ended(pump) else self._farewell
            with suppress(_Stalled):
                await self._send(send, last, more=False)

    async def _pump(self, send: Send) -> None:
        async with aclosing(self._frames) as frames:
            async for frame in frames:
                await self._send(send, frame, more=True)

    async def _last_words(self, pump: asyncio.Task[None]) -> bool:
        """Whether the reader can still be told something."""
        error = None if pump.cancelled() else pump.exception()
        if isinstance(error, _Stalled):
            _log.info("reader_stalled", seconds=self._bounds.send_seconds)
            return False
        if error is not None:
            _log.error("event_stream_broken", exc_info=error)
        return True

    async def _send(self, send: Send, body: bytes, *, more: bool) -> None:
        try:
            async with asyncio.timeout(self._bounds.send_seconds):
                await send({"type": "http.response.body", "body": body, "more_body": more})
        except TimeoutError:
            raise _Stalled from None


class _Stalled(Exception):  # noqa: N818
    """The client does not read."""


def _ended(pump: asyncio.Task[None]) -> bool:
    return not pump.cancelled() and pump.exception() is None


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
