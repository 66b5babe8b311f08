"""A replay on the wire, in either form: the same events, and the same ends.

Every answer says how it ended: everything was given (``end``), come back from the last cursor (``reconnect``), or a
problem (``error`` in SSE, ``problem`` in NDJSON). One without any of these was cut off on the way.
"""

from typing import Protocol

from cloche_kit.archive.history import Place

from cloche_gateway.event_stream import Bounds
from cloche_gateway.frames import Burst
from cloche_gateway.openapi import REPLAY_TYPES
from cloche_gateway.problems import ClientError

NDJSON, SSE = REPLAY_TYPES


class Form(Protocol):
    """How events, and what is said beside them, become bytes. Each piece is whole lines or frames."""

    media_type: str
    farewell: bytes

    def events(self, burst: Burst) -> bytes: ...

    def progress(self, place: Place) -> bytes:
        """Nothing up to `place` is left to give; also a sign of life."""
        ...

    def end(self, place: Place) -> bytes: ...

    def problem(self, document: bytes) -> bytes: ...


class Lines:
    """NDJSON: an object a line, whose `cursor` is the place behind it."""

    media_type = NDJSON
    farewell = b'{"reconnect":true}\n'

    def events(self, burst: Burst) -> bytes:
        return b"".join(frame.line for frame in burst)

    def progress(self, place: Place) -> bytes:
        return b'{"cursor":"%s"}\n' % str(place).encode()

    def end(self, place: Place) -> bytes:
        return b'{"cursor":"%s","end":true}\n' % str(place).encode()

    def problem(self, document: bytes) -> bytes:
        return b'{"problem":%s}\n' % document


class Frames:
    """Server-sent events, as the feed of an evaluation sends them."""

    media_type = SSE

    def __init__(self, bounds: Bounds) -> None:
        self.farewell = bounds.farewell

    def events(self, burst: Burst) -> bytes:
        return burst.data

    def progress(self, place: Place) -> bytes:
        # A frame without data is dispatched to nobody, but its id is what the client comes back with.
        return b": ping\nid: %s\n\n" % str(place).encode()

    def end(self, place: Place) -> bytes:
        return b"id: %s\nevent: end\ndata: {}\n\n" % str(place).encode()

    def problem(self, document: bytes) -> bytes:
        return b"event: error\ndata: %s\n\n" % document


def form_of(accept: str | None, bounds: Bounds) -> Form:
    """What an Accept header prefers (RFC 9110), NDJSON where it does not matter. `not_acceptable`."""
    ranges = [_quality(one) for one in (accept or "*/*").split(",")]
    best, form = 0.0, None
    for candidate in (Lines(), Frames(bounds)):
        group = candidate.media_type.partition("/")[0]
        for name in (candidate.media_type, f"{group}/*", "*/*"):
            # The most specific range counts.
            if found := [quality for range_, quality in ranges if range_ == name]:
                if found[0] > best:
                    best, form = found[0], candidate
                break
    if form is None:
        raise ClientError("not_acceptable", f"this is answered as {NDJSON} or {SSE}")
    return form


def _quality(range_: str) -> tuple[str, float]:
    name, *parameters = (part.strip().lower() for part in range_.split(";"))
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key == "q":
            try:
                return name, float(value)
            except ValueError:
                return name, 0.0
    return name, 1.0
