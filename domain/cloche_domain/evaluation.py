"""States of an evaluation and what each lifecycle event does to them.

    Absent ─ queued ─▶ Queued ─ started ─▶ Running ─ completed ─▶ Completed ─ output-archived
      └ scheduled ─▶ Scheduled ─┘  ▲           │ └ cancel-requested ─▶ Cancelling ─┘
                                queued    attempt-failed
                                   └─ RetryPending ┘ ─ dead-lettered ─▶ DeadLettered

`evolve` is total: what may not happen gives `Illegal`, a value. Every event carries its number in the evaluation, so
`apply` tells a redelivery (`Duplicate`) from a gap (`OutOfOrder`).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import assert_never

from cloche_schemas.commands import EvaluationSpec
from cloche_schemas.events import (
    AttemptFailed,
    AttemptStarted,
    CancelRequested,
    EvaluationCompleted,
    EvaluationDeadLettered,
    EvaluationQueued,
    EvaluationScheduled,
    LifecycleEvent,
    OutputArchived,
    type_of,
)
from cloche_schemas.values import Limits, Outcome
from msgspec import Struct
from msgspec.structs import replace


class Absent(Struct, frozen=True, tag="absent"):
    """Nothing has happened."""


class Scheduled(Struct, frozen=True, tag="scheduled"):
    """Accepted, not yet due."""


class Queued(Struct, frozen=True, tag="queued"):
    """Waits for an executor to start this attempt."""

    attempt: int


class Running(Struct, frozen=True, tag="running"):
    """An executor holds the attempt; `nonce` is its claim."""

    attempt: int
    executor: str
    nonce: str


class Cancelling(Struct, frozen=True, tag="cancelling"):
    """Still running; its executor has been asked to end it."""

    attempt: int
    executor: str
    nonce: str


class RetryPending(Struct, frozen=True, tag="retry-pending"):
    """The attempt failed for a reason of ours; the scheduler decides what comes next."""

    attempt: int
    reason: str
    cancel_requested: bool = False


class Completed(Struct, frozen=True, tag="completed"):
    """Over, with a verdict."""

    outcome: Outcome
    attempt: int
    archived: bool = False


class DeadLettered(Struct, frozen=True, tag="dead-lettered"):
    """Over: given up."""

    attempts: int
    archived: bool = False


State = Absent | Scheduled | Queued | Running | Cancelling | RetryPending | Completed | DeadLettered
Terminal = Completed | DeadLettered


class Evaluation(Struct, frozen=True, kw_only=True):
    """Everything that decisions need. `number` is that of the last event folded in, 0 for none."""

    number: int = 0
    state: State = Absent()
    spec: EvaluationSpec | None = None
    limits: Limits = Limits()
    max_attempts: int = 3
    turns: str | None = None
    due_at: datetime | None = None

    @property
    def over(self) -> bool:
        return isinstance(self.state, Terminal)


NOTHING = Evaluation()


class Illegal(Struct, frozen=True):
    """An event that may not follow: a bug of whoever appended it, or a foreign message. To be parked."""

    state: str
    event: str

    def __str__(self) -> str:
        return f"{self.event} cannot follow in state {self.state}"


class Duplicate(Struct, frozen=True):
    """This event was folded in before; nothing changes."""

    number: int


class OutOfOrder(Struct, frozen=True):
    """An earlier event is missing."""

    expected: int
    got: int

    def __str__(self) -> str:
        return f"event {self.got} came where {self.expected} was due"


def evolve(evaluation: Evaluation, event: LifecycleEvent) -> Evaluation | Illegal:
    """The evaluation after `event`."""
    state = successor(evaluation.state, event)
    if state is None:
        return Illegal(name_of(evaluation.state), type_of(event))
    moved = replace(evaluation, number=evaluation.number + 1, state=state)
    match event:
        case EvaluationScheduled():
            return replace(
                moved,
                spec=event.spec,
                limits=event.limits,
                max_attempts=event.max_attempts,
                turns=event.turns,
                due_at=event.due_at,
            )
        case EvaluationQueued() if event.spec is not None:
            return replace(
                moved,
                spec=event.spec,
                limits=event.limits or Limits(),
                max_attempts=event.max_attempts,
                turns=event.turns,
            )
        case _:
            return moved


def successor(state: State, event: LifecycleEvent) -> State | None:
    """The state machine itself: the state after `event`, or None where it may not happen."""
    match event:
        case EvaluationScheduled():
            return Scheduled() if isinstance(state, Absent) else None
        case EvaluationQueued():
            return _queued(state, event)
        case AttemptStarted():
            if isinstance(state, Queued) and state.attempt == event.attempt:
                return Running(event.attempt, event.executor, event.nonce)
        case CancelRequested():
            if isinstance(state, Running):
                return Cancelling(state.attempt, state.executor, state.nonce)
        case AttemptFailed():
            if isinstance(state, Running | Cancelling) and state.attempt == event.attempt:
                return RetryPending(event.attempt, event.reason, isinstance(state, Cancelling))
        case EvaluationCompleted():
            return _completed(state, event)
        case EvaluationDeadLettered():
            if isinstance(state, Queued | RetryPending):
                return DeadLettered(event.attempts)
        case OutputArchived():
            if isinstance(state, Completed | DeadLettered) and not state.archived:
                return replace(state, archived=True)
        case unreachable:
            assert_never(unreachable)
    return None


def _queued(state: State, event: EvaluationQueued) -> Queued | None:
    match state:
        case Absent():
            legal = event.attempt == 1 and event.spec is not None
        case Scheduled():
            legal = event.attempt == 1
        case RetryPending():
            legal = event.attempt == state.attempt + 1 and not state.cancel_requested
        case _:
            legal = False
    return Queued(event.attempt) if legal else None


def _completed(state: State, event: EvaluationCompleted) -> Completed | None:
    match state:
        case Running() | Cancelling():
            legal = event.attempt == state.attempt
        case Scheduled() | Queued() | RetryPending():
            legal = event.outcome == "cancelled" and event.attempt == 0
        case _:
            legal = False
    return Completed(event.outcome, event.attempt) if legal else None


def apply(
    evaluation: Evaluation, number: int, event: LifecycleEvent
) -> Evaluation | Duplicate | OutOfOrder | Illegal:
    """`evolve`, but only if `event` is the next one."""
    if number <= evaluation.number:
        return Duplicate(number)
    if number != evaluation.number + 1:
        return OutOfOrder(evaluation.number + 1, number)
    return evolve(evaluation, event)


def passed_over(evaluation: Evaluation) -> Evaluation:
    """After an illegal event: nothing has changed, but its number is taken, so that the next event is not a gap."""
    return replace(evaluation, number=evaluation.number + 1)


def fold(events: Iterable[tuple[int, LifecycleEvent]], start: Evaluation = NOTHING) -> Evaluation:
    """The evaluation that numbered events make, in order. Redeliveries and what comes after a gap change nothing."""
    evaluation = start
    for number, event in events:
        match apply(evaluation, number, event):
            case Evaluation() as evolved:
                evaluation = evolved
            case Illegal():
                evaluation = passed_over(evaluation)
            case Duplicate() | OutOfOrder():
                pass
            case unreachable:
                assert_never(unreachable)
    return evaluation


def name_of(state: State) -> str:
    """The state's name as it is stored."""
    return str(state.__struct_config__.tag)
