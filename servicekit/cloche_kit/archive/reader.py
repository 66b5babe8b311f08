"""Reading the archive in order, from any sequence or time. Each segment is held to the digest in the index."""

import asyncio
from bisect import bisect_right
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import datetime

import msgspec

from cloche_kit.archive import index
from cloche_kit.archive.index import Manifest, Page, SegmentRef
from cloche_kit.archive.segment import Damaged, Opened
from cloche_kit.bus import Stored
from cloche_kit.objects import Objects
from cloche_kit.subject_filter import matches_any

# Segments fetched and opened ahead of who reads.
AHEAD = 3
PAGES_KEPT = 64


class ArchiveReader:
    """One store's archives of one stream. Every call may raise `ObjectsUnavailable`."""

    def __init__(self, objects: Objects, *, stream: str) -> None:
        self.stream = stream
        self._objects = objects
        self._pages: OrderedDict[tuple[str, int], Page] = OrderedDict()

    async def manifest(self, epoch: str) -> Manifest | None:
        """What is archived of the stream `epoch` by now; None if nothing. `Damaged`."""
        key = index.manifest_key(self.stream, epoch)
        found = await self._objects.get(key)
        if found is None:
            return None
        try:
            return index.decode_manifest(found[1])
        except msgspec.DecodeError as error:
            raise Damaged(key, str(error)) from error

    async def epochs(self) -> list[str]:
        """Of which streams there is an archive, oldest first. Takes one call for each."""
        return await index.epochs(self._objects, self.stream)

    async def read(
        self, manifest: Manifest, *, after: int = 0, filters: Sequence[str] = (), batch: int = 500
    ) -> AsyncGenerator[list[Stored], None]:
        """Messages beyond `after` up to `manifest.archived`, in order, in batches of 1 to `batch`; `Damaged`.

        What was forgotten is left out. Close it with `aclosing`.
        """
        coming: deque[asyncio.Task[list[Stored]]] = deque()
        try:
            async for ref in self.segments(manifest, after=after):
                coming.append(asyncio.create_task(self._messages(manifest, ref, filters)))
                if len(coming) > AHEAD:
                    for piece in _cut(await coming[0], after, batch):
                        yield piece
                    coming.popleft()
            while coming:
                for piece in _cut(await coming[0], after, batch):
                    yield piece
                coming.popleft()
        finally:
            for task in coming:
                task.cancel()
            if coming:
                await asyncio.wait(coming)

    async def segments(
        self, manifest: Manifest, *, after: int = 0
    ) -> AsyncGenerator[SegmentRef, None]:
        """The segments that hold anything beyond `after`, in order; `Damaged`."""
        if not manifest.indexed:
            raise Damaged(manifest.key, "no index names its segments; storage takes it over")
        start = await self._page_with(manifest, lambda page: page.segments[-1].last > after)
        for number in range(start, manifest.pages):
            for ref in (await self._page(manifest, number)).segments:
                if ref.last > after:
                    yield ref
        for ref in manifest.recent:
            if ref.last > after:
                yield ref

    async def open(self, manifest: Manifest, ref: SegmentRef) -> Opened:
        """A segment as it lies in the store, its digest compared with the index; `Damaged`."""
        key = manifest.segment_key(ref)
        found = await self._objects.get(key)
        if found is None:
            raise Damaged(key, "it is missing")
        opened = await asyncio.to_thread(Opened.of, key, found[1])
        if opened.digest != ref.digest:
            raise Damaged(key, f"its digest is {opened.digest} where {ref.digest} was written")
        return opened

    async def sequence_before(self, manifest: Manifest, time: datetime) -> int:
        """The last sequence that the log took before `time`: what was taken at `time` or later lies beyond it.

        `manifest.archived` if nothing in the archive is as young; `Damaged`.
        """
        start = await self._page_with(manifest, lambda page: page.segments[-1].ends >= time)
        refs = (
            (await self._page(manifest, start)).segments
            if start < manifest.pages
            else manifest.recent
        )
        for ref in refs:
            if ref.begins >= time:
                return ref.first - 1
            if ref.ends >= time:
                found = await self._messages(manifest, ref, ())
                young = [stored.sequence for stored in found if stored.time >= time]
                return (young[0] if young else ref.last + 1) - 1
        return manifest.archived

    async def _messages(
        self, manifest: Manifest, ref: SegmentRef, filters: Sequence[str]
    ) -> list[Stored]:
        found = (await self.open(manifest, ref)).messages()
        return [one for one in found if matches_any(filters, one.subject)] if filters else found

    async def _page_with(self, manifest: Manifest, late_enough: Callable[[Page], bool]) -> int:
        """The number of the first page that is `late_enough`; how many pages there are if none is."""
        low, high = 0, manifest.pages
        while low < high:
            middle = (low + high) // 2
            if late_enough(await self._page(manifest, middle)):
                high = middle
            else:
                low = middle + 1
        return low

    async def _page(self, manifest: Manifest, number: int) -> Page:
        known = (manifest.epoch, number)
        if known in self._pages:
            self._pages.move_to_end(known)
            return self._pages[known]
        key = index.page_key(self.stream, manifest.epoch, number)
        found = await self._objects.get(key)
        if found is None:
            raise Damaged(key, "it is missing")
        try:
            page = index.decode_page(found[1])
        except msgspec.DecodeError as error:
            raise Damaged(key, str(error)) from error
        if page.number != number or not page.segments:
            raise Damaged(key, "it is another page")
        self._pages[known] = page
        if len(self._pages) > PAGES_KEPT:
            self._pages.popitem(last=False)
        return page


def _cut(found: list[Stored], after: int, batch: int) -> list[list[Stored]]:
    """What lies beyond `after`, in pieces of at most `batch`."""
    begin = bisect_right(found, after, key=lambda stored: stored.sequence)
    return [found[at : at + batch] for at in range(begin, len(found), batch)]
