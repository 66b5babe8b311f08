"""Output on its way to the log: gathered into chunks, one in flight, each expecting the one before it.

First bytes after silence go at once, then every 50 ms or 64 KiB, whichever comes first: a line appears when it is
printed, and a flood is not one event a line. What waits is bounded, so a slow log slows the program down instead of
losing bytes or filling memory.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import get_args

from cloche_kit.bus import BusUnavailable, Conflict
from cloche_kit.log import EventLog
from cloche_schemas.events import CaseCompleted, OutputChunk, OutputEvent
from cloche_schemas.subjects import Address
from cloche_schemas.values import Limits, OutputSummary, StreamName

from cloche_executor import metrics
from cloche_executor.first_output import FirstOutput
from cloche_executor.output import StreamRecord
from cloche_executor.retry import Backoff

CHUNK_BYTES = 64 << 10
INTERVAL_SECONDS = 0.05
# One print is several writes: what comes within a moment of the first bytes goes with them.
GATHER_SECONDS = 0.001
WAITING_BYTES = 256 << 10
STREAMS: tuple[StreamName, ...] = get_args(StreamName)
# What compilers say is for people to read.
COMPILER_BYTES = 1 << 20


class AttemptLost(Exception):  # noqa: N818
    """Somebody else writes this attempt's output: it is not ours any more."""


class _Stream:
    def __init__(self, limit: int) -> None:
        self.record = StreamRecord(limit)
        self.waiting = bytearray()
        self.offset = 0
        self.chunks = 0


def recording_limits(limits: Limits) -> dict[StreamName, int]:
    """How many bytes from the beginning of each stream are recorded."""
    return {
        "stdout": limits.output_bytes,
        "stderr": limits.output_bytes,
        "compiler": COMPILER_BYTES,
        "artifacts": limits.artifact_bytes,
    }


class OutputWriter:
    """Writes one attempt's output. `write` as it comes, `finish` once; run `send` beside them until it returns."""

    def __init__(
        self,
        log: EventLog,
        address: Address,
        attempt: int,
        *,
        limits: Mapping[StreamName, int],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._log = log
        self._address = address
        self._attempt = attempt
        self._clock = clock
        self.first = FirstOutput(clock)
        self._streams: dict[StreamName, _Stream] = {name: _Stream(limits[name]) for name in STREAMS}
        self._cases: list[tuple[CaseCompleted, asyncio.Future[None]]] = []
        self._index = 0
        self._after = 0
        self._closing = False
        self._changed = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._blocked = 0.0
        self._blocked_since: float | None = None

    @property
    def blocked_seconds(self) -> float:
        """How long the program was made to wait for the log: not its time."""
        now = 0.0 if self._blocked_since is None else self._clock() - self._blocked_since
        return self._blocked + now

    async def write(self, name: StreamName, data: bytes) -> None:
        """Take output of the program; waits while the log is behind."""
        stream = self._streams[name]
        head = stream.record.take(data)
        metrics.OUTPUT_BYTES.labels(name).inc(len(data))
        self.first.written()
        if not head:
            return
        stream.waiting += head
        if self._waiting >= WAITING_BYTES:
            self._room.clear()
        self._changed.set()
        if not self._room.is_set():
            self._blocked_since = self._clock()
            try:
                await self._room.wait()
            finally:
                self._blocked, self._blocked_since = self.blocked_seconds, None

    def recorded(self, name: StreamName) -> int:
        """How many bytes of the stream belong in its head so far."""
        return self._streams[name].record.head

    def over(self, name: StreamName) -> bool:
        """Whether more was written than its head takes."""
        return self._streams[name].record.over

    async def settle(self, case: CaseCompleted) -> None:
        """Put the end of a case on the log, after everything that was written before."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._cases.append((case, done))
        self._changed.set()
        await done

    def finish(self) -> None:
        """No more will come."""
        self._closing = True
        self._changed.set()

    def summary(self, name: StreamName) -> OutputSummary:
        """After `send` has returned."""
        stream = self._streams[name]
        return stream.record.summary(stream.chunks)

    async def send(self) -> None:
        """Append chunks until everything after `finish` is on the log. `AttemptLost` if another claim writes there."""
        try:
            await self._send()
        finally:
            for _, done in self._cases:
                if not done.done():
                    done.set_exception(AttemptLost("nobody writes this attempt's output any more"))

    async def _send(self) -> None:
        last = -INTERVAL_SECONDS
        while True:
            await self._gathered(last + INTERVAL_SECONDS)
            last = self._clock()
            settling = len(self._cases)
            for name, stream in self._streams.items():
                await self._flush(name, stream)
            for _ in range(settling):
                case, done = self._cases[0]
                await self._chain(case)
                del self._cases[0]
                if not done.done():
                    done.set_result(None)
            if self._closing and not self._waiting:
                break
        for name, stream in self._streams.items():
            if (tail := stream.record.finish()) is not None:
                await self._append(name, stream, tail.offset, tail.data)

    async def _gathered(self, due: float) -> None:
        """Until there is something to send: at `due` or when a chunk is full, whichever comes first."""
        while not self._closing:
            self._changed.clear()
            left = due - self._clock()
            # Somebody waits for the end of a case to be on the log.
            full = self._cases or any(
                len(stream.waiting) >= CHUNK_BYTES for stream in self._streams.values()
            )
            if full or (self._waiting and left <= 0):
                if not full:
                    await asyncio.sleep(GATHER_SECONDS)
                return
            try:
                async with asyncio.timeout(left if self._waiting else None):
                    await self._changed.wait()
            except TimeoutError:
                continue

    async def _flush(self, name: StreamName, stream: _Stream) -> None:
        left = len(stream.waiting)
        while left > 0:
            data = bytes(stream.waiting[: min(left, CHUNK_BYTES)])
            left -= len(data)
            del stream.waiting[: len(data)]
            if self._waiting < WAITING_BYTES:
                self._room.set()
            await self._append(name, stream, stream.offset, data)
            stream.offset += len(data)

    async def _append(self, name: StreamName, stream: _Stream, offset: int, data: bytes) -> None:
        chunk = OutputChunk(
            attempt=self._attempt, stream=name, index=self._index, offset=offset, data=data
        )
        await self._chain(chunk)
        self.first.recorded()
        self._index += 1
        stream.chunks += 1

    async def _chain(self, event: OutputEvent) -> None:
        backoff = Backoff()
        while True:
            try:
                result = await self._log.append_output(self._address, event, after=self._after)
                break
            except BusUnavailable:
                # The same event has the same id: whether it was taken or not, it will be there once.
                await backoff.wait()
        if isinstance(result, Conflict):
            raise AttemptLost(f"output of attempt {self._attempt} has another writer")
        self._after = result.position.sequence

    @property
    def _waiting(self) -> int:
        return sum(len(stream.waiting) for stream in self._streams.values())
