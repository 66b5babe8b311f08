"""The live feed of the log: plain messages that the server republishes as it stores them."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from types import TracebackType

from cloche_kit.bus import Stored
from cloche_kit.logs import get_logger

# A listener that falls further behind loses the oldest; it finds out by comparing with the log.
LIMIT = 10_000
_log = get_logger(__name__)


class LiveFeed(AsyncGenerator[Stored, None]):
    """What `offer` was given, in order, for one listener. `end` is called once, at the end.

    A class and not a generator function: closing a generator that was never started would not unsubscribe.
    """

    def __init__(self, *, limit: int = LIMIT) -> None:
        self._waiting: deque[Stored] = deque()
        self._news = asyncio.Event()
        self._limit = limit
        self._closed = False
        self.end: Callable[[], None] = lambda: None

    def offer(self, stored: Stored) -> None:
        if len(self._waiting) >= self._limit:
            lost = self._waiting.popleft()
            _log.warning("live_feed_overflows", lost_sequence=lost.sequence)
        self._waiting.append(stored)
        self._news.set()

    async def asend(self, value: None) -> Stored:
        while not self._waiting:
            if self._closed:
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        return self._waiting.popleft()

    async def athrow(
        self,
        typ: type[BaseException] | BaseException,
        val: object = None,
        tb: TracebackType | None = None,
    ) -> Stored:
        await self.aclose()
        raise typ

    async def aclose(self) -> None:
        if not self._closed:
            self._closed = True
            self._waiting.clear()
            self._news.set()
            self.end()
