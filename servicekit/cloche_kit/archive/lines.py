"""One message of the log as one line of a segment.

A line is ``{"subject", "sequence", "time", "headers", "data"}`` with the event as it lies on the log; what is no JSON
is kept as base64 under ``raw`` instead of ``data``. A line that had to be forgotten is ``{"sequence", "forgotten"}``
with the digest of the line that it stood for, so that the chain of digests still closes.
"""

import hashlib
from datetime import UTC, datetime

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from cloche_kit.bus import Stored

_raw = msgspec.json.Decoder(Raw)
_NO_TIME = datetime.min.replace(tzinfo=UTC)


class Line(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One message of the log, or what is left of it. `forgotten`: SHA-256 of the whole line, in hex."""

    subject: str = ""
    sequence: int
    time: datetime = _NO_TIME
    headers: dict[str, str] = {}
    data: Raw | UnsetType = UNSET
    raw: bytes | UnsetType = UNSET
    forgotten: str = ""


_encoder = msgspec.json.Encoder()
_lines = msgspec.json.Decoder(Line)


def encode(stored: Stored) -> bytes:
    """The line of a message, without its newline. The same message always gives the same bytes."""
    headers = dict(sorted(stored.headers.items()))
    base = Line(subject=stored.subject, sequence=stored.sequence, time=stored.time, headers=headers)
    if is_json(stored.data):
        return _encoder.encode(msgspec.structs.replace(base, data=Raw(stored.data)))
    return _encoder.encode(msgspec.structs.replace(base, raw=stored.data))


def decode(line: bytes) -> Line:
    """msgspec.DecodeError if it is none."""
    return _lines.decode(line)


def stored_of(line: Line) -> Stored:
    """The message, byte for byte. Only of a line that was not forgotten."""
    data = line.raw if isinstance(line.raw, bytes) else bytes(line.data or b"")
    return Stored(line.subject, line.sequence, line.time, data, line.headers)


def forget(line: bytes) -> bytes:
    """What is left of a line once its content may no longer be kept; harmless to do twice."""
    known = decode(line)
    if known.forgotten:
        return line
    return _remains(known.sequence, hashlib.sha256(line).hexdigest())


def digest(line: bytes, decoded: Line) -> bytes:
    """SHA-256 of the line as it was written, also once it was forgotten. ValueError where it says none."""
    if not decoded.forgotten:
        return hashlib.sha256(line).digest()
    # As written and nothing beside it: else it could stand for several lines, or carry what nobody has hashed.
    if line != _remains(decoded.sequence, decoded.forgotten):
        raise ValueError("a forgotten line says more than its sequence and its digest")
    known = bytes.fromhex(decoded.forgotten)
    if len(known) != hashlib.sha256().digest_size or known.hex() != decoded.forgotten:
        raise ValueError("a forgotten line without its digest")
    return known


def _remains(sequence: int, forgotten: str) -> bytes:
    return _encoder.encode(Line(sequence=sequence, forgotten=forgotten))


def is_json(data: bytes) -> bool:
    """Whether `data` may stand in a line as it is, and comes out of it again byte for byte."""
    if b"\n" in data or b"\r" in data:
        return False
    try:
        return bytes(_raw.decode(data)) == data and bool(data.decode())
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
