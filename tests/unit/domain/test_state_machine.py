"""Any order of commands by any number of clients leaves a history that the fold understands.

The machine keeps a log as the bus does: an append is taken only if nothing came since the fold that it was decided
from. Clients decide from folds that may be stale, lose, and decide again.
"""

import random

import hypothesis.strategies as st
from cloche_domain.decide import (
    Archive,
    Command,
    Complete,
    Fail,
    Refusal,
    RequestCancel,
    Requeue,
    Start,
    decide,
)
from cloche_domain.evaluation import (
    NOTHING,
    Completed,
    DeadLettered,
    Duplicate,
    Evaluation,
    OutOfOrder,
    apply,
    evolve,
    fold,
    passed_over,
)
from cloche_schemas.events import (
    AttemptStarted,
    EvaluationCompleted,
    EvaluationDeadLettered,
    EvaluationQueued,
    LifecycleEvent,
    OutputArchived,
)
from cloche_schemas.values import Outcome
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from support.story import (
    ARCHIVED,
    CANCEL_REQUESTED,
    SUBMIT,
    completed,
    dead_lettered,
    failed,
    queued,
    started,
)

ATTEMPTS = st.integers(1, 3)
OUTCOMES: st.SearchStrategy[Outcome] = st.sampled_from(["succeeded", "failed", "cancelled"])
TERMINAL = EvaluationCompleted | EvaluationDeadLettered
# Everything anybody could try to append, sensible or not.
EVENTS: list[LifecycleEvent] = [
    queued(),
    queued(2),
    queued(3),
    started(1),
    started(2),
    failed(1),
    failed(2),
    completed(1),
    completed(2),
    completed(0, "cancelled"),
    dead_lettered(),
    CANCEL_REQUESTED,
    ARCHIVED,
]


def check_history(log: list[LifecycleEvent]) -> None:
    """What must hold of every history, whoever wrote it."""
    ends = [n for n, event in enumerate(log) if isinstance(event, TERMINAL)]
    assert len(ends) <= 1
    if ends:
        assert all(isinstance(event, OutputArchived) for event in log[ends[0] + 1 :])
        assert len(log) - ends[0] <= 2
    attempts = [event.attempt for event in log if isinstance(event, EvaluationQueued)]
    assert attempts == list(range(1, len(attempts) + 1))
    starts = [event.attempt for event in log if isinstance(event, AttemptStarted)]
    assert starts == sorted(set(starts))
    if CANCEL_REQUESTED in log:
        after = log[log.index(CANCEL_REQUESTED) :]
        assert not any(isinstance(event, EvaluationQueued | AttemptStarted) for event in after)


def test_every_legal_history_of_up_to_ten_events_holds() -> None:
    histories: list[tuple[Evaluation, list[LifecycleEvent]]] = [(NOTHING, [])]
    seen = 0
    for _ in range(10):
        longer = []
        for evaluation, log in histories:
            for event in EVENTS:
                evolved = evolve(evaluation, event)
                if isinstance(evolved, Evaluation):
                    check_history([*log, event])
                    longer.append((evolved, [*log, event]))
        histories = longer
        seen += len(histories)
    assert seen > 40


def test_an_illegal_event_does_not_keep_the_legal_ones_after_it_out() -> None:
    log: list[tuple[int, LifecycleEvent]] = [
        (1, queued()),
        (2, completed()),
        (3, started()),
        (99, failed()),
        (4, completed()),
    ]
    evaluation = fold(log)
    assert evaluation.number == 4
    assert evaluation.state == Completed("succeeded", 1)


class LogMachine(RuleBasedStateMachine):
    """One evaluation's log and clients that work on it from fresh or stale folds."""

    def __init__(self) -> None:
        super().__init__()
        self.log: list[LifecycleEvent] = []
        self.folds: list[Evaluation] = [NOTHING]

    def attempt(self, command: Command, seen: int) -> None:
        """Decide from a fold of the past `seen` events ago; append if nothing came since."""
        at = max(0, len(self.log) - seen)
        decision = decide(command, self.folds[at])
        if isinstance(decision, Refusal) or at != len(self.log):
            return
        evolved = evolve(self.folds[-1], decision)
        assert isinstance(evolved, Evaluation), "decide formed an event that may not follow"
        self.log.append(decision)
        self.folds.append(evolved)

    stale = st.integers(0, 2)

    @rule(seen=stale)
    def submit(self, seen: int) -> None:
        self.attempt(SUBMIT, seen)

    @rule(n=ATTEMPTS, nonce=st.sampled_from("ab"), seen=stale)
    def start(self, n: int, nonce: str, seen: int) -> None:
        self.attempt(Start(started(n, nonce)), seen)

    @rule(n=ATTEMPTS, outcome=OUTCOMES, seen=stale)
    def complete(self, n: int, outcome: Outcome, seen: int) -> None:
        self.attempt(Complete(completed(n, outcome)), seen)

    @rule(n=ATTEMPTS, seen=stale)
    def fail(self, n: int, seen: int) -> None:
        self.attempt(Fail(failed(n)), seen)

    @rule(seen=stale)
    def cancel(self, seen: int) -> None:
        self.attempt(RequestCancel(), seen)

    @rule(seen=stale)
    def requeue(self, seen: int) -> None:
        self.attempt(Requeue(17), seen)

    @rule(seen=stale)
    def archive(self, seen: int) -> None:
        self.attempt(Archive(ARCHIVED), seen)

    @rule(event=st.sampled_from(EVENTS))
    def append_unasked(self, event: LifecycleEvent) -> None:
        """An appender that does not decide: what is legal joins the history, what is not changes no state."""
        before = self.folds[-1]
        number = before.number + 1
        evolved = evolve(before, event)
        if isinstance(evolved, Evaluation):
            self.log.append(event)
            self.folds.append(evolved)
        else:
            after = fold([(number, event)], before)
            assert after == passed_over(before)
            assert after.state == before.state
            assert apply(before, number, event) == evolved

    @invariant()
    def there_is_at_most_one_end_and_only_the_archive_follows(self) -> None:
        check_history(self.log)
        state = self.folds[-1].state
        ended = any(isinstance(event, TERMINAL) for event in self.log)
        assert self.folds[-1].over == ended == isinstance(state, Completed | DeadLettered)

    @invariant()
    def the_fold_is_the_log_however_often_it_is_delivered(self) -> None:
        numbered = list(enumerate(self.log, start=1))
        assert fold(numbered) == self.folds[-1]
        # At least once: any prefix again, at any time, as a redelivery does.
        seed = random.Random(len(self.log))  # noqa: S311
        twice = [
            again
            for n, entry in enumerate(numbered)
            for again in (entry, *numbered[seed.randint(0, n) : n + 1])
        ]
        assert fold(twice) == self.folds[-1]

    @invariant()
    def what_comes_out_of_order_is_refused(self) -> None:
        numbered = list(enumerate(self.log, start=1))
        for start in range(len(numbered)):
            known = self.folds[start]
            for number, event in numbered[start + 1 :]:
                assert apply(known, number, event) == OutOfOrder(start + 1, number)
            for number, event in numbered[:start]:
                assert apply(known, number, event) == Duplicate(number)


TestLogMachine = LogMachine.TestCase
TestLogMachine.settings = settings(max_examples=100, stateful_step_count=25, deadline=None)
