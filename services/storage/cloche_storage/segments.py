"""Segments of the archive: every message of a range of the log, one JSON object a line, compressed with zstd.

A line is ``{"subject", "sequence", "time", "headers", "data"}`` with the event as it lies on the log; what is no JSON
is kept as base64 under ``raw`` instead of ``data``. The log never changes, so a line of a sequence is the same in every
segment that has it: segments may overlap (a writer that died between the segment and the manifest leaves one), and a
reader goes through the keys in order, skips what it has, and stops at the manifest's ``archived``.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec
import zstandard
from cloche_kit.bus import Stored
from msgspec import UNSET, Raw, Struct, UnsetType

LEVEL = 3
_raw = msgspec.json.Decoder(Raw)


class Line(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One message of the log."""

    subject: str
    sequence: int
    time: datetime
    headers: dict[str, str] = {}
    data: Raw | UnsetType = UNSET
    raw: bytes | UnsetType = UNSET


_encoder = msgspec.json.Encoder()
_lines = msgspec.json.Decoder(Line)


class Segment:
    """Messages that wait to be sealed. `size` is that of the lines, uncompressed."""

    def __init__(self) -> None:
        self.first = 0
        self.last = 0
        self.events = 0
        self.size = 0
        self._lines: list[bytes] = []

    def add(self, stored: Stored) -> None:
        """Append a message; they come in the order of their sequences."""
        line = line_of(stored)
        self.first = self.first or stored.sequence
        self.last = stored.sequence
        self.events += 1
        self.size += len(line)
        self._lines.append(line)

    def seal(self) -> bytes:
        """The object to be stored; the same messages always give the same bytes."""
        compressor = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True)
        return compressor.compress(b"".join(self._lines))


def folder(stream: str, epoch: str) -> str:
    """Where the archive of one stream lies, with the slash."""
    return f"archive/{stream}-{epoch}/"


def key(folder_: str, first: int, last: int) -> str:
    """A segment's key; keys sort as sequences do."""
    return f"{folder_}{first:020}-{last:020}.ndjson.zst"


def line_of(stored: Stored) -> bytes:
    headers = dict(sorted(stored.headers.items()))
    base = Line(subject=stored.subject, sequence=stored.sequence, time=stored.time, headers=headers)
    if is_json(stored.data):
        line = msgspec.structs.replace(base, data=Raw(stored.data))
    else:
        line = msgspec.structs.replace(base, raw=stored.data)
    return _encoder.encode(line) + b"\n"


def is_json(data: bytes) -> bool:
    """Whether `data` may stand in a line as it is, and comes out of it again byte for byte."""
    if b"\n" in data or b"\r" in data:
        return False
    try:
        return bytes(_raw.decode(data)) == data and bool(data.decode())
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False


def read(objects: Iterable[bytes], *, after: int = 0) -> Iterator[Stored]:
    """The messages of segments in the order of their keys, each once, beyond sequence `after`.

    zstandard.ZstdError if one is damaged.
    """
    for sealed in objects:
        text = zstandard.ZstdDecompressor().decompressobj().decompress(sealed)
        for line in map(_lines.decode, text.splitlines()):
            if line.sequence > after:
                after = line.sequence
                yield stored_of(line)


def stored_of(line: Line) -> Stored:
    data = line.raw if isinstance(line.raw, bytes) else bytes(line.data or b"")
    return Stored(line.subject, line.sequence, line.time, data, line.headers)
