"""Everything that a run has left behind, read back as anybody can: the log, what was parked, what still waits."""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import aclosing
from functools import cached_property
from typing import TypeGuard

from cloche_kit.bus import EventBus, Parked, Stored
from cloche_kit.queue import Depth
from cloche_schemas import codec
from cloche_schemas.codec import Unknown
from cloche_schemas.envelope import Envelope
from cloche_schemas.events import (
    EvaluationCompleted,
    EvaluationDeadLettered,
    EvaluationEvent,
    EvaluationQueued,
    EvaluationScheduled,
    LifecycleEvent,
    OutputEvent,
)
from cloche_schemas.subjects import Address, SubjectError, parse
from msgspec import Struct

Submission = EvaluationScheduled | EvaluationQueued
End = EvaluationCompleted | EvaluationDeadLettered


class Happened(Struct, frozen=True):
    """An event with its envelope and the message that it came in."""

    stored: Stored
    address: Address
    envelope: Envelope
    event: EvaluationEvent

    @property
    def sequence(self) -> int:
        """Its place on the log."""
        return self.stored.sequence

    @property
    def number(self) -> int:
        return self.envelope.number

    def __str__(self) -> str:
        kind = self.envelope.type.removeprefix("cloche.evaluation.")
        return f"{self.address.tenant}/{self.address.evaluation} {kind} at {self.sequence}"


class Observed:
    """A finished run. `log` in stream order, as bytes; the rest is what PARKED, WORK and HELD hold."""

    def __init__(
        self,
        log: Sequence[Stored],
        parked: Sequence[Parked] = (),
        depth: Depth | None = None,
        *,
        without: frozenset[int] = frozenset(),
    ) -> None:
        """`without`: sequences that nobody is to understand."""
        self.log = tuple(log)
        self.parked = tuple(parked)
        self.depth = depth or Depth({}, {})
        self.events: list[Happened] = []
        #: What cannot be read, and why.
        self.unreadable: list[tuple[Stored, str]] = []
        for stored in log:
            if stored.sequence not in without:
                self._read(stored)

    @cached_property
    def lifecycles(self) -> dict[Address, list[Happened]]:
        """The lifecycle events of each evaluation, in the order of the log."""
        found: dict[Address, list[Happened]] = defaultdict(list)
        for one in self.events:
            if isinstance(one.event, LifecycleEvent):
                found[one.address].append(one)
        return dict(found)

    @cached_property
    def outputs(self) -> dict[tuple[Address, int], list[Happened]]:
        """What each attempt wrote, by the subject that it lies on."""
        found: dict[tuple[Address, int], list[Happened]] = defaultdict(list)
        for one in self.events:
            if isinstance(one.event, OutputEvent):
                attempt = int(one.stored.subject.rpartition(".")[2])
                found[one.address, attempt].append(one)
        return dict(found)

    def _read(self, stored: Stored) -> None:
        try:
            address = parse(stored.subject)
            envelope, event = codec.decode(stored.data)
        except (codec.Malformed, SubjectError) as error:
            self.unreadable.append((stored, str(error)))
            return
        if isinstance(event, Unknown):
            self.unreadable.append((stored, f"unknown type {event.type}"))
            return
        self.events.append(Happened(stored, address, envelope, event))


def submits(event: EvaluationEvent) -> TypeGuard[Submission]:
    """Whether it carries a submission."""
    return isinstance(event, Submission) and event.spec is not None


async def observe(bus: EventBus, *, planted: frozenset[int] = frozenset()) -> Observed:
    """What there is now. `planted`: poison that the test itself has put on the log, by sequence."""
    state = await bus.state()
    log: list[Stored] = []
    if state.last:
        async with aclosing(bus.follow(after=state.first - 1)) as batches:
            async for batch in batches:
                log += batch
                if batch[-1].sequence >= state.last:
                    break
    return Observed(log, await bus.parked(), await bus.queue.depth(), without=planted)
