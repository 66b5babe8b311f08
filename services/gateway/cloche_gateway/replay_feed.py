"""One replay: the past from archive and stream, then what comes, from the reader that all of this gateway share.

Who reads the past costs a consumer of the stream, or segments of the archive, of its own, and only so many at once do
(`replay_readers`). Who has caught up costs a buffer. If that overflows, nobody is cut off: the reader goes on from the
log, as slowly as it likes, until it has caught up again.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta

from cloche_kit.archive.history import History, Lineage, Place
from cloche_kit.bus import BusUnavailable
from msgspec import Struct

from cloche_gateway.deps import Gateway
from cloche_gateway.frames import Frame, frame_of
from cloche_gateway.live import Watcher
from cloche_gateway.replay_filter import Filter, Sieve
from cloche_gateway.replay_range import Range

# Chunks of 64 KiB are 90 KB in a frame: what one reader holds of the stream stays around 3 MB.
BATCH = 32
# How long after its time a message may still come: it was under way to the log, or clocks differ.
LATE = timedelta(seconds=1)
POLL_SECONDS = 1.0


class Told(Struct, frozen=True):
    """Frames of one stream in order, maybe none, and the place up to which everything was given with them."""

    frames: list[Frame]
    reached: Place


class Replay:
    """How far one reader has got. No frame is given twice, none left out."""

    def __init__(self, gateway: Gateway, history: History, range_: Range, wanted: Filter) -> None:
        self._gateway = gateway
        self._history = history
        self._range = range_
        self._wanted = wanted
        self._sieve = Sieve(gateway.deps, wanted)
        self._reached = range_.after
        self._watcher: Watcher | None = None

    @property
    def reached(self) -> Place:
        """Everything up to there was given."""
        place = self._reached
        if self._watcher is not None and self._watcher.idle():
            place = Place(place.epoch, max(place.sequence, self._watcher.passed()))
        return place

    async def told(self) -> AsyncGenerator[Told, None]:
        """Until the end of the range. `Trimmed`, `Damaged`, `ObjectsUnavailable`, `BusError`, `ReadModelsUnavailable`.

        Close it with `aclosing`.
        """
        range_ = self._range
        lineage = range_.lineage
        end = range_.upto if range_.bounded else await self._end(lineage)
        async with aclosing(self._past(lineage, end or lineage.end)) as past:
            async for told in past:
                yield told
        if end is not None:
            return
        async with (
            self._gateway.feed.watch(self._wanted.prefix, self._sieve.needs) as watcher,
            aclosing(self._live(watcher)) as live,
        ):
            async for told in live:
                yield told

    async def _past(self, lineage: Lineage, upto: Place) -> AsyncGenerator[Told, None]:
        if self._reached == upto:
            yield Told([], upto)
            return
        filters = self._wanted.subjects
        async with self._gateway.readers:
            source = self._history.read(lineage, self._reached, upto, filters=filters, batch=BATCH)
            async with aclosing(source) as passages:
                async for passage in passages:
                    epoch = passage.reached.epoch
                    frames = [f for one in passage.messages if (f := frame_of(one, epoch))]
                    frames = await self._sieve.pick(frames)
                    self._reached = passage.reached
                    yield Told(frames, passage.reached)

    async def _live(self, watcher: Watcher) -> AsyncGenerator[Told, None]:
        while not watcher.broken():
            watcher.recover()
            lineage = Lineage(await self._history.bus.state())
            end = await self._end(lineage)
            async with aclosing(self._past(lineage, end or lineage.end)) as past:
                async for told in past:
                    yield told
            if end is not None:
                return
            async with aclosing(self._drain(watcher)) as live:
                async for told in live:
                    yield told
        raise BusUnavailable("the live feed broke off")

    async def _end(self, lineage: Lineage) -> Place | None:
        """Where the replay ends, if that lies behind by now."""
        upto, until = self._range.upto, self._range.until
        if upto is not None and upto.sequence <= lineage.state.last:
            return upto
        if until is not None:
            sequence, last = await self._history.bus.sequence_before(until), lineage.state.last
            if sequence < last or datetime.now(UTC) >= until + LATE:
                return Place(lineage.state.epoch, min(sequence, last))
        return None

    async def _drain(self, watcher: Watcher) -> AsyncGenerator[Told, None]:
        """What comes, as long as the watcher keeps up; who may come to an end looks for it every so often."""
        looks = self._range.upto is not None or self._range.until is not None
        while not (watcher.overflowed() or watcher.broken()):
            # Only while nothing is in hand may `reached` speak of what the shared reader has passed.
            self._watcher = watcher
            frames: list[Frame]
            try:
                async with asyncio.timeout(POLL_SECONDS if looks else None):
                    frames = await watcher.take()
            except TimeoutError:
                return
            finally:
                self._watcher = None
            frames = [frame for frame in frames if frame.sequence > self._reached.sequence]
            if not frames:
                continue
            if looks and not self._within(frames):
                return
            last = Place(self._reached.epoch, frames[-1].sequence)
            frames = await self._sieve.pick(frames)
            self._reached = last
            if frames:
                yield Told(frames, last)

    def _within(self, frames: list[Frame]) -> bool:
        """Whether all of them lie before the end; if not, the log is read up to there."""
        upto, until = self._range.upto, self._range.until
        return all(
            (upto is None or frame.sequence <= upto.sequence)
            and (until is None or frame.stored.time < until)
            for frame in frames
        )
