"""Streams that were made in place of one another as one history: places in it, and reading from one to another.

A place is a cursor: it names the stream as well, so one of a stream that is gone is known as such, and leads through
the rest of that stream's archive into what followed it.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import datetime

from msgspec import Struct

from cloche_kit.archive.index import Manifest
from cloche_kit.archive.reader import ArchiveReader
from cloche_kit.archive.replay import Trimmed, recorded, whole
from cloche_kit.bus import EventBus, Stored, StreamState


class Place(Struct, frozen=True):
    """Behind the message `sequence` of the stream `epoch`; 0: at its beginning."""

    epoch: str
    sequence: int = 0

    def __str__(self) -> str:
        return f"{self.epoch}-{self.sequence}"


class Passage(Struct, frozen=True):
    """Messages of one stream in order, maybe none, and the place that is reached with them."""

    messages: list[Stored]
    reached: Place


class Lineage(Struct, frozen=True):
    """The present stream as it was when somebody looked, and the archives of those before it, oldest first."""

    state: StreamState
    former: tuple[Manifest, ...] = ()

    @property
    def beginning(self) -> Place:
        return Place(self.former[0].epoch if self.former else self.state.epoch)

    @property
    def end(self) -> Place:
        return Place(self.state.epoch, self.state.last)

    def last(self, epoch: str) -> int | None:
        """The last sequence of a stream; None if it is none of these."""
        lasts = {manifest.epoch: manifest.archived for manifest in self.former}
        return (lasts | {self.state.epoch: self.state.last}).get(epoch)

    def order(self, place: Place) -> tuple[int, int]:
        """Places sort by it. ValueError if its stream is none of these."""
        epochs = [*(manifest.epoch for manifest in self.former), self.state.epoch]
        return epochs.index(place.epoch), place.sequence


class History:
    """Reads from archives and stream. Every call may raise `BusError`, `ObjectsUnavailable` and `Damaged`."""

    def __init__(self, bus: EventBus, archive: ArchiveReader) -> None:
        self.bus = bus
        self.archive = archive

    async def lineage(self, *, including: str = "") -> Lineage:
        """What there is. `including` is an epoch that comes first if nothing says what followed it."""
        state = await self.bus.state()
        present = await self.archive.manifest(state.epoch)
        former: list[Manifest] = []
        known = {state.epoch}
        follows = present.follows if present else ""
        while follows and follows not in known:
            known.add(follows)
            manifest = await self.archive.manifest(follows)
            if manifest is None:
                break
            former.insert(0, manifest)
            follows = manifest.follows
        if including and including not in known:
            manifest = await self.archive.manifest(including)
            former = former if manifest is None else [manifest, *former]
        return Lineage(state, tuple(former))

    async def before(self, lineage: Lineage, time: datetime) -> Place:
        """The place behind which everything lies that the log took at `time` or later. `Trimmed`."""
        place = Place(lineage.state.epoch, await self._before(time))
        for manifest in reversed(lineage.former):
            if place.sequence:
                break
            sequence = await self.archive.sequence_before(manifest, time)
            if sequence == manifest.archived:
                break
            place = Place(manifest.epoch, sequence)
        return place

    async def _before(self, time: datetime) -> int:
        """Of the present stream."""
        found = await self.bus.sequence_before(time)
        state = await self.bus.state()
        if whole(state, 0):
            return found
        manifest = await self.archive.manifest(state.epoch)
        if manifest is None:
            if state.first > 1 and found < state.first:
                raise Trimmed(0, state.first)
            return found
        archived = await self.archive.sequence_before(manifest, time)
        return archived if archived < manifest.archived else max(found, archived)

    async def read(
        self,
        lineage: Lineage,
        after: Place,
        upto: Place,
        *,
        filters: Sequence[str] = (),
        batch: int = 500,
    ) -> AsyncGenerator[Passage, None]:
        """Everything beyond `after` up to `upto`, which the last passage reaches. `Trimmed`. Close it with `aclosing`.

        Both are places of `lineage`, and no later than its end.
        """
        (begin, sequence), (end, _) = lineage.order(after), lineage.order(upto)
        for number, manifest in enumerate(lineage.former[: end + 1]):
            if number < begin:
                continue
            stop = upto.sequence if number == end else manifest.archived
            source = self.archive.read(
                manifest, after=sequence if number == begin else 0, filters=filters, batch=batch
            )
            async with aclosing(source) as batches:
                async for messages in batches:
                    wanted = [one for one in messages if one.sequence <= stop]
                    if wanted:
                        yield Passage(wanted, Place(manifest.epoch, wanted[-1].sequence))
                    if len(wanted) < len(messages):
                        break
            yield Passage([], Place(manifest.epoch, stop))
        if end < len(lineage.former):
            return
        pieces = recorded(
            self.bus,
            self.archive,
            after=sequence if begin == end else 0,
            upto=upto.sequence,
            filters=filters,
            batch=batch,
        )
        got = 0
        async with aclosing(pieces) as stream:
            async for messages, got in stream:
                yield Passage(messages, Place(upto.epoch, got))
        if not got:
            yield Passage([], upto)
