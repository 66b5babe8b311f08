"""The live feed of this process: one reader of the log while anybody watches, handing events to who waits for them.

Each event is made into a frame once, however many watch it. Who wants an evaluation from its beginning registers here
first and catches up from the log after (evaluation_feed.py): whatever the reader had passed before that is on the log
by then.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager

from cloche_kit.bus import BusUnavailable, EventBus, Stored
from cloche_kit.logs import get_logger
from cloche_schemas import subjects
from prometheus_client import Counter, Gauge

from cloche_gateway.frames import Burst, Frame, frame_of

_log = get_logger(__name__)

WATCHERS = Gauge(
    "cloche_gateway_watchers", "Feeds that are followed: of an evaluation, a batch or a tenant"
)
DROPPED = Counter(
    "cloche_gateway_watchers_dropped", "Followers cut off because they read too slowly"
)
#: How long the last watcher waits for the end of the reader, which is none of its business.
END_SECONDS = 1.0

#: Whether a watcher is given a frame.
Accept = Callable[[Frame], bool]
# Nobody puts anything into a burst once it is there.
_NOTHING = Burst()


class Watcher:
    """What one client has not read yet, within bounds: beyond them it is emptied and `overflowed`.

    `passed`: the sequence up to which it was given everything.
    """

    def __init__(
        self,
        *,
        events: int,
        size: int,
        accept: Accept | None = None,
        passed: Callable[[], int] = lambda: 0,
    ) -> None:
        self._accept = accept
        self.passed = passed
        self._overflowed = False
        self._broken = False
        self._most_events = events
        self._most_bytes = size
        self._frames = _NOTHING
        self._waiter: asyncio.Future[None] | None = None

    def overflowed(self) -> bool:
        """More came than it holds; what it held is on the log."""
        return self._overflowed

    def broken(self) -> bool:
        """The reader is gone."""
        return self._broken

    def idle(self) -> bool:
        """Whether it holds nothing, and is whole."""
        return not (self._frames or self._overflowed or self._broken)

    def put(self, burst: Burst) -> None:
        """A client is woken once for all of it."""
        if self._overflowed:
            return
        if self._accept is not None:
            burst = Burst(frame for frame in burst if self._accept(frame))
            if not burst:
                return
        # Mostly nothing else waits, so that many watchers hold the same one.
        self._frames = Burst([*self._frames, *burst]) if self._frames else burst
        if len(self._frames) > self._most_events or self._frames.size > self._most_bytes:
            self._overflowed = True
            self._frames = _NOTHING
        self.rouse()

    def fail(self) -> None:
        """Nothing more will come."""
        self._broken = True
        self.rouse()

    def rouse(self) -> None:
        """Whoever waits gets what there is, which may be nothing."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def take(self) -> Burst:
        """Everything that waits, as soon as there is something; empty when `rouse`d, `overflowed` or `broken`.

        One at a time may wait.
        """
        if self.idle():
            # A future and no event: this is what a thousand readers of one evaluation do most.
            waiter = self._waiter = asyncio.get_running_loop().create_future()
            try:
                await waiter
            finally:
                if self._waiter is waiter:
                    self._waiter = None
        frames, self._frames = self._frames, _NOTHING
        return frames

    def recover(self) -> None:
        """After an overflow: wait for what comes from here on."""
        self._overflowed = False


class _Reading:
    """One reader of the log and those whom it serves. It begins at the end of the log.

    However it ends, also by being cancelled before it began, those who wait for it are told: a reader that is dying
    serves nobody but them, and whoever comes later gets another.
    """

    def __init__(self, bus: EventBus) -> None:
        self._bus = bus
        self.position = 0
        self.watchers: dict[str, set[Watcher]] = {}
        #: Done when its beginning is fixed.
        self.begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._ending = False
        self.task = asyncio.create_task(self._read(), name="live-feed")
        self.task.add_done_callback(self._ended)

    @property
    def over(self) -> bool:
        """Nobody may join it any more."""
        return self._ending or self.task.done()

    def leave(self, key: str, watcher: Watcher) -> bool:
        """Whether that was the last one, so that the reader ends."""
        self.watchers[key].discard(watcher)
        if not self.watchers[key]:
            del self.watchers[key]
        if self.watchers:
            return False
        self._ending = True
        self.task.cancel()
        return True

    async def _read(self) -> None:
        state = await self._bus.state()
        self.position = state.last
        self.begun.set_result(None)
        async with aclosing(self._bus.follow(after=state.last)) as batches:
            async for batch in batches:
                self._dispatch(batch, state.epoch)

    def _dispatch(self, batch: list[Stored], epoch: str) -> None:
        bursts: dict[str, Burst] = {}
        for stored in batch:
            keys = [key for key in _keys(stored.subject) if key in self.watchers]
            if keys and (frame := frame_of(stored, epoch)) is not None:
                for key in keys:
                    bursts.setdefault(key, Burst()).append(frame)
        for key, burst in bursts.items():
            for watcher in self.watchers[key]:
                watcher.put(burst)
        self.position = batch[-1].sequence

    def _ended(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if not self.begun.done():
            self.begun.set_exception(error or BusUnavailable("the live feed has ended"))
            self.begun.exception()  # seen, even if the one who asked has left
        elif error is not None:
            _log.error("live_feed_broken", exc_info=error)
        for watchers in self.watchers.values():
            for watcher in watchers:
                watcher.fail()


class LiveFeed:
    """The one reader of this process. It runs while there are watchers."""

    def __init__(self, bus: EventBus, *, events: int, size: int) -> None:
        self._bus = bus
        self._events = events
        self._size = size
        self._reading: _Reading | None = None
        # The event loop keeps no hold of tasks.
        self._lingering: set[asyncio.Task[None]] = set()

    @property
    def _watchers(self) -> dict[str, set[Watcher]]:
        return {} if self._reading is None else self._reading.watchers

    @asynccontextmanager
    async def watch(self, key: str, accept: Accept | None = None) -> AsyncIterator[Watcher]:
        """A watcher that gets what it accepts (everything) of the events that the log takes from here on.

        `key` is the prefix of an evaluation's address, or of everything of a tenant. `BusError` if the log cannot be
        followed.
        """
        if self._reading is None or self._reading.over:
            self._reading = _Reading(self._bus)
        reading = self._reading
        watcher = Watcher(
            events=self._events,
            size=self._size,
            accept=accept,
            passed=lambda: reading.position,
        )
        reading.watchers.setdefault(key, set()).add(watcher)
        WATCHERS.inc()
        try:
            await asyncio.shield(reading.begun)
            yield watcher
        finally:
            WATCHERS.dec()
            if reading.leave(key, watcher):
                await self._end(reading)

    async def _end(self, reading: _Reading) -> None:
        if self._reading is reading:
            self._reading = None
        self._lingering.add(reading.task)
        reading.task.add_done_callback(self._lingering.discard)
        _, left = await asyncio.wait({reading.task}, timeout=END_SECONDS)
        if left:
            _log.warning("live_feed_lingers", seconds=END_SECONDS)


def _keys(subject: str) -> tuple[str, ...]:
    try:
        prefix = subjects.parse(subject).prefix
    except subjects.SubjectError:
        return ()
    return prefix, prefix.rpartition(".")[0]
