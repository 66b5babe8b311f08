"""A tar that comes out of a sandbox, read as it comes. Hostile: nothing is unpacked, and what is held is bounded."""

import tarfile
from collections.abc import Generator, Iterator
from typing import Literal

from msgspec import Struct

BLOCK = 512
# Long names and pax headers come as members of their own.
MOST_HEADER_BYTES = 64 << 10

Kind = Literal["file", "folder", "link", "special"]
_KINDS: dict[bytes, Kind] = {
    tarfile.REGTYPE: "file",
    tarfile.AREGTYPE: "file",
    tarfile.CONTTYPE: "file",
    tarfile.DIRTYPE: "folder",
    tarfile.LNKTYPE: "link",
    tarfile.SYMTYPE: "link",
}


# Members that say something about the next one.
_NAMES = frozenset({tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XHDTYPE})


class Damaged(Exception):  # noqa: N818 - it names what the bytes are
    """Not a tar, or one that was cut."""


class Member(Struct, frozen=True):
    """What comes next. `name` is as it was written, undecodable bytes as surrogates; only a file has a size."""

    name: str
    kind: Kind
    size: int
    executable: bool = False


class TarReader:
    """Feed it bytes; it gives members, each file's followed by its content in pieces that add up to its size."""

    def __init__(self) -> None:
        self._parser = self._parse()
        self._needed = BLOCK
        next(self._parser)
        self._buffer = bytearray()
        self._content = 0
        self._padding = 0
        self.ended = False

    @property
    def within(self) -> bool:
        """Whether an end now would be in the middle of a member."""
        return bool(self._content or self._padding or self._buffer)

    def feed(self, data: bytes) -> list[Member | bytes]:
        """Members and content in `data`. `Damaged` if it is no tar."""
        found: list[Member | bytes] = []
        at = 0
        while at < len(data) and not self.ended:
            if self._content:
                piece = data[at : at + self._content]
                self._content -= len(piece)
                at += len(piece)
                found.append(piece)
            elif self._padding:
                skipped = min(self._padding, len(data) - at)
                self._padding -= skipped
                at += skipped
            else:
                take = self._needed - len(self._buffer)
                self._buffer += data[at : at + take]
                at += take
                if len(self._buffer) == self._needed:
                    found += self._step()
        return found

    def _step(self) -> list[Member | bytes]:
        block, self._buffer = bytes(self._buffer), bytearray()
        want = self._parser.send(block)
        if isinstance(want, Member):
            self._content, self._padding = want.size, -want.size % BLOCK
            self._needed = BLOCK
            next(self._parser)
            return [want]
        self.ended = want == 0
        self._needed = want
        return []

    def _parse(self) -> Generator[int | Member, bytes, None]:
        """Takes blocks; yields how many bytes it needs next (0: it is over), or the member that they were."""
        name: str | None = None
        block = yield BLOCK
        while any(block):
            try:
                header = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
            except tarfile.HeaderError as error:
                raise Damaged(str(error)) from error
            if header.type in _NAMES:
                if not 0 < header.size <= MOST_HEADER_BYTES:
                    raise Damaged(f"a header of {header.size} bytes")
                payload = yield header.size + -header.size % BLOCK
                name = _long_name(header.type, payload[: header.size]) or name
                block = yield BLOCK
                continue
            kind = _KINDS.get(header.type, "special")
            size = header.size if kind == "file" else 0
            if header.size < 0 or (kind == "special" and header.size):
                raise Damaged("a member of an unknown kind with content")
            yield Member(name or header.name, kind, size, bool(header.mode & 0o100))
            name = None
            block = yield BLOCK
        yield 0


def _long_name(kind: bytes, payload: bytes) -> str | None:
    if kind == tarfile.GNUTYPE_LONGNAME:
        return payload.rstrip(b"\0").decode("utf-8", "surrogateescape")
    if kind == tarfile.XHDTYPE:
        records = dict(_records(payload))
        if b"size" in records:
            raise Damaged("a file that is too large for a header")
        if b"path" in records:
            return records[b"path"].decode("utf-8", "surrogateescape")
    return None


def _records(payload: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values of a pax header: ``<length of all this> <key>=<value>``, and a newline."""
    while payload:
        length, _, _ = payload.partition(b" ")
        # So many digits are no length of a header, and more of them than Python takes for a number.
        fits = length.isdigit() and len(length) <= len(str(MOST_HEADER_BYTES))
        if not fits or not len(length) < int(length) <= len(payload):
            raise Damaged("a pax header whose lengths are wrong")
        record, payload = payload[: int(length)], payload[int(length) :]
        key, _, value = record[len(length) + 1 : -1].partition(b"=")
        yield key, value
