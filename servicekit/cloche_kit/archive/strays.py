"""What lies in an archive's folder although no index names it: left by a crash, or put there by somebody."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import msgspec
from msgspec import Struct

from cloche_kit.archive import index, lines
from cloche_kit.archive.findings import Finding, Kind
from cloche_kit.archive.index import Manifest, SegmentRef
from cloche_kit.archive.reader import ArchiveReader
from cloche_kit.archive.segment import Damaged, Opened, folder, range_of
from cloche_kit.objects import Objects


class _Unnamed(Struct, frozen=True):
    key: str
    first: int
    last: int


async def find_strays(
    objects: Objects, manifest: Manifest, *, unindexed: list[tuple[int, int]]
) -> list[Finding]:
    """Everything in the folder that is no part of the archive. Ranges `unindexed` are left out: nobody knows of them.

    `ObjectsUnavailable`. An archive may grow meanwhile.
    """
    look = _Look(objects, manifest)
    listed = await look.unnamed(unindexed)
    # What was written since the manifest was read is named by a newer one, and that is read after the listing.
    newer = await look.newer()
    fresh = {newer.segment_key(ref) async for ref in look.named(newer, manifest.pages)}
    for one in listed:
        if isinstance(one, Finding):
            look.findings.append(one)
        elif one.key not in fresh:
            await look.judge(one, newer)
    await look.judge_pages(newer)
    return look.findings


class _Look:
    def __init__(self, objects: Objects, manifest: Manifest) -> None:
        self.findings: list[Finding] = []
        self.reader = ArchiveReader(objects, stream=manifest.stream)
        self._objects = objects
        self._manifest = manifest
        self._folder = folder(manifest.stream, manifest.epoch)
        self._pages: list[str] = []

    async def unnamed(self, unindexed: list[tuple[int, int]]) -> list[_Unnamed | Finding]:
        """Segments that no index names, and objects that are none of an archive's."""
        found: list[_Unnamed | Finding] = []
        named = self.named(self._manifest, 0)
        ref = await anext(named, None)
        async with aclosing(named), aclosing(self._objects.list(self._folder)) as all_:
            async for info in all_:
                range_ = range_of(info.key)
                if range_ is None:
                    self._other(info.key, found)
                    continue
                while ref is not None and (ref.first, ref.last) < range_:
                    ref = await anext(named, None)
                if ref is not None and (ref.first, ref.last) == range_:
                    continue
                if not any(first <= range_[0] and range_[1] <= last for first, last in unindexed):
                    found.append(_Unnamed(info.key, *range_))
        return found

    async def newer(self) -> Manifest:
        try:
            return await self.reader.manifest(self._manifest.epoch) or self._manifest
        except Damaged:
            return self._manifest

    async def named(self, manifest: Manifest, start: int) -> AsyncGenerator[SegmentRef, None]:
        """What the index names from a page on, as far as it can be read, in the order of keys."""
        for number in range(start, manifest.pages):
            key = index.page_key(manifest.stream, manifest.epoch, number)
            try:
                page = index.decode_page((await self._objects.get(key) or (None, b""))[1])
            except msgspec.DecodeError:
                continue
            for ref in page.segments:
                yield ref
        for ref in manifest.recent:
            yield ref

    def _other(self, key: str, found: list[_Unnamed | Finding]) -> None:
        name = key.removeprefix(self._folder)
        if name.startswith("pages/"):
            self._pages.append(key)
        elif name != "manifest.json" and not name.startswith("heads/"):
            found.append(Finding("unknown", key, "no object of an archive"))

    async def judge(self, one: _Unnamed, newer: Manifest) -> None:
        """A segment that no index names."""
        found = await self._objects.get(one.key)
        if found is None:
            return
        try:
            opened = await asyncio.to_thread(Opened.of, one.key, found[1])
            known = await self._digests(one, newer)
            others = [
                line.sequence
                for row, line in opened.lines
                if line.sequence <= newer.archived
                and known.get(line.sequence) != lines.digest(row, line)
            ]
            before = await self._ends_before(one, newer)
        except Damaged as damaged:
            self._say("inserted", one, f"no index names it, and it cannot be compared: {damaged}")
            return
        if others:
            detail = f"no index names it, and its {others[0]} is not the archive's"
            self._say("inserted", one, detail, others[0])
        elif one.first > newer.archived + 1:
            # A crash leaves one only where the checkpoint stands.
            self._say("rolled-back", one, f"the manifest ends at {newer.archived}")
        elif one.last <= newer.archived:
            self._say("stray", one, "it repeats what the archive has")
        elif opened.header is not None and opened.header.previous != before:
            self._say("inserted", one, "no index names it, and it follows no segment")
        else:
            self._say("stray", one, "left beyond the end by a crash, or about to be named")

    async def judge_pages(self, newer: Manifest) -> None:
        """Pages that the manifest does not know: of a crash, the one that is written next."""
        for key in self._pages:
            number = key.rpartition("/")[2].removesuffix(".json")
            if number.isdigit() and int(number) < newer.pages:
                continue
            found = await self._objects.get(key)
            due = msgspec.json.encode(index.Page(newer.pages, newer.recent))
            if found is not None and found[1] == due:
                self.findings.append(Finding("stray", key, "written, but not named yet"))
            elif found is not None:
                detail = f"the manifest knows of {newer.pages} pages"
                self.findings.append(Finding("rolled-back", key, detail))

    async def _digests(self, one: _Unnamed, newer: Manifest) -> dict[int, bytes]:
        """Of the archive's lines where `one` lies. `Damaged` where they cannot be read."""
        known: dict[int, bytes] = {}
        async with aclosing(self.reader.segments(newer, after=one.first - 1)) as refs:
            async for ref in refs:
                if ref.first > one.last:
                    break
                opened = await self.reader.open(newer, ref)
                known |= {line.sequence: lines.digest(row, line) for row, line in opened.lines}
        return known

    async def _ends_before(self, one: _Unnamed, newer: Manifest) -> str | None:
        """The digest that a segment that begins where `one` does has to name; None if none begins there."""
        if one.first == 1:
            return ""
        async with aclosing(self.reader.segments(newer, after=one.first - 2)) as refs:
            async for ref in refs:
                return ref.digest if ref.last == one.first - 1 else None
        return None

    def _say(self, kind: Kind, one: _Unnamed, detail: str, sequence: int = 0) -> None:
        self.findings.append(Finding(kind, one.key, detail, sequence or one.first))
