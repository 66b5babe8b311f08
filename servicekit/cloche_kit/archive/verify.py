"""Walking the whole archive: every page, every segment, every line, from the store alone.

What is checked: that the segments follow one another without gap or overlap, that each names the digest of the one
before, that its lines are its range and its digest, that index and manifest say the same, that a head that was signed
lies on this chain (anchors.py), and that nothing else lies in the folder (strays.py).
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

import msgspec

from cloche_kit.archive import index
from cloche_kit.archive.anchors import Anchors
from cloche_kit.archive.chain import Chain
from cloche_kit.archive.findings import Finding, Report
from cloche_kit.archive.heads import SignedHead
from cloche_kit.archive.index import Manifest, SegmentRef
from cloche_kit.archive.segment import Damaged, Opened
from cloche_kit.archive.signing import Verifier
from cloche_kit.archive.strays import find_strays
from cloche_kit.objects import Objects

# Segments fetched and opened ahead of the one that is checked.
AHEAD = 3
Coming = tuple[SegmentRef, "asyncio.Task[Opened | Finding]"]


async def verify(
    objects: Objects,
    *,
    stream: str,
    epoch: str,
    anchors: Sequence[SignedHead] = (),
    trusted: Sequence[Verifier] = (),
) -> Report:
    """Everything that is wrong with one archive. `ObjectsUnavailable`.

    `anchors`: heads that were kept elsewhere. `trusted`: the keys that signatures may be of; without any, heads are
    compared with the chain, but whoever wrote the store may have made those that lie in it.
    """
    report = Report(stream=stream, epoch=epoch)
    held = Anchors(stream, epoch, trusted)
    held.add_kept(anchors)
    await held.add_history(objects)
    key = index.manifest_key(stream, epoch)
    found = await objects.get(key)
    if found is None:
        report.findings.append(Finding("missing", key, "there is no manifest"))
        return report
    try:
        manifest = index.decode_manifest(found[1])
    except msgspec.DecodeError as error:
        report.findings.append(Finding("corrupt", key, f"no manifest: {error}"))
        return report
    if (manifest.stream, manifest.epoch) != (stream, epoch):
        detail = f"it is the manifest of {manifest.stream}-{manifest.epoch}"
        report.findings.append(Finding("misplaced", key, detail))
        return report
    if not manifest.indexed:
        detail = "no index names its segments: storage of this version takes it over"
        report.findings.append(Finding("index", key, detail))
        return report
    held.add_newest(manifest)
    walk = _Walk(objects, manifest, report, held)
    await walk.run()
    held.judge(report)
    report.findings += await find_strays(objects, manifest, unindexed=walk.unindexed)
    return report


class _Walk:
    """One way along the chain. `unindexed`: ranges whose page cannot be read."""

    def __init__(self, objects: Objects, manifest: Manifest, report: Report, held: Anchors) -> None:
        self.unindexed: list[tuple[int, int]] = []
        self._objects = objects
        self._manifest = manifest
        self._report = report
        self._held = held
        self._chain = Chain(manifest, report)

    async def run(self) -> None:
        async with aclosing(self._opened()) as found:
            async for ref, opened in found:
                self._chain.follows(ref, self.unindexed)
                if opened is not None:
                    self._chain.check(ref, opened)
                self._chain.passed(ref)
                self._held.passed(ref)
        self._chain.ends()

    async def _opened(self) -> AsyncGenerator[tuple[SegmentRef, Opened | None], None]:
        """Every segment that the index names, in order; None where one is missing or unreadable."""
        coming: deque[Coming] = deque()
        try:
            async with aclosing(self._refs()) as refs:
                async for ref in refs:
                    coming.append((ref, asyncio.create_task(self._open(ref))))
                    if len(coming) > AHEAD:
                        yield await self._next(coming[0])
                        coming.popleft()
            while coming:
                yield await self._next(coming[0])
                coming.popleft()
        finally:
            tasks = [task for _, task in coming]
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks)

    async def _next(self, coming: Coming) -> tuple[SegmentRef, Opened | None]:
        ref, task = coming
        result = await task
        if isinstance(result, Finding):
            self._report.findings.append(result)
            return ref, None
        return ref, result

    async def _refs(self) -> AsyncGenerator[SegmentRef, None]:
        last, broken = 0, False
        for number in range(self._manifest.pages):
            page = await self._page(number)
            if isinstance(page, Finding):
                self._report.findings.append(page)
                broken = True
                continue
            for ref in page.segments:
                if broken:
                    self.unindexed.append((last + 1, ref.first - 1))
                broken, last = False, ref.last
                yield ref
        for ref in self._manifest.recent:
            if broken:
                self.unindexed.append((last + 1, ref.first - 1))
            broken = False
            yield ref

    async def _page(self, number: int) -> index.Page | Finding:
        key = index.page_key(self._manifest.stream, self._manifest.epoch, number)
        found = await self._objects.get(key)
        if found is None:
            return Finding("missing", key, "a page of the index is not there")
        try:
            page = index.decode_page(found[1])
        except msgspec.DecodeError as error:
            return Finding("corrupt", key, f"no page: {error}")
        if page.number != number or not page.segments:
            return Finding("misplaced", key, f"it is page {page.number}")
        return page

    async def _open(self, ref: SegmentRef) -> Opened | Finding:
        key = self._manifest.segment_key(ref)
        found = await self._objects.get(key)
        if found is None:
            return Finding("missing", key, "the index names it", ref.first)
        try:
            opened = await asyncio.to_thread(Opened.of, key, found[1])
        except Damaged as damaged:
            return Finding("corrupt", key, damaged.detail, ref.first)
        self._report.stored_bytes += len(found[1])
        return opened
