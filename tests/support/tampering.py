"""An archive in a thief's hands: everything that can be done to it by somebody who may write the store."""

from collections.abc import Sequence

import msgspec
from cloche_kit.archive import index
from cloche_kit.archive.index import Manifest, Page, SegmentRef, page_key
from cloche_kit.archive.segment import Opened, Sealed, pack
from cloche_kit.objects import MemoryObjects
from msgspec import UNSET, UnsetType
from msgspec.structs import replace


class Stolen:
    """A copy of an archive, to be changed. `refs`: every segment as the index named it when it was stolen."""

    def __init__(self, objects: MemoryObjects, manifest: Manifest) -> None:
        self.objects = MemoryObjects()
        self.objects._objects = dict(objects._objects)
        self.manifest = manifest
        self.refs: list[SegmentRef] = []
        for number in range(manifest.pages):
            self.refs += index.decode_page(self.data(self.page(number))).segments
        self.refs += manifest.recent

    def data(self, key: str) -> bytes:
        return self.objects._objects[key][1]

    def page(self, number: int) -> str:
        return page_key(self.manifest.stream, self.manifest.epoch, number)

    def key(self, number: int) -> str:
        return self.manifest.segment_key(self.refs[number])

    def opened(self, number: int) -> Opened:
        return Opened.of("key", self.data(self.key(number)))

    def rows(self, number: int) -> list[bytes]:
        return [row for row, _ in self.opened(number).lines]

    def header(self, number: int) -> bytes:
        return msgspec.json.encode(self.opened(number).header)

    async def put(self, number: int, rows: Sequence[bytes], *, header: bytes | None = None) -> str:
        """Put other lines into a segment; the digest that it then has."""
        top = self.header(number) if header is None else header
        data, digest = pack(top, list(rows))
        await self.objects.put(self.key(number), data)
        return digest

    async def delete(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            await self.objects.delete(self.key(number))

    async def reindex(
        self, refs: Sequence[SegmentRef], *, head: str | UnsetType = UNSET, signed: bool = False
    ) -> None:
        """Write pages and manifest anew, so that they fit `refs` and one another, and nothing is left of others."""
        for key in [key for key in self.objects._objects if "/pages/" in key]:
            await self.objects.delete(key)
        manifest = Manifest(stream=self.manifest.stream, epoch=self.manifest.epoch)
        for ref in refs:
            if (page := manifest.full()) is not None:
                await self.put_page(page)
            manifest = manifest.grown(ref)
        if not isinstance(head, UnsetType):
            manifest = replace(manifest, head=head)
        await self.put_manifest(replace(manifest, signed=self.manifest.signed if signed else None))

    async def put_page(self, page: Page) -> None:
        await self.objects.put(self.page(page.number), msgspec.json.encode(page))

    async def put_manifest(self, manifest: Manifest) -> None:
        await self.objects.put(manifest.key, msgspec.json.encode(manifest))

    async def rechain(self, start: int, rows: dict[int, list[bytes]]) -> list[SegmentRef]:
        """Write the segments from `start` on anew, with other lines in some, each naming the one before it."""
        refs = self.refs[:start]
        for number in range(start, len(self.refs)):
            header = self.opened(number).header
            assert header is not None
            previous = refs[-1].digest if refs else ""
            header = replace(header, previous=previous)
            lines = rows.get(number, self.rows(number))
            data, digest = pack(msgspec.json.encode(header), lines)
            await self.objects.put(self.key(number), data)
            refs.append(SegmentRef.of(Sealed(header, data, digest)))
        return refs
