"""A response of server-sent events that ends when it is told to, and never waits for a reader for ever."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Any

from cloche_kit.logs import get_logger
from msgspec import Struct
from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from cloche_gateway.connections import abort
from cloche_gateway.deps import Gateway
from cloche_gateway.open_answers import stopped_or_refused

_log = get_logger(__name__)

END = b"event: end\ndata: {}\n\n"
PING = b": ping\n\n"
EVENT_STREAM = "text/event-stream"
#: How often it is looked for a send that takes too long, within the time that it may take.
LOOKS = 4
_FIRST = asyncio.FIRST_COMPLETED
#: How long the end of an aborted connection takes at most.
GONE_SECONDS = 1.0
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

    @classmethod
    def of(cls, gateway: Gateway) -> "Bounds":
        settings = gateway.settings
        return cls(gateway.stop, settings.send_seconds, settings.reconnect_ms)

    @property
    def opening(self) -> bytes:
        """So soon a browser comes back by itself, also where nothing could be said before the connection broke."""
        return b"retry: %d\n\n" % self.reconnect_ms

    @property
    def farewell(self) -> bytes:
        """The client is to come back with its Last-Event-ID."""
        return b"event: reconnect\nretry: %d\ndata: {}\n\n" % self.reconnect_ms


class EventStream(StreamingResponse):
    """Sends what `frames` yields, each item whole frames. Closes `frames` in every case.

    The deadline of a send stands here, outside of the generator: inside it would never run while a reader stalls. It is
    looked after from time to time: a timer for each send costs a tenth of what the send does.

    The class has no media type: FastAPI would describe it as text beside what the route says that it answers.
    """

    def __init__(
        self,
        frames: AsyncGenerator[bytes, None],
        bounds: Bounds,
        *,
        media_type: str = EVENT_STREAM,
        farewell: bytes | None = None,
    ) -> None:
        super().__init__(frames, headers=HEADERS, media_type=media_type)
        self._frames = frames
        self._bounds = bounds
        self._opening = bounds.opening if media_type == EVENT_STREAM else b""
        self._farewell = bounds.farewell if farewell is None else farewell
        self._sending: float | None = None

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
        tasks: set[asyncio.Future[Any]] = {pump, stopped, gone}
        try:
            stalled = await self._stalls_before_one_ends(tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        if not gone.cancelled() or (not stalled and await self._said_last(send, pump)):
            return
        _log.info("reader_stalled", seconds=self._bounds.send_seconds)
        # Whoever takes nothing would keep the connection, and what waits for it, for as long as it likes.
        abort(scope)
        with suppress(TimeoutError):
            async with asyncio.timeout(GONE_SECONDS):
                await _gone(receive)

    async def _stalls_before_one_ends(self, tasks: set[asyncio.Future[Any]]) -> bool:
        deadline = self._bounds.send_seconds
        while not (await asyncio.wait(tasks, timeout=deadline / LOOKS, return_when=_FIRST))[0]:
            if self._sending is not None and time.monotonic() - self._sending >= deadline:
                return True
        return False

    async def _pump(self, send: Send) -> None:
        opening = self._opening
        async with aclosing(self._frames) as frames:
            async for frame in frames:
                self._sending = time.monotonic()
                await send(_body(opening + frame if opening else frame, more=True))
                self._sending = None
                opening = b""

    async def _said_last(self, send: Send, pump: asyncio.Future[None]) -> bool:
        """Whether the reader took the last word."""
        error = None if pump.cancelled() else pump.exception()
        if error is not None:
            _log.error("event_stream_broken", exc_info=error)
        ended = error is None and not pump.cancelled()
        try:
            async with asyncio.timeout(self._bounds.send_seconds):
                await send(_body(b"" if ended else self._farewell, more=False))
        except TimeoutError:
            return False
        return True


def _body(data: bytes, *, more: bool) -> Message:
    return {"type": "http.response.body", "body": data, "more_body": more}


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
