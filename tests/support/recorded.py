"""Messages as they lie on the log, made by hand, and a whole evaluation's worth of them."""

import hashlib
import itertools
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import get_args
from uuid import UUID

from cloche_kit.bus import Stored
from cloche_kit.log import EventLog, Written
from cloche_kit.telemetry import Telemetry, carrier
from cloche_schemas import codec
from cloche_schemas.codec import Stamp
from cloche_schemas.commands import EvaluationSpec
from cloche_schemas.events import (
    AttemptStarted,
    CaseCompleted,
    EvaluationCompleted,
    EvaluationEvent,
    EvaluationQueued,
    OutputChunk,
    OutputEvent,
    type_of,
)
from cloche_schemas.subjects import Address
from cloche_schemas.values import Limits, OutputSummary, StreamName

BEGIN = datetime(2026, 1, 2, 3, 4, 5, 678901, UTC)


def address_of(number: int, tenant: str = "main") -> Address:
    """The address of the `number`-th evaluation."""
    return Address(tenant, str(UUID(int=(0x0190_0000_0000_7000 << 64) + number)))


class Recorder:
    """Numbers messages as the stream would."""

    def __init__(self, after: int = 0, telemetry: Telemetry | None = None) -> None:
        self._sequences: Iterator[int] = itertools.count(after + 1)
        self._telemetry = telemetry

    def raw(self, subject: str, data: bytes) -> Stored:
        sequence = next(self._sequences)
        return Stored(subject, sequence, BEGIN + timedelta(seconds=sequence), data, {})

    def event(self, address: Address, number: int, event: EvaluationEvent) -> Stored:
        trace = {}
        if self._telemetry is not None:
            with self._telemetry.producer_span("append"):
                trace = carrier()
        stamp = Stamp(
            id=f"{address.evaluation}:{number}:{type_of(event)}",
            source="/cloche/test",
            address=address,
            time=BEGIN + timedelta(seconds=number),
            sequence=number,
            traceparent=trace.get("traceparent"),
        )
        return self.raw(address.of(event), codec.encode(event, stamp))

    def events(self, address: Address, events: Iterable[EvaluationEvent]) -> list[Stored]:
        """`events` in order, lifecycle events and chunks numbered as the log would."""
        numbers, stored = itertools.count(1), []
        for event in events:
            number = event.index + 1 if isinstance(event, OutputEvent) else next(numbers)
            stored.append(self.event(address, number, event))
        return stored


def queued(code: str = "print(1)", labels: dict[str, str] | None = None) -> EvaluationQueued:
    spec = EvaluationSpec(code=code, labels=labels or {})
    return EvaluationQueued(attempt=1, spec=spec, limits=Limits())


def started(attempt: int = 1) -> AttemptStarted:
    return AttemptStarted(attempt=attempt, executor="e", nonce="n", engine="bubblewrap")


def chunks(
    *written: tuple[StreamName, bytes],
    attempt: int = 1,
    dropped: tuple[StreamName, int, int] | None = None,
) -> list[OutputChunk]:
    """`written` as chunks. `dropped`: stream, offset and size of the bytes that were not recorded."""
    offsets: dict[StreamName, int] = dict.fromkeys(get_args(StreamName), 0)
    made = []
    for index, (stream, data) in enumerate(written):
        if dropped is not None and dropped[:2] == (stream, offsets[stream]):
            offsets[stream] += dropped[2]
        made.append(
            OutputChunk(
                attempt=attempt, stream=stream, index=index, offset=offsets[stream], data=data
            )
        )
        offsets[stream] += len(data)
    return made


def summary(output: Iterable[OutputChunk], stream: StreamName, cut: int = 0) -> OutputSummary:
    """What `completed` says of a stream whose chunks are `output`; the last one is a tail after `cut` bytes dropped."""
    mine = [chunk for chunk in output if chunk.stream == stream]
    recorded = b"".join(chunk.data for chunk in mine)
    tail = len(mine[-1].data) if cut else 0
    return OutputSummary(
        total_bytes=len(recorded) + cut,
        head_bytes=len(recorded) - tail,
        dropped_bytes=cut,
        tail_bytes=tail,
        sha256=hashlib.sha256(recorded).hexdigest(),
        chunks=len(mine),
    )


def case(index: int, attempt: int = 1, *, passed: bool = True) -> CaseCompleted:
    """The end of a case."""
    return CaseCompleted(
        attempt=attempt,
        index=index,
        name=f"case {index}",
        outcome="succeeded" if passed else "failed",
        passed=passed,
        exit_code=0 if passed else 1,
    )


def completed(output: Iterable[OutputEvent] = (), attempt: int = 1) -> EvaluationCompleted:
    chunks_ = [event for event in output if isinstance(event, OutputChunk)]
    return EvaluationCompleted(
        outcome="succeeded",
        attempt=attempt,
        exit_code=0,
        stdout=summary(chunks_, "stdout"),
        stderr=summary(chunks_, "stderr"),
        compiler=summary(chunks_, "compiler"),
        artifact_bytes=summary(chunks_, "artifacts"),
    )


def story(*written: tuple[StreamName, bytes], code: str = "print(1)") -> list[EvaluationEvent]:
    """An evaluation that went well and wrote this."""
    output = chunks(*written)
    return [queued(code), started(), *output, completed(output)]


async def append(log: EventLog, address: Address, *events: EvaluationEvent) -> None:
    """Append `events` to a real log, each after what is there."""
    for event in events:
        if isinstance(event, OutputEvent):
            last = await log.bus.last(address.output(event.attempt))
            written = await log.append_output(address, event, after=last.sequence if last else 0)
        else:
            history = await log.read(address)
            written = await log.append(address, event, after=history.position)
        assert isinstance(written, Written)
