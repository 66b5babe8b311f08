"""Given events, when a command, then an event or a refusal: the language of the domain's tests."""

from dataclasses import dataclass
from typing import Self

from cloche_domain.decide import Command, Refusal, Submit, decide
from cloche_domain.evaluation import Evaluation, State, fold
from cloche_schemas.commands import EvaluationSpec
from cloche_schemas.events import (
    AttemptFailed,
    AttemptStarted,
    CancelRequested,
    EvaluationCompleted,
    EvaluationDeadLettered,
    EvaluationQueued,
    LifecycleEvent,
    OutputArchived,
)
from cloche_schemas.values import Limits, Outcome

SPEC = EvaluationSpec(code="print(1)", engine="docker", priority="high")
SUBMIT = Submit(spec=SPEC, limits=Limits(), max_attempts=2)


def queued(attempt: int = 1, max_attempts: int = 2) -> EvaluationQueued:
    first = attempt == 1
    return EvaluationQueued(
        attempt=attempt,
        engine=SPEC.engine,
        priority=SPEC.priority,
        spec=SPEC if first else None,
        limits=Limits() if first else None,
        spec_sequence=None if first else 17,
        max_attempts=max_attempts,
    )


def started(attempt: int = 1, nonce: str = "n") -> AttemptStarted:
    return AttemptStarted(attempt=attempt, executor="e", nonce=nonce, engine="docker")


def failed(attempt: int = 1) -> AttemptFailed:
    return AttemptFailed(attempt=attempt, reason="executor_lost")


def completed(attempt: int = 1, outcome: Outcome = "succeeded") -> EvaluationCompleted:
    return EvaluationCompleted(outcome=outcome, attempt=attempt)


def dead_lettered(attempts: int = 2) -> EvaluationDeadLettered:
    return EvaluationDeadLettered(attempts=attempts, reason="executor_lost")


CANCEL_REQUESTED = CancelRequested(reason="why", requested_by="me")
ARCHIVED = OutputArchived(attempt=1)


def evaluation_of(*events: LifecycleEvent) -> Evaluation:
    """The fold of events that all are legal, in this order."""
    evaluation = fold(list(enumerate(events, start=1)))
    assert evaluation.number == len(events), "the given events are no legal history"
    return evaluation


@dataclass
class Story:
    evaluation: Evaluation
    answer: LifecycleEvent | Refusal | None = None

    def when(self, command: Command) -> Self:
        self.answer = decide(command, self.evaluation)
        return self

    def then(self, event: LifecycleEvent) -> None:
        assert self.answer == event

    def then_refuses(self, slug: str) -> None:
        assert isinstance(self.answer, Refusal), f"it decided {self.answer}"
        assert (self.answer.slug, bool(self.answer.detail)) == (slug, True)

    def then_is(self, state: State) -> None:
        assert self.evaluation.state == state


def given(*events: LifecycleEvent) -> Story:
    return Story(evaluation_of(*events))
