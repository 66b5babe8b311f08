"""When to look for work, and where: at once where some was queued, at what had more, and everywhere every second."""

import asyncio
import time
from collections.abc import Callable
from contextlib import aclosing

from cloche_kit.bus import BusUnavailable, EventBus
from cloche_schemas.subjects import ALL_RELEASED, QUEUED_SOURCE, SubjectError, durable_of
from msgspec import Struct

from cloche_executor.retry import Backoff

LIVE_QUEUED = f"live{QUEUED_SOURCE.removeprefix('evaluations')}"
IDLE_SECONDS = 1.0
# The queue is sourced from the log by the server and lags by a moment behind the news of it.
LAG_SECONDS = 0.2
FIRST_LOOK = 0.001


class _News(Struct):
    """How many messages were announced and not seen, and when the last of them was."""

    count: int
    at: float


class Prospects:
    """Which durables are worth a look: an empty one costs a round trip before the next program can start."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._news: dict[str, _News] = {}
        self._more: set[str] = set()
        self._all_due = 0.0

    def announce(self, durable: str) -> None:
        """Something was queued that `durable` will have in a moment."""
        known = self._news.get(durable)
        self._news[durable] = _News(1 + (known.count if known else 0), self._clock())

    def worth(self, durable: str) -> bool:
        return self._clock() >= self._all_due or durable in self._more or durable in self._news

    def seen(self, durable: str, *, asked: int, got: int) -> None:
        """`asked` for so many messages, it gave `got`."""
        if got == asked:
            self._more.add(durable)
        else:
            self._more.discard(durable)
        if (news := self._news.get(durable)) is None:
            return
        news.count -= got
        # What still is not there by now has been taken by somebody else.
        late = got < asked and self._clock() - news.at > LAG_SECONDS
        if news.count <= 0 or late:
            del self._news[durable]

    def seen_all(self) -> None:
        """All were looked at that were worth it. The next look everywhere, for what nobody announces, has time."""
        if self._clock() >= self._all_due:
            self._all_due = self._clock() + IDLE_SECONDS


class Wakeup:
    """Waiting for a reason to fetch. The live feed is only a hint: what it misses, the next regular look finds."""

    def __init__(self, bus: EventBus, prospects: Prospects) -> None:
        self._bus = bus
        self._prospects = prospects
        self._event = asyncio.Event()
        self._pause = FIRST_LOOK

    def set(self) -> None:
        """There is a reason now."""
        self._event.set()

    async def listen(self) -> None:
        """Wake whenever something is queued or released, for ever."""
        await asyncio.gather(self._listen(LIVE_QUEUED), self._listen(ALL_RELEASED))

    async def _listen(self, filter_: str) -> None:
        backoff = Backoff()
        while True:
            try:
                async with aclosing(await self._bus.live(filter_)) as feed:
                    async for message in feed:
                        self._hear(message.subject)
            except BusUnavailable:
                self._pause = IDLE_SECONDS
            await backoff.wait()

    async def wait(self, *others: "asyncio.Task[None] | asyncio.Task[bool]") -> None:
        """Until there is a reason, it is time for a look, or one of `others` is over."""
        woken = asyncio.ensure_future(self._event.wait())
        try:
            await asyncio.wait(
                {woken, *others}, timeout=self._pause, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            woken.cancel()
        self._event.clear()
        # After news of work look again and again, each time later, until the lag must be over.
        self._pause = self._pause * 2 if self._pause < LAG_SECONDS else IDLE_SECONDS

    def _hear(self, subject: str) -> None:
        try:
            self._prospects.announce(durable_of(subject))
        except SubjectError:
            return
        self._pause = FIRST_LOOK
        self.set()
