"""What a WORK message means by the log, and the appends that begin and end an attempt.

The log alone decides: what the fold shows as over is over, whatever the queue says, and of two executors that claim the
same attempt the concurrency check lets one win.
"""

from typing import Literal

from cloche_domain import (
    Absent,
    Cancelling,
    Completed,
    Evaluation,
    Fail,
    Queued,
    Refusal,
    RetryPending,
    Running,
    Scheduled,
    decide,
    fold,
)
from cloche_domain import DeadLettered as Dead
from cloche_kit.bus import BusUnavailable, EventBus, Stored
from cloche_kit.log import EventLog, History, Position, Written
from cloche_schemas import codec
from cloche_schemas.codec import Unknown
from cloche_schemas.commands import EvaluationSpec
from cloche_schemas.envelope import Envelope
from cloche_schemas.events import (
    AttemptFailed,
    AttemptStarted,
    EvaluationQueued,
    EvaluationScheduled,
)
from cloche_schemas.subjects import Address, SubjectError, parse
from cloche_schemas.values import Limits
from msgspec import Struct

from cloche_executor.attempt import Ending
from cloche_executor.retry import Backoff


class Work(Struct, frozen=True, kw_only=True):
    """A WORK message that can be understood."""

    stored: Stored
    address: Address
    envelope: Envelope
    event: EvaluationQueued


class Poison(Struct, frozen=True):
    """A WORK message that nobody will ever understand: to be parked."""

    reason: str
    detail: str


class Claim(Struct, frozen=True):
    """An attempt that we have won: `position` is that of our `started`."""

    address: Address
    attempt: int
    nonce: str
    position: Position


class Claimed(Struct, frozen=True):
    """An attempt that is ours, and what it runs."""

    claim: Claim
    spec: EvaluationSpec
    limits: Limits


#: open: nobody has started it. held: somebody has. over: it has ended. poison: the log makes no sense of it.
Standing = Literal["open", "held", "over", "poison"]


def understand(stored: Stored) -> Work | Poison:
    """The work in a message."""
    try:
        envelope, event = codec.decode(stored.data)
        address = parse(stored.subject)
    except codec.Malformed as error:
        return Poison("malformed", str(error))
    except SubjectError as error:
        return Poison("foreign_subject", str(error))
    match event:
        case EvaluationQueued():
            return Work(stored=stored, address=address, envelope=envelope, event=event)
        case Unknown():
            return Poison("unknown_type", event.type)
        case _:
            return Poison("illegal", f"{envelope.type} is no work")


def standing(evaluation: Evaluation, attempt: int) -> Standing:
    """How attempt number `attempt` stands."""
    match evaluation.state:
        case Completed() | Dead():
            return "over"
        case Queued(attempt=current) | Running(attempt=current) | Cancelling(attempt=current):
            if current != attempt:
                return "over" if current > attempt else "poison"
            return "open" if isinstance(evaluation.state, Queued) else "held"
        case RetryPending(attempt=current):
            return "over" if current >= attempt else "poison"
        case Absent() | Scheduled():
            return "poison"


async def trimmed(bus: EventBus, work: Work, history: History) -> bool:
    """Whether the log has lost the beginning of the evaluation, which was over then (retention)."""
    return history.trimmed or (
        history.position.sequence == 0 and await bus.get(work.stored.sequence) is None
    )


def found_again(history: History, nonce: str) -> Position | None:
    """Where our own `started` is, if it got there although nobody said so."""
    for entry in history.entries:
        if isinstance(entry.event, AttemptStarted) and entry.event.nonce == nonce:
            return Position(entry.envelope.number, entry.stored.sequence)
    return None


async def specification(
    bus: EventBus, work: Work, evaluation: Evaluation
) -> tuple[EvaluationSpec, Limits] | Poison:
    """What to run: in the message itself, else in the event that it points to."""
    event, limits = work.event, work.event.limits or evaluation.limits
    if event.spec is not None:
        return event.spec, limits
    if event.spec_sequence is not None:
        carrier = await bus.get(event.spec_sequence)
        found = None if carrier is None else _carried(carrier, work.address)
        if found is not None and found.spec is not None:
            return found.spec, found.limits or limits
    if evaluation.spec is not None:
        return evaluation.spec, limits
    return Poison("no_specification", "the event that carries the submission is not there")


def _carried(stored: Stored, address: Address) -> EvaluationQueued | EvaluationScheduled | None:
    """The event that began the evaluation: queued, or scheduled where it was to run later."""
    try:
        _, event = codec.decode(stored.data)
        found = parse(stored.subject)
    except (codec.Malformed, SubjectError):
        return None
    if found == address and isinstance(event, EvaluationQueued | EvaluationScheduled):
        return event
    return None


async def conclude(log: EventLog, claim: Claim, ending: Ending) -> bool:
    """Append the event that ends our attempt, as often as it takes to know; whether it is on the log.

    False: somebody else has ended the attempt before.
    """
    backoff = Backoff()
    position = claim.position
    while True:
        try:
            result = await log.append(claim.address, ending, after=position)
            if isinstance(result, Written):
                return True
            history = await log.read(claim.address)
        except BusUnavailable:
            await backoff.wait()
            continue
        if history.position.sequence <= position.sequence:
            # The read is older than what refused us.
            await backoff.wait()
            continue
        state = fold(history.numbered).state
        if not isinstance(state, Running | Cancelling) or state.nonce != claim.nonce:
            return False
        position = history.position


async def give_up(log: EventLog, address: Address, history: History, failed: AttemptFailed) -> bool:
    """End an attempt whose executor is lost. False: the log has moved on, look again."""
    event = decide(Fail(failed), fold(history.numbered))
    if isinstance(event, Refusal):
        return False
    return isinstance(await log.append(address, event, after=history.position), Written)
