"""When to look for work: at once when some is queued or a slot is free, else every second."""

import asyncio
from contextlib import aclosing

from cloche_kit.bus import BusUnavailable, EventBus
from cloche_schemas.subjects import QUEUED_SOURCE

from cloche_executor.retry import Backoff

LIVE_QUEUED = f"live{QUEUED_SOURCE.removeprefix('evaluations')}"
IDLE_SECONDS = 1.0
# The queue is sourced from the log by the server and lags by a moment behind the news of it.
LAG_SECONDS = 0.2
FIRST_LOOK = 0.001


class Wakeup:
    """Waiting for a reason to fetch. The live feed is only a hint: what it misses, the next regular look finds."""

    def __init__(self, bus: EventBus) -> None:
        self._bus = bus
        self._event = asyncio.Event()
        self._pause = FIRST_LOOK

    def set(self) -> None:
        """There is a reason now."""
        self._event.set()

    async def listen(self) -> None:
        """Wake whenever something is queued, for ever."""
        backoff = Backoff()
        while True:
            try:
                async with aclosing(await self._bus.live(LIVE_QUEUED)) as feed:
                    async for _ in feed:
                        self._pause = FIRST_LOOK
                        self.set()
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
