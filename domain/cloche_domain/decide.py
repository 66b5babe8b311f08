"""Who may do what when. A command and the evaluation as folded give the one event to append, or a refusal.

Legality is `evolve`'s alone, but that an id is submitted once: `decide` only forms the event and explains why not.
"""

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
)
from cloche_schemas.values import Limits, Origin
from msgspec import Struct

from cloche_domain.evaluation import (
    Absent,
    Cancelling,
    Completed,
    DeadLettered,
    Evaluation,
    Illegal,
    Queued,
    RetryPending,
    Running,
    Scheduled,
    evolve,
)


class Submit(Struct, frozen=True, kw_only=True):
    """Run this program, with these limits granted: now, or when `due_at` comes."""

    spec: EvaluationSpec
    limits: Limits
    max_attempts: int = 3
    turns: str | None = None
    origin: Origin = Origin()
    due_at: datetime | None = None


class Start(Struct, frozen=True):
    """An executor claims the attempt."""

    event: AttemptStarted


class Fail(Struct, frozen=True):
    """The attempt ended without a verdict."""

    event: AttemptFailed


class Complete(Struct, frozen=True):
    """The attempt ended with a verdict."""

    event: EvaluationCompleted


class RequestCancel(Struct, frozen=True):
    """Somebody wants it to end."""

    reason: str = ""
    requested_by: str = ""


class Requeue(Struct, frozen=True):
    """The back-off after a failed attempt is over, or a scheduled evaluation is due.

    `spec_sequence`: where the submission lies on the stream. `late_seconds`: how much later than due it is.
    """

    spec_sequence: int
    late_seconds: float = 0.0


class Archive(Struct, frozen=True):
    """The output lies in S3."""

    event: OutputArchived


Command = Submit | Start | Fail | Complete | RequestCancel | Requeue | Archive


class Refusal(Struct, frozen=True):
    """An expected no.

    `slug` is stable: not_found, already_exists, already_started, already_over, cancel_pending or stale.
    """

    slug: str
    detail: str


def decide(command: Command, evaluation: Evaluation) -> LifecycleEvent | Refusal:
    """The event that `command` means for `evaluation` now, or why there is none."""
    event = _form(command, evaluation)
    taken = isinstance(command, Submit) and not isinstance(evaluation.state, Absent)
    illegal = taken or isinstance(evolve(evaluation, event), Illegal)
    return _refuse(event, evaluation) if illegal else event


def _form(command: Command, evaluation: Evaluation) -> LifecycleEvent:
    match command:
        case Submit(due_at=datetime() as due_at):
            return EvaluationScheduled(
                spec=command.spec,
                limits=command.limits,
                due_at=due_at,
                max_attempts=command.max_attempts,
                turns=command.turns,
                origin=command.origin,
            )
        case Submit():
            return EvaluationQueued(
                attempt=1,
                engine=command.spec.engine,
                priority=command.spec.priority,
                spec=command.spec,
                limits=command.limits,
                max_attempts=command.max_attempts,
                turns=command.turns,
                origin=command.origin,
            )
        case Start() | Fail() | Complete() | Archive():
            return command.event
        case RequestCancel():
            if isinstance(evaluation.state, Running | Cancelling):
                return CancelRequested(reason=command.reason, requested_by=command.requested_by)
            return EvaluationCompleted(outcome="cancelled", attempt=0, detail=command.reason)
        case Requeue():
            return _following(command, evaluation)
        case unreachable:
            assert_never(unreachable)


def _following(command: Requeue, evaluation: Evaluation) -> LifecycleEvent:
    state, spec = evaluation.state, evaluation.spec
    attempt = state.attempt if isinstance(state, RetryPending) else 0
    if isinstance(state, RetryPending) and state.cancel_requested:
        return EvaluationCompleted(
            outcome="cancelled", attempt=0, detail="cancelled while its attempt was lost"
        )
    if isinstance(state, RetryPending) and attempt >= evaluation.max_attempts:
        return EvaluationDeadLettered(attempts=attempt, reason=state.reason)
    return EvaluationQueued(
        attempt=attempt + 1,
        engine=spec.engine if spec else "auto",
        priority=spec.priority if spec else "normal",
        spec_sequence=command.spec_sequence,
        max_attempts=evaluation.max_attempts,
        turns=evaluation.turns,
        due_at=evaluation.due_at if isinstance(state, Scheduled) else None,
        late_seconds=command.late_seconds if isinstance(state, Scheduled) else 0.0,
    )


def _refuse(event: LifecycleEvent, evaluation: Evaluation) -> Refusal:
    match evaluation.state:
        case Absent():
            return Refusal("not_found", "there is no such evaluation")
        case Completed(outcome=outcome):
            return Refusal("already_over", f"the evaluation is over: {outcome}")
        case DeadLettered():
            return Refusal("already_over", "the evaluation is over: dead-lettered")
        case Cancelling() if isinstance(event, CancelRequested):
            return Refusal("cancel_pending", "the evaluation is being cancelled")
        case Running(attempt=n) | Cancelling(attempt=n) if (
            isinstance(event, AttemptStarted) and event.attempt == n
        ):
            return Refusal("already_started", f"attempt {n} has been started")
        case _ if isinstance(event, EvaluationQueued | EvaluationScheduled) and event.spec:
            return Refusal("already_exists", "the evaluation exists")
        case Scheduled() | Queued() | Running() | Cancelling() | RetryPending():
            return Refusal("stale", f"the evaluation has moved on to event {evaluation.number}")
        case unreachable:
            assert_never(unreachable)
