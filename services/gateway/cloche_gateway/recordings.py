"""What an attempt recorded, as bytes: from PostgreSQL, S3 or the log, wherever it lies by now, whole or in part."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from cloche_domain import Cancelling, Completed, Evaluation, Running
from cloche_kit.blobs import blob_key
from cloche_kit.bus import EventBus, Stored
from cloche_kit.logs import get_logger
from cloche_schemas import codec
from cloche_schemas.events import OutputChunk, recorded
from cloche_schemas.subjects import Address
from cloche_schemas.values import ArchivedOutput, Artifact, OutputSummary, StreamName
from cloche_schemas.views import EvaluationView
from msgspec import Struct

from cloche_gateway.deps import Deps
from cloche_gateway.problems import ClientError
from cloche_gateway.read_models import ReadModelsUnavailable
from cloche_gateway.reading import Known

_log = get_logger(__name__)
LOG_BATCH = 32
Pieces = AsyncGenerator[bytes, None]


class Recording(Struct, frozen=True):
    """One stream of one attempt. `attempt` is 0 if none counts and none was asked for."""

    address: Address
    attempt: int
    stream: StreamName
    view: EvaluationView
    complete: bool

    @property
    def summary(self) -> OutputSummary:
        return recorded(self.view)[self.stream]

    @property
    def size(self) -> int:
        """Bytes that are kept, once it is complete."""
        return self.summary.head_bytes + self.summary.tail_bytes

    @property
    def key(self) -> str:
        """The object that holds it whole; empty where there is none."""
        lies = self._lies
        return "" if lies is None or lies.blobs else lies.key

    @property
    def blobs(self) -> bool:
        """Whether it is files, each of which is a blob."""
        return self._lies is not None and self._lies.blobs

    @property
    def _lies(self) -> ArchivedOutput | None:
        lies = (one for one in self.view.archived if one.stream == self.stream)
        return next((one for one in lies if self.complete and one.size == self.size), None)


def recording_of(
    known: Known, address: Address, stream: StreamName, attempt: int | None = None
) -> Recording:
    """Of the attempt that counts, or of another one, which is never complete: nobody has summed it up."""
    counts = attempt_of(known.state)
    if attempt is not None and attempt != counts:
        return Recording(address, attempt, stream, known.view, complete=False)
    return Recording(address, counts, stream, known.view, known.state.over)


def attempt_of(evaluation: Evaluation) -> int:
    """The attempt whose output counts; 0 for none."""
    match evaluation.state:
        case Running(attempt=n) | Cancelling(attempt=n) | Completed(attempt=n):
            return n
        case _:
            return 0


async def read(
    deps: Deps, recording: Recording, start: int = 0, end: int | None = None
) -> bytes | Pieces:
    """Recorded bytes `start` to `end` (exclusive; None: as far as they go). `output_expired` if they are gone."""
    if recording.attempt == 0 or (recording.complete and recording.size == 0):
        return b""
    if recording.complete and (kept := await _kept(deps, recording, start, end)) is not None:
        return kept
    subject = recording.address.output(recording.attempt)
    last = await deps.bus.last(subject)
    if recording.complete and not await _whole(deps.bus, subject, last):
        raise ClientError("output_expired")
    return from_log(deps.bus, subject, recording.stream, last, (start, end))


async def _kept(
    deps: Deps, recording: Recording, start: int, end: int | None
) -> bytes | Pieces | None:
    """Bytes of a finished stream from PostgreSQL or S3; None if it has not got there whole."""
    size, key = recording.size, recording.key
    try:
        row = await deps.read_models.output(recording.address, recording.attempt, recording.stream)
    except ReadModelsUnavailable as error:
        _log.warning("read_models_unavailable", error=str(error))
        row = None
    if row is not None and len(row.data) == size:
        return row.data[start:end]
    if key:
        found = await deps.objects.head(key)
        if found is not None and found.size == size:
            return deps.objects.get_range(key, start=start, end=end)
        _log.error("archived_output_missing", key=key)
    if recording.blobs:
        return await _from_blobs(deps, recording, start, size if end is None else min(end, size))
    return None


async def read_file(
    deps: Deps, recording: Recording, file: Artifact, start: int, end: int
) -> bytes | Pieces:
    """A part of one artifact, of `recording`'s stream: from its blob, or wherever all of them lie."""
    if recording.blobs:
        key = blob_key(recording.address.tenant, file.sha256)
        found = await deps.objects.head(key)
        if found is not None and found.size == file.size:
            return deps.objects.get_range(key, start=start, end=end)
        _log.error("artifact_missing", key=key)
    return await read(deps, recording, file.offset + start, file.offset + end)


async def _from_blobs(deps: Deps, recording: Recording, start: int, end: int) -> Pieces | None:
    """A part of all files in a row; None if one of them is not there."""
    parts: list[tuple[str, int, int]] = []
    for file in recording.view.artifacts:
        first, last = max(start - file.offset, 0), min(end - file.offset, file.size)
        if first < last:
            key = blob_key(recording.address.tenant, file.sha256)
            found = await deps.objects.head(key)
            if found is None or found.size != file.size:
                _log.error("artifact_missing", key=key)
                return None
            parts.append((key, first, last))

    async def pieces() -> Pieces:
        for key, first, last in parts:
            async with aclosing(deps.objects.get_range(key, start=first, end=last)) as read_:
                async for piece in read_:
                    yield piece

    return pieces()


async def _whole(bus: EventBus, subject: str, last: Stored | None) -> bool:
    """Whether the log holds what was written from the first chunk on: it forgets the oldest first."""
    if last is None:
        return False
    async with aclosing(bus.follow(after=0, filters=(subject,), batch=LOG_BATCH)) as batches:
        async for batch in batches:
            for stored in batch:
                _, event = codec.decode(stored.data)
                # Ends of cases lie between chunks, with numbers of their own.
                if isinstance(event, OutputChunk):
                    return event.index == 0
            if batch[-1].sequence >= last.sequence:
                break
    return False


async def from_log(
    bus: EventBus,
    subject: str,
    stream: StreamName,
    last: Stored | None,
    part: tuple[int, int | None] = (0, None),
) -> Pieces:
    """A part of the recorded bytes of `stream`, from the chunks on `subject` up to the message `last`."""
    if last is None:
        return
    start, end = part
    position = 0
    async with aclosing(bus.follow(after=0, filters=(subject,), batch=LOG_BATCH)) as batches:
        async for batch in batches:
            for stored in batch:
                if stored.sequence > last.sequence:
                    return
                chunk = chunk_of(stored, stream)
                data = b"" if chunk is None else chunk.data
                piece = data[max(start - position, 0) : None if end is None else end - position]
                position += len(data)
                if piece:
                    yield piece
                if end is not None and position >= end:
                    return
            if batch[-1].sequence >= last.sequence:
                return


def chunk_of(stored: Stored, stream: StreamName) -> OutputChunk | None:
    """The chunk in a message, if it is one of `stream`."""
    try:
        _, event = codec.decode(stored.data)
    except codec.Malformed:
        return None
    return event if isinstance(event, OutputChunk) and event.stream == stream else None


async def gathered(body: bytes | Pieces) -> bytes:
    """All of it in memory: only for what is known to be small."""
    if isinstance(body, bytes):
        return body
    async with aclosing(body):
        return b"".join([piece async for piece in body])
