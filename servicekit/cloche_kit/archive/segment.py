"""Segments: every message of a range of the log, a header and one JSON object a line, compressed with zstd.

Each header names the digest of the segment before it, and the digest of a segment covers its header and the digests
of its lines. So no line can be changed, left out, added or moved without changing every digest after it, and a line
may still be forgotten (lines.py). Segments without a header were written before there was a chain.
"""

import hashlib
import re
from datetime import UTC, datetime
from typing import Self

import msgspec
import zstandard
from msgspec import Struct

from cloche_kit.archive import lines
from cloche_kit.archive.lines import Line
from cloche_kit.bus import Stored

LEVEL = 3
#: No segment is larger, uncompressed; storage seals long before. What unpacks to more was not written by it.
MOST_BYTES = 256 << 20
FORMAT = 2
# A header starts like this, and no line does.
_MARK = b'{"format":'
_NAME = re.compile(r"(\d{20})-(\d{20})\.ndjson\.zst")


class Header(Struct, frozen=True, kw_only=True):
    """What a segment holds. `begins`, `ends`: when the log took its first and its last message; `previous`: digest of
    the segment before, in hex, empty for the first one."""

    format: int = FORMAT
    stream: str
    epoch: str
    first: int
    last: int
    events: int
    begins: datetime
    ends: datetime
    previous: str = ""


class Damaged(Exception):  # noqa: N818
    """An object of the archive is not what was written. Nothing of it may be relied on."""

    def __init__(self, key: str, detail: str) -> None:
        super().__init__(f"{key}: {detail}")
        self.key = key
        self.detail = detail


class Sealed(Struct, frozen=True):
    """A segment ready to be stored. `digest`: what the next one is to name, in hex."""

    header: Header
    data: bytes
    digest: str


class Opened(Struct, frozen=True):
    """A segment as it was read. `header`: None where there was no chain yet; `lines`: as bytes and decoded."""

    header: Header | None
    lines: list[tuple[bytes, Line]]
    digest: str

    @classmethod
    def of(cls, key: str, data: bytes) -> Self:
        """`Damaged` if it is no segment."""
        try:
            text = _unpacked(data)
            rows = text.split(b"\n")[:-1]
            header = None
            hashes = hashlib.sha256()
            if rows and rows[0].startswith(_MARK):
                top = rows.pop(0)
                header = _headers.decode(top)
                hashes.update(hashlib.sha256(top).digest())
            found = [(row, lines.decode(row)) for row in rows]
            for row, line in found:
                hashes.update(lines.digest(row, line))
        except (zstandard.ZstdError, msgspec.DecodeError, ValueError) as error:
            raise Damaged(key, f"not a segment: {error}") from error
        if not text.endswith(b"\n"):
            raise Damaged(key, "it does not end with a line")
        return cls(header, found, hashes.hexdigest())

    def messages(self) -> list[Stored]:
        """Those that were not forgotten."""
        return [lines.stored_of(line) for _, line in self.lines if not line.forgotten]


_encoder = msgspec.json.Encoder()
_headers = msgspec.json.Decoder(Header)


class Segment:
    """Messages that wait to be sealed. `size` is that of the lines, uncompressed."""

    def __init__(self) -> None:
        self.first = 0
        self.last = 0
        self.events = 0
        self.size = 0
        self._begins = self._ends = datetime.min.replace(tzinfo=UTC)
        self._lines: list[bytes] = []

    def add(self, stored: Stored) -> None:
        """Append a message; they come in the order of their sequences."""
        line = lines.encode(stored)
        if not self.events:
            self.first, self._begins = stored.sequence, stored.time
        self.last, self._ends = stored.sequence, stored.time
        self.events += 1
        self.size += len(line) + 1
        self._lines.append(line)

    def seal(self, *, stream: str, epoch: str, previous: str) -> Sealed:
        """The object to be stored; the same messages after the same segment always give the same bytes."""
        header = Header(
            stream=stream,
            epoch=epoch,
            first=self.first,
            last=self.last,
            events=self.events,
            begins=self._begins,
            ends=self._ends,
            previous=previous,
        )
        data, digest = pack(_encoder.encode(header), self._lines)
        return Sealed(header, data, digest)


def _unpacked(data: bytes) -> bytes:
    # -1 where it does not say. What it says is held to: it gets no more memory than that.
    size = zstandard.frame_content_size(data)
    if 0 <= size <= MOST_BYTES:
        return zstandard.ZstdDecompressor().decompress(data)
    text = bytearray()
    for piece in zstandard.ZstdDecompressor().read_to_iter(data):
        text += piece
        if len(text) > MOST_BYTES:
            raise ValueError(f"it unpacks to more than {MOST_BYTES} bytes")
    return bytes(text)


def pack(header: bytes, rows: list[bytes]) -> tuple[bytes, str]:
    """Header and lines, without newlines, as the object to be stored, and its digest."""
    hashes = hashlib.sha256(hashlib.sha256(header).digest())
    for row in rows:
        # Looked at only where it may be one: decoding every line would double the writer's work.
        known = row.startswith(b'{"sequence":') and lines.decode(row)
        hashes.update(lines.digest(row, known) if known else hashlib.sha256(row).digest())
    compressor = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True)
    return compressor.compress(b"\n".join((header, *rows, b""))), hashes.hexdigest()


def repack(opened: Opened, rows: list[bytes]) -> tuple[bytes, str]:
    """The segment with `rows` in the place of its lines, some of them forgotten: object and digest, as of `pack`."""
    if opened.header is not None:
        return pack(_encoder.encode(opened.header), rows)
    hashes = hashlib.sha256()
    for row in rows:
        hashes.update(lines.digest(row, lines.decode(row)))
    compressor = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True)
    return compressor.compress(b"\n".join((*rows, b""))), hashes.hexdigest()


def folder(stream: str, epoch: str) -> str:
    """Where the archive of one stream lies, with the slash."""
    return f"archive/{stream}-{epoch}/"


def range_of(key: str) -> tuple[int, int] | None:
    """First and last sequence of the segment with this key; None if no segment has such a key."""
    match = _NAME.fullmatch(key.rpartition("/")[2])
    return (int(match[1]), int(match[2])) if match else None


def key_of(stream: str, epoch: str, first: int, last: int) -> str:
    """A segment's key; keys sort as sequences do."""
    return f"{folder(stream, epoch)}{first:020}-{last:020}.ndjson.zst"
