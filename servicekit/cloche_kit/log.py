"""Events on the log: stamped, traced and appended under optimistic concurrency; read back as history.

The only lock of the system is here: a lifecycle append expects the stream sequence of the last lifecycle message that
its decision was made from, so of two decisions made from the same history one loses and decides again.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar, get_args

from cloche_schemas import codec
from cloche_schemas.codec import Stamp, Unknown
from cloche_schemas.envelope import Envelope
from cloche_schemas.events import (
    AttemptStarted,
    CaseCompleted,
    EventName,
    LifecycleEvent,
    OutputChunk,
    OutputEvent,
    name_of,
    type_of,
)
from cloche_schemas.subjects import Address
from msgspec import Struct
from msgspec.structs import replace
from prometheus_client import Counter, Histogram

from cloche_kit.bus import (
    Appended,
    BusUnavailable,
    Conflict,
    EventBus,
    Expectation,
    Message,
    Stored,
)
from cloche_kit.telemetry import Telemetry, carrier

APPENDS = Counter(
    "cloche_log_appends", "Appends by event and by what the log said", ["event", "result"]
)
APPEND_SECONDS = Histogram(
    "cloche_log_append_seconds",
    "From an append to the log's answer",
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
# Shown before they happen, so that the first time is an increase; kept, for each append counts.
_APPENDS = {
    (event, result): APPENDS.labels(event, result)
    for event in (*get_args(EventName), "batch")
    for result in ("appended", "conflict", "unavailable")
}
R = TypeVar("R")
Clock = Callable[[], datetime]


def utcnow() -> datetime:
    return datetime.now(UTC)


def age(time: datetime) -> float:
    """Seconds since `time`; 0 where clocks differ."""
    return max(0.0, (utcnow() - time).total_seconds())


async def lag_behind(bus: EventBus, sequence: int) -> tuple[int, float]:
    """Messages beyond `sequence`, and how many seconds ago the first of them was taken. `BusUnavailable`."""
    lag = max((await bus.state()).last - sequence, 0)
    first = await bus.get(sequence + 1) if lag else None
    return lag, 0.0 if first is None else age(first.time)


class Position(Struct, frozen=True):
    """Where an evaluation stands: number of its last lifecycle event and its stream sequence; 0, 0 before."""

    number: int = 0
    sequence: int = 0


class Entry(Struct, frozen=True):
    """A lifecycle event with its envelope and the message it came in."""

    stored: Stored
    envelope: Envelope
    event: LifecycleEvent


class History(Struct, frozen=True):
    """The lifecycle of one evaluation in order. What nobody can decode is left out, but `position` counts it.

    `trimmed`: the log has lost its beginning, as it does only once an evaluation is over.
    """

    entries: tuple[Entry, ...] = ()
    position: Position = Position()
    trimmed: bool = False

    @property
    def numbered(self) -> list[tuple[int, LifecycleEvent]]:
        """What `cloche_domain.fold` takes."""
        return [(entry.envelope.number, entry.event) for entry in self.entries]


class Written(Struct, frozen=True):
    """The event is on the log, at `position`."""

    event: LifecycleEvent | OutputEvent
    position: Position


class EventLog:
    """The log as one service sees it. `source` names the service in the envelopes (``/cloche/gateway/<instance>``)."""

    def __init__(
        self, bus: EventBus, telemetry: Telemetry, *, instance: str, clock: Clock = utcnow
    ) -> None:
        self.bus = bus
        self._telemetry = telemetry
        self._source = f"/cloche/{telemetry.service}/{instance}"
        self._clock = clock

    async def read(self, address: Address) -> History:
        """The evaluation's lifecycle so far. It may be stale by a moment; an append made from it is then refused."""
        history = history_of(await self.bus.history(address.tenant, address.evaluation))
        if not history.entries or history.entries[0].envelope.number == 1:
            return history
        # On a log that has forgotten nothing, what begins in the middle has never had a beginning.
        state = await self.bus.state()
        return replace(history, trimmed=state.first > 1 or state.deleted > 0)

    async def append(
        self, address: Address, event: LifecycleEvent, *, after: Position, claim: str = ""
    ) -> Written | Conflict:
        """Append `event` as the next one after `after`. Idempotent: evaluation, number and claim make the id.

        `claim` is for an id that several may come upon: it tells one's own retry from what another has appended.
        """
        number = after.number + 1
        result = await self._append(
            address,
            event,
            msg_id=_lifecycle_id(address, number, event, claim),
            number=number,
            expect=Expectation(address.lifecycle, after.sequence),
        )
        if isinstance(result, Conflict):
            return result
        return Written(event, Position(number, result.sequence))

    async def append_first(
        self, events: Sequence[tuple[Address, LifecycleEvent]], *, claim: str = ""
    ) -> Appended | Conflict:
        """Append the first event of each of several new evaluations: of all, or of none. `claim` as of `append`."""
        with self._telemetry.producer_span("append batch"):
            trace = carrier()
            messages = []
            for address, event in events:
                msg_id = _lifecycle_id(address, 1, event, claim)
                data = codec.encode(event, self._stamp(address, msg_id, 1, trace))
                messages.append(
                    Message(
                        subject=address.of(event),
                        data=data,
                        msg_id=msg_id,
                        expect=Expectation(address.lifecycle, 0),
                        headers=trace,
                    )
                )
            return await _counted(self.bus.append_all(messages), "batch")

    async def append_output(
        self, address: Address, event: OutputEvent, *, after: int
    ) -> Written | Conflict:
        """Append to an attempt's output, after what lies at stream sequence `after` (0: nothing yet)."""
        kind = "case" if isinstance(event, CaseCompleted) else "output"
        number = event.index + 1
        result = await self._append(
            address,
            event,
            msg_id=f"{address.evaluation}:{event.attempt}:{kind}:{event.index}",
            number=number,
            expect=Expectation(address.output(event.attempt), after),
        )
        if isinstance(result, Conflict):
            return result
        return Written(event, Position(number, result.sequence))

    async def transact(
        self, address: Address, decide: Callable[[History], LifecycleEvent | R]
    ) -> Written | R:
        """Read, decide, append; again from the start when somebody else appended in between.

        `decide` is pure: it gives the event to append, or any other value, which is returned as it is. It ends because
        every round lost means that the evaluation moved on, and evaluations are short.
        """
        while True:
            history = await self.read(address)
            decision = decide(history)
            if not isinstance(decision, LifecycleEvent):
                return decision
            result = await self.append(address, decision, after=history.position)
            if isinstance(result, Written):
                return result

    async def _append(
        self,
        address: Address,
        event: LifecycleEvent | OutputEvent,
        *,
        msg_id: str,
        number: int,
        expect: Expectation,
    ) -> Appended | Conflict:
        name = type_of(event).removeprefix("cloche.evaluation.")
        with self._telemetry.producer_span(
            f"append {name}", **{"cloche.evaluation.id": address.evaluation}
        ):
            trace = carrier()
            data = codec.encode(event, self._stamp(address, msg_id, number, trace))
            appending = self.bus.append(
                address.of(event), data, msg_id=msg_id, expect=expect, headers=trace
            )
            return await _counted(appending, name_of(type_of(event)))

    def _stamp(self, address: Address, msg_id: str, number: int, trace: dict[str, str]) -> Stamp:
        return Stamp(
            id=msg_id,
            source=self._source,
            address=address,
            time=self._clock(),
            sequence=number,
            traceparent=trace.get("traceparent"),
            tracestate=trace.get("tracestate"),
        )


