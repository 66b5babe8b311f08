"""Histories as no executor would write them: what the checker has to refuse."""

import hashlib
from datetime import UTC, datetime

from cloche_kit.bus import Parked, Stored
from cloche_kit.queue import Depth
from cloche_schemas import codec
from cloche_schemas.codec import Stamp
from cloche_schemas.commands import EvaluationSpec
from cloche_schemas.events import (
    AttemptFailed,
    AttemptStarted,
    EvaluationCompleted,
    EvaluationDeadLettered,
    EvaluationEvent,
    EvaluationQueued,
    OutputArchived,
    OutputChunk,
    OutputEvent,
)
from cloche_schemas.subjects import Address
from cloche_schemas.values import BatchPlace, Limits, OutputSummary
from support.checker import Expected, violations
from support.observed import Observed
from support.recorded import BEGIN, address_of

ONE, TWO = address_of(1), address_of(2)
SPEC = EvaluationSpec(code="x")
QUEUED = EvaluationQueued(attempt=1, spec=SPEC, limits=Limits())
AGAIN = EvaluationQueued(attempt=2, spec_sequence=1)
BATCH = BatchPlace(id=ONE.evaluation, index=0, size=2, concurrency=1)


def started(attempt: int = 1, executor: str = "a") -> AttemptStarted:
    return AttemptStarted(
        attempt=attempt, executor=executor, nonce=f"{executor}{attempt}", engine="docker"
    )


def chunk(data: bytes = b"x", attempt: int = 1, index: int = 0) -> OutputChunk:
    return OutputChunk(attempt=attempt, stream="stdout", index=index, offset=0, data=data)


def completed(data: bytes = b"", attempt: int = 1) -> EvaluationCompleted:
    said = OutputSummary()
    if data:
        said = OutputSummary(sha256=hashlib.sha256(data).hexdigest(), chunks=1)
    return EvaluationCompleted(outcome="succeeded", attempt=attempt, stdout=said)


FAILED = AttemptFailed(attempt=1, reason="executor_lost")
CANCELLED = EvaluationCompleted(outcome="cancelled", attempt=0)
DEAD = EvaluationDeadLettered(attempts=1, reason="executor_lost")
ARCHIVED = OutputArchived(attempt=1)


class Log:
    """A log that anything can be written on. Whoever `by` is, the envelope says so."""

    def __init__(self) -> None:
        self.stored: list[Stored] = []
        self.parked: list[Parked] = []
        self.numbers: dict[Address, int] = {}
        self.depth = Depth({}, {})
        self.planted: set[int] = set()
        self.at_most: dict[str, int] = {}
        self.accepted: set[Address] = set()

    def add(
        self,
        event: EvaluationEvent,
        address: Address = ONE,
        *,
        by: str = "a",
        number: int = 0,
        id: str = "",  # noqa: A002
        subject: str = "",
        seconds: int = 0,
    ) -> "Log":
        if isinstance(event, OutputEvent):
            number = number or event.index + 1
        else:
            number = number or self.numbers.get(address, 0) + 1
            self.numbers[address] = number
        sequence = len(self.stored) + 1
        stamp = Stamp(
            id=id or f"id-{sequence}",
            source=f"/cloche/executor/{by}",
            address=address,
            time=BEGIN,
            sequence=number,
        )
        return self.raw(subject or address.of(event), codec.encode(event, stamp), seconds)

    def events(self, *events: EvaluationEvent, address: Address = ONE) -> "Log":
        for event in events:
            self.add(event, address)
        return self

    def raw(self, subject: str, data: bytes, seconds: int = 0) -> "Log":
        time = datetime.fromtimestamp(BEGIN.timestamp() + seconds, UTC)
        self.stored.append(Stored(subject, len(self.stored) + 1, time, data))
        return self

    def park(self, sequence: int, handler: str) -> "Log":
        stored = self.stored[sequence - 1]
        self.parked.append(Parked(stored=stored, handler=handler, reason="malformed"))
        return self

    def poison(self, subject: str, *handlers: str) -> "Log":
        self.raw(subject, b"no JSON")
        self.planted.add(len(self.stored))
        for handler in handlers:
            self.park(len(self.stored), handler)
        return self

    @property
    def expected(self) -> Expected:
        return Expected(
            accepted=frozenset(self.accepted),
            planted=frozenset(self.planted),
            at_most=self.at_most,
        )

    @property
    def observed(self) -> Observed:
        without = frozenset(self.planted)
        return Observed(self.stored, self.parked, self.depth, without=without)

    def rules(self) -> set[str]:
        """The invariants that are broken."""
        return {line.split()[0] for line in violations(self.observed, self.expected)}

    def says(self, words: str) -> bool:
        return any(words in line for line in violations(self.observed, self.expected))
