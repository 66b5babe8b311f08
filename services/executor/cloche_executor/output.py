"""What of a program's output is recorded: the first bytes up to the limit, the last ones, and a count of the rest.

Pure. A program is never killed for its output, and what it may write is unbounded; what is held here is not.
"""

import hashlib
from collections import deque

from cloche_schemas.values import OutputSummary
from msgspec import Struct

TAIL_BYTES = 64 << 10


class Tail(Struct, frozen=True):
    """The last bytes of a stream that went over its limit, and where in the stream they begin."""

    offset: int
    data: bytes


class StreamRecord:
    """Accounts for one stream. ``take`` as bytes come, ``finish`` once at the end."""

    def __init__(self, limit: int, *, tail_bytes: int = TAIL_BYTES) -> None:
        self._limit = limit
        self._tail_bytes = tail_bytes
        self._tail: deque[bytes] = deque()
        self._tail_held = 0
        self._total = 0
        self._head = 0
        self._digest = hashlib.sha256()

    @property
    def head(self) -> int:
        """Bytes that belong in the head so far."""
        return self._head

    @property
    def over(self) -> bool:
        """Whether more came than the head takes."""
        return self._total > self._head

    def take(self, data: bytes) -> bytes:
        """Account for `data`; gives what of it belongs in the head, to be recorded at once."""
        self._total += len(data)
        head, rest = data[: self._limit - self._head], data[self._limit - self._head :]
        self._head += len(head)
        self._digest.update(head)
        if rest and self._tail_bytes > 0:
            self._remember(rest)
        return head

    def finish(self) -> Tail | None:
        """The tail, to be recorded after the head; None if the limit was not reached."""
        if not self._tail:
            return None
        data = b"".join(self._tail)[-self._tail_bytes :]
        self._digest.update(data)
        self._tail.clear()
        self._tail_held = len(data)
        return Tail(self._total - len(data), data)

    def summary(self, chunks: int) -> OutputSummary:
        """After `finish`. `chunks`: how many were recorded."""
        return OutputSummary(
            total_bytes=self._total,
            head_bytes=self._head,
            dropped_bytes=self._total - self._head - self._tail_held,
            tail_bytes=self._tail_held,
            sha256=self._digest.hexdigest(),
            chunks=chunks,
        )

    def _remember(self, rest: bytes) -> None:
        self._tail.append(rest[-self._tail_bytes :])
        self._tail_held += len(self._tail[-1])
        while self._tail_held - len(self._tail[0]) >= self._tail_bytes:
            self._tail_held -= len(self._tail.popleft())
        # Many small pieces cost more than their bytes.
        if len(self._tail) > 1024:
            self._tail = deque([b"".join(self._tail)])
