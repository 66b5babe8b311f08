"""The output of one attempt, put together from its chunks in bounded memory."""

import hashlib
from collections.abc import AsyncGenerator
from contextlib import aclosing

from cloche_kit.blobs import blob_key
from cloche_kit.objects import Objects, Upload
from cloche_schemas.events import EvaluationCompleted, OutputChunk, recorded
from cloche_schemas.subjects import Address
from cloche_schemas.values import ArchivedOutput, OutputSummary, StreamName
from msgspec import Struct

from cloche_storage.files import is_files_in_a_row, store_files


class Mismatch(Struct, frozen=True):
    """What was put together is not what the executor says it recorded."""

    detail: str


class _Stream:
    """One stream: bytes from offset 0 on and, after one gap at most, the tail."""

    def __init__(self, upload: Upload) -> None:
        self.upload = upload
        self.digest = hashlib.sha256()
        self.end = 0
        self.dropped = 0
        self.head = 0

    async def add(self, chunk: OutputChunk) -> bool:
        """False if the chunk is none that may come next."""
        if chunk.offset < self.end or (chunk.offset > self.end and self.dropped):
            return False
        self.dropped += chunk.offset - self.end
        self.end = chunk.offset + len(chunk.data)
        if not self.dropped:
            self.head = self.end
        self.digest.update(chunk.data)
        await self.upload.write(chunk.data)
        return True

    def differs(self, summary: OutputSummary) -> str:
        """In what, or nothing."""
        size = summary.head_bytes + summary.tail_bytes
        if self.upload.size != size:
            return f"{self.upload.size} bytes where {size} were recorded"
        if self.dropped and (self.head, self.dropped) != (
            summary.head_bytes,
            summary.dropped_bytes,
        ):
            return f"{self.dropped} bytes missing at {self.head}"
        if size and self.digest.hexdigest() != summary.sha256:
            return f"sha256 {self.digest.hexdigest()} instead of {summary.sha256}"
        return ""


class Assembly:
    """Every stream of one attempt. Chunks come in order of their index; one that came before is ignored."""

    def __init__(self, objects: Objects, bucket: str, address: Address, attempt: int) -> None:
        self.broken = ""
        self._objects = objects
        self._bucket = bucket
        self._address = address
        self._folder = f"outputs/{address.tenant}/{address.evaluation}/{attempt}/"
        self._streams: dict[StreamName, _Stream] = {}
        self._next = 0

    @property
    def buffered(self) -> int:
        """Bytes held in memory."""
        return sum(stream.upload.buffered for stream in self._streams.values())

    async def add(self, chunk: OutputChunk) -> None:
        """Append a chunk. One that does not fit makes it `broken`, and the rest is ignored. `ObjectsUnavailable`."""
        if self.broken or chunk.index < self._next:
            return
        if chunk.index > self._next:
            await self._break(f"chunk {chunk.index} came where {self._next} was due")
            return
        self._next += 1
        stream = self._streams.get(chunk.stream)
        if stream is None:
            stream = _Stream(self._objects.upload(self._folder + chunk.stream))
            self._streams[chunk.stream] = stream
        if not await stream.add(chunk):
            await self._break(f"{chunk.stream} goes on at {chunk.offset} after {stream.end}")

    async def finish(self, event: EvaluationCompleted) -> tuple[ArchivedOutput, ...] | Mismatch:
        """Make the objects visible, if they are what `event` says. `ObjectsUnavailable`, `ObjectMissing`."""
        summaries = recorded(event)
        for name, summary in summaries.items():
            stream = self._streams.get(name)
            if stream is not None:
                difference = stream.differs(summary)
            else:
                size = summary.head_bytes + summary.tail_bytes
                difference = f"nothing where {size} bytes were recorded" if size else ""
            if self.broken or difference:
                await self.abort()
                return Mismatch(self.broken or f"{name}: {difference}")
        outputs = []
        for name in summaries:
            stream = self._streams.get(name)
            if stream is None:
                continue
            if name == "artifacts" and event.artifacts and is_files_in_a_row(event):
                done = await self._complete_files(stream, event)
            else:
                done = await self._complete(name, stream)
            if isinstance(done, Mismatch):
                return done
            outputs.append(done)
        return tuple(outputs)

    async def abort(self) -> None:
        """Give everything back. `ObjectsUnavailable` leaves parts for the next start to give back."""
        streams, self._streams = self._streams, {}
        for stream in streams.values():
            await stream.upload.abort()

    async def _complete(self, name: StreamName, stream: _Stream) -> ArchivedOutput:
        info = await stream.upload.complete()
        return ArchivedOutput(
            stream=name,
            bucket=self._bucket,
            key=info.key,
            size=info.size,
            sha256=stream.digest.hexdigest(),
        )

    async def _complete_files(
        self, stream: _Stream, event: EvaluationCompleted
    ) -> ArchivedOutput | Mismatch:
        """Each file as a blob of its own. What is too large for memory lies in the store whole for a moment."""
        tenant, upload = self._address.tenant, stream.upload
        held = upload.whole
        if held is None:
            await upload.complete()

        async def part(start: int, end: int) -> AsyncGenerator[bytes, None]:
            if held is not None:
                yield held[start:end]
                return
            async with aclosing(
                self._objects.get_range(upload.key, start=start, end=end)
            ) as pieces:
                async for piece in pieces:
                    yield piece

        difference = await store_files(self._objects, tenant, event.artifacts, part)
        if held is None:
            await self._objects.delete(upload.key)
        else:
            await upload.abort()
        if difference:
            return Mismatch(difference)
        return ArchivedOutput(
            stream="artifacts",
            bucket=self._bucket,
            key=blob_key(tenant, ""),
            size=upload.size,
            sha256=stream.digest.hexdigest(),
            blobs=True,
        )

    async def _break(self, why: str) -> None:
        self.broken = why
        await self.abort()
