"""The last lines or bytes of what an attempt recorded, in bounded memory and without reading what lies before them.

A finished recording is read backwards in growing steps; of a running one the log's last messages are, and more of
them until enough is found.
"""

from collections import deque
from contextlib import aclosing

from cloche_kit.bus import EventBus, Stored
from msgspec import Struct

from cloche_gateway.deps import Deps
from cloche_gateway.problems import ClientError
from cloche_gateway.recordings import LOG_BATCH, Recording, chunk_of, gathered, read

#: No tail is longer, however long its lines are.
MOST_BYTES = 8 << 20
MOST_LINES = 100_000
_FIRST_STEP = 64 << 10
#: Messages of the log that are looked at first, and how much further back each next look goes.
_FIRST_LOOK = 64
_FURTHER = 8


class Wanted(Struct, frozen=True):
    """So many lines, or so many bytes."""

    lines: int | None = None
    size: int | None = None

    def cut(self, data: bytes) -> int | None:
        """Where the tail begins in `data`, which goes up to the end; None if it begins before it."""
        if self.size is not None:
            return len(data) - self.size if len(data) >= self.size else None
        at = len(data) - data.endswith(b"\n")
        if not self.lines or not data:
            return len(data) if not self.lines else None
        for _ in range(self.lines):
            at = data.rfind(b"\n", 0, at)
            if at < 0:
                return None
        return at + 1


class Tail(Struct, frozen=True):
    """The last bytes of a recording, and where in it they begin."""

    offset: int
    data: bytes


async def tail(deps: Deps, recording: Recording, wanted: Wanted) -> Tail:
    """At most `MOST_BYTES`, whatever is wanted. `output_expired` where a finished recording is not stored."""
    if recording.attempt == 0:
        return Tail(0, b"")
    if recording.complete:
        return await _of_the_whole(deps, recording, wanted)
    subject = recording.address.output(recording.attempt)
    last = await deps.bus.last(subject)
    return Tail(0, b"") if last is None else await _of_the_log(deps.bus, recording, last, wanted)


async def _of_the_whole(deps: Deps, recording: Recording, wanted: Wanted) -> Tail:
    held, start, step = b"", recording.size, _FIRST_STEP
    while start > 0 and len(held) < MOST_BYTES:
        before = max(start - min(step, MOST_BYTES - len(held)), 0)
        piece = await gathered(await read(deps, recording, before, start))
        if len(piece) != start - before:
            raise ClientError(
                "output_expired", f"{recording.size} bytes were recorded, not all are stored"
            )
        held, start, step = piece + held, before, step * 2
        if (at := wanted.cut(held)) is not None:
            return Tail(start + at, held[at:])
    return Tail(start, held)


async def _of_the_log(bus: EventBus, recording: Recording, last: Stored, wanted: Wanted) -> Tail:
    back = _FIRST_LOOK
    while True:
        after = max(last.sequence - back, 0)
        found = await _last_bytes(bus, recording, last, after)
        at = wanted.cut(found.data)
        if at is not None:
            return Tail(found.offset + at, found.data[at:])
        if after == 0 or len(found.data) >= MOST_BYTES:
            return found
        back *= _FURTHER


async def _last_bytes(bus: EventBus, recording: Recording, last: Stored, after: int) -> Tail:
    """Up to `MOST_BYTES` of what the log has of it beyond the sequence `after`, and no further than `last`."""
    held: deque[bytes] = deque()
    size = offset = 0
    subject = recording.address.output(recording.attempt)
    async with aclosing(bus.follow(after=after, filters=(subject,), batch=LOG_BATCH)) as batches:
        async for batch in batches:
            for stored in batch:
                chunk = chunk_of(stored, recording.stream)
                if stored.sequence > last.sequence or chunk is None:
                    continue
                if not held:
                    offset = chunk.offset
                held.append(chunk.data)
                size += len(chunk.data)
                while size - len(held[0]) >= MOST_BYTES:
                    size -= len(held[0])
                    offset += len(held.popleft())
            if batch[-1].sequence >= last.sequence:
                break
    data = b"".join(held)
    over = max(len(data) - MOST_BYTES, 0)
    return Tail(offset + over, data[over:])
