"""Watching what others do to a running attempt: a cancel, or its end by somebody else's hand."""

import asyncio
from contextlib import aclosing

from cloche_kit.bus import BusUnavailable, EventBus, Stored
from cloche_kit.logs import get_logger
from cloche_schemas import codec
from cloche_schemas.events import AttemptStarted, CancelRequested
from cloche_schemas.subjects import Address

from cloche_executor.retry import Backoff
from cloche_executor.stopping import Stop

AT_REST_SECONDS = 0.05
_log = get_logger(__name__)


class Watch:
    """Turns lifecycle events after our own `started` (at stream sequence `after`) into requests to stop."""

    def __init__(self, bus: EventBus, address: Address, *, after: int, stop: Stop) -> None:
        self._bus = bus
        self._address = address
        self._after = after
        self._stop = stop

    async def follow(self) -> None:
        """Judge what the live feed shows, for ever. What it misses, `compare` finds."""
        # Most programs are over before somebody could want to end them: they are spared a subscription.
        await asyncio.sleep(AT_REST_SECONDS)
        backoff = Backoff()
        while True:
            try:
                async with aclosing(await self._bus.live(self._address.live)) as feed:
                    # What was appended between our claim and the subscription.
                    await self.compare()
                    async for stored in feed:
                        self.judge(stored)
            except BusUnavailable as error:
                _log.debug("live_feed_interrupted", error=str(error))
            await backoff.wait()

    async def compare(self) -> None:
        """Judge the last lifecycle event that the log's leader has."""
        if (last := await self._bus.last(self._address.lifecycle)) is not None:
            self.judge(last)

    def judge(self, stored: Stored) -> None:
        if stored.sequence <= self._after:
            return
        try:
            _, event = codec.decode(stored.data)
        except codec.Malformed:
            return
        match event:
            case AttemptStarted():
                return
            case CancelRequested():
                self._stop.request("cancelled", event.reason)
            case _:
                self._stop.request("lost", "the evaluation moved on without this executor")


async def ended(*tasks: "asyncio.Task[None]") -> None:
    """Cancel tasks and wait until they are over."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
