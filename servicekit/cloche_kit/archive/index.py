"""Where which messages lie: the manifest with the newest segments, and pages with the older ones.

The manifest is rewritten with every segment, so it must stay small; the pages never change. Finding a sequence or a
time takes one object for each halving of the pages, however long the archive is.
"""

from contextlib import aclosing
from datetime import datetime

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from cloche_kit.archive.heads import SignedHead
from cloche_kit.archive.segment import Sealed, folder, key_of
from cloche_kit.objects import Objects

#: Segments in the manifest before they are moved to a page.
PAGE_SEGMENTS = 100


class SegmentRef(Struct, frozen=True, kw_only=True):
    """A segment as the index knows it. `size`: bytes of the object when it was written."""

    first: int
    last: int
    events: int
    begins: datetime
    ends: datetime
    size: int
    digest: str

    @classmethod
    def of(cls, sealed: Sealed) -> "SegmentRef":
        """Of a segment that was just sealed."""
        header = sealed.header
        return cls(
            first=header.first,
            last=header.last,
            events=header.events,
            begins=header.begins,
            ends=header.ends,
            size=len(sealed.data),
            digest=sealed.digest,
        )


class Page(Struct, frozen=True):
    """`PAGE_SEGMENTS` segments in a row. Numbers count from 0."""

    number: int
    segments: tuple[SegmentRef, ...]


class Manifest(Struct, frozen=True, kw_only=True):
    """The archive of one stream. Everything up to `archived` lies in segments that the store has confirmed.

    `settled`: every completed evaluation up to there has its output archived. `head`: digest of the last segment.
    `recent`: the segments that are in none of the `pages` pages. `writer` holds the lease, nobody if empty, for the
    `term`-th time; `beat` makes every write another. `follows`: epoch of the stream that this one was made in place of.
    `signed`: the newest head that was signed, if any was.
    """

    version: int = 2
    stream: str
    epoch: str
    archived: int = 0
    settled: int = 0
    segments: int = 0
    events: int = 0
    stored_bytes: int = 0
    head: str = ""
    recent: tuple[SegmentRef, ...] = ()
    pages: int = 0
    writer: str = ""
    term: int = 0
    beat: int = 0
    follows: str = ""
    signed: SignedHead | None = None

    @property
    def indexed(self) -> bool:
        """Every segment is in the index; not so where the writer knew of none (version 1)."""
        return self.archived == (self.recent[-1].last if self.recent else 0)

    @property
    def key(self) -> str:
        return manifest_key(self.stream, self.epoch)

    def segment_key(self, ref: SegmentRef) -> str:
        return key_of(self.stream, self.epoch, ref.first, ref.last)

    def full(self) -> Page | None:
        """The page that has to be stored before another segment is added."""
        return Page(self.pages, self.recent) if len(self.recent) >= PAGE_SEGMENTS else None

    def grown(self, ref: SegmentRef) -> "Manifest":
        """With one segment more, after `full()` was stored."""
        page = self.full()
        return replace(
            self,
            archived=ref.last,
            segments=self.segments + 1,
            events=self.events + ref.events,
            stored_bytes=self.stored_bytes + ref.size,
            head=ref.digest,
            recent=(ref,) if page else (*self.recent, ref),
            pages=self.pages + 1 if page else self.pages,
        )


_manifests = msgspec.json.Decoder(Manifest)
_pages = msgspec.json.Decoder(Page)


async def epochs(objects: Objects, stream: str) -> list[str]:
    """Streams of which there is an archive, oldest first, without listing what is in them. `ObjectsUnavailable`."""
    prefix = folder(stream, "").removesuffix("/")
    found: list[str] = []
    after = prefix
    while True:
        async with aclosing(objects.list(prefix, after=after)) as keys:
            first = await anext((info.key async for info in keys), "")
        if not first:
            return sorted(found, key=lambda epoch: (len(epoch), epoch))
        found.append(first.removeprefix(prefix).split("/")[0])
        # Behind everything in that folder: no key of ours has a higher character.
        after = f"{folder(stream, found[-1])}~"


def manifest_key(stream: str, epoch: str) -> str:
    return f"{folder(stream, epoch)}manifest.json"


def page_key(stream: str, epoch: str, number: int) -> str:
    return f"{folder(stream, epoch)}pages/{number:08}.json"


def decode_manifest(data: bytes) -> Manifest:
    """msgspec.DecodeError if it is none."""
    return _manifests.decode(data)


def decode_page(data: bytes) -> Page:
    """msgspec.DecodeError if it is none."""
    return _pages.decode(data)