async def _counted(appending: Awaitable[Appended | Conflict], event: str) -> Appended | Conflict:
    begun = time.perf_counter()
    try:
        result = await appending
    except BusUnavailable:
        _APPENDS[event, "unavailable"].inc()
        raise
    APPEND_SECONDS.observe(time.perf_counter() - begun)
    _APPENDS[event, "conflict" if isinstance(result, Conflict) else "appended"].inc()
    return result


def history_of(messages: list[Stored]) -> History:
    """Decode the lifecycle messages of one evaluation."""
    entries: list[Entry] = []
    position = Position()
    for stored in messages:
        try:
            envelope, event = codec.decode(stored.data)
        except codec.Malformed:
            position = Position(position.number, stored.sequence)
            continue
        # A number out of turn is a foreign one: to go on from it would leave a gap for everybody who folds.
        follows = envelope.number == position.number + 1
        position = Position(position.number + follows, stored.sequence)
        if not isinstance(event, Unknown | OutputChunk | CaseCompleted):
            entries.append(Entry(stored, envelope, event))
    return History(tuple(entries), position)


def _lifecycle_id(address: Address, number: int, event: LifecycleEvent, claim: str = "") -> str:
    """Two executors that claim the same attempt are told apart by their nonces; most else is determined."""
    tail = type_of(event).removeprefix("cloche.evaluation.")
    if isinstance(event, AttemptStarted):
        claim = event.nonce
    return f"{address.evaluation}:{number}:{tail}{claim and ':'}{claim}"
