"""What each command means in each state."""

from datetime import UTC, datetime

import pytest
from cloche_domain.decide import (
    Archive,
    Command,
    Complete,
    Fail,
    RequestCancel,
    Requeue,
    Start,
)
from cloche_schemas.events import (
    EvaluationCompleted,
    EvaluationDeadLettered,
    EvaluationQueued,
    EvaluationScheduled,
    LifecycleEvent,
)
from cloche_schemas.values import Limits
from support.story import (
    ARCHIVED,
    CANCEL_REQUESTED,
    SPEC,
    SUBMIT,
    completed,
    dead_lettered,
    failed,
    given,
    queued,
    started,
)

SCHEDULED = EvaluationScheduled(
    spec=SPEC, limits=Limits(), due_at=datetime(2026, 12, 1, tzinfo=UTC)
)
CANCELLED = EvaluationCompleted(outcome="cancelled", attempt=0, detail="why")
OVER: list[tuple[LifecycleEvent, ...]] = [
    (queued(), started(), completed()),
    (queued(), started(), completed(), ARCHIVED),
    (queued(), completed(0, "cancelled")),
    (queued(), started(), failed(), queued(2), started(2), failed(2), dead_lettered()),
]


class TestSubmit:
    def test_the_first_attempt_carries_the_submission(self) -> None:
        given().when(SUBMIT).then(queued())

    @pytest.mark.parametrize("history", [(queued(),), (queued(), started()), (SCHEDULED,), *OVER])
    def test_an_id_is_taken_once(self, history: tuple[LifecycleEvent, ...]) -> None:
        slug = "already_over" if history in OVER else "already_exists"
        given(*history).when(SUBMIT).then_refuses(slug)


class TestStart:
    def test_an_executor_wins_a_queued_attempt(self) -> None:
        given(queued()).when(Start(started())).then(started())

    def test_the_second_executor_loses(self) -> None:
        given(queued(), started(nonce="a")).when(Start(started(nonce="b"))).then_refuses(
            "already_started"
        )

    def test_an_attempt_being_cancelled_was_started(self) -> None:
        given(queued(), started(), CANCEL_REQUESTED).when(Start(started())).then_refuses(
            "already_started"
        )

    def test_a_later_attempt_is_not_the_one_delivered(self) -> None:
        given(queued(), started(), failed(), queued(2)).when(Start(started(1))).then_refuses(
            "stale"
        )

    def test_what_does_not_exist_is_not_found(self) -> None:
        given().when(Start(started())).then_refuses("not_found")


class TestComplete:
    def test_a_running_attempt_ends(self) -> None:
        given(queued(), started()).when(Complete(completed())).then(completed())

    def test_so_does_one_being_cancelled(self) -> None:
        given(queued(), started(), CANCEL_REQUESTED).when(
            Complete(completed(outcome="cancelled"))
        ).then(completed(outcome="cancelled"))

    def test_an_attempt_that_was_given_up_cannot_end(self) -> None:
        given(queued(), started(), failed(), queued(2), started(2)).when(
            Complete(completed(1))
        ).then_refuses("stale")

    def test_a_queued_one_cannot_succeed(self) -> None:
        given(queued()).when(Complete(completed())).then_refuses("stale")


class TestFail:
    def test_a_running_attempt_fails(self) -> None:
        given(queued(), started()).when(Fail(failed())).then(failed())

    def test_only_the_running_attempt_fails(self) -> None:
        given(queued(), started(), failed(), queued(2), started(2)).when(
            Fail(failed(1))
        ).then_refuses("stale")


class TestRequestCancel:
    @pytest.mark.parametrize(
        "history", [(queued(),), (SCHEDULED,), (queued(), started(), failed())]
    )
    def test_what_does_not_run_is_cancelled_at_once(
        self, history: tuple[LifecycleEvent, ...]
    ) -> None:
        given(*history).when(RequestCancel("why", "me")).then(CANCELLED)

    def test_what_runs_is_asked_to_end(self) -> None:
        given(queued(), started()).when(RequestCancel("why", "me")).then(CANCEL_REQUESTED)

    def test_twice_is_once(self) -> None:
        given(queued(), started(), CANCEL_REQUESTED).when(RequestCancel()).then_refuses(
            "cancel_pending"
        )

    def test_there_must_be_something_to_cancel(self) -> None:
        given().when(RequestCancel()).then_refuses("not_found")


class TestRequeue:
    def test_after_a_lost_attempt_comes_the_next(self) -> None:
        given(queued(), started(), failed()).when(Requeue(17)).then(queued(2))

    def test_after_the_last_one_comes_the_dead_letter(self) -> None:
        given(queued(), started(), failed(), queued(2), started(2), failed(2)).when(
            Requeue(17)
        ).then(EvaluationDeadLettered(attempts=2, reason="executor_lost"))

    def test_a_cancelled_one_is_not_run_again(self) -> None:
        story = given(queued(), started(), CANCEL_REQUESTED, failed()).when(Requeue(17))
        assert isinstance(story.answer, EvaluationCompleted)
        assert (story.answer.outcome, story.answer.attempt) == ("cancelled", 0)

    @pytest.mark.parametrize(
        "history", [(queued(),), (queued(), started()), (queued(), started(), failed(), queued(2))]
    )
    def test_without_a_failed_attempt_there_is_no_next(
        self, history: tuple[LifecycleEvent, ...]
    ) -> None:
        story = given(*history).when(Requeue(17))
        assert not isinstance(story.answer, EvaluationQueued)

    def test_an_evaluation_unknown_here_is_not_found(self) -> None:
        given().when(Requeue(17)).then_refuses("not_found")


class TestArchive:
    @pytest.mark.parametrize("history", [OVER[0], OVER[3]])
    def test_follows_the_end(self, history: tuple[LifecycleEvent, ...]) -> None:
        given(*history).when(Archive(ARCHIVED)).then(ARCHIVED)

    def test_is_said_once(self) -> None:
        given(*OVER[1]).when(Archive(ARCHIVED)).then_refuses("already_over")

    def test_does_not_come_before_the_end(self) -> None:
        given(queued(), started()).when(Archive(ARCHIVED)).then_refuses("stale")


@pytest.mark.parametrize("history", OVER)
@pytest.mark.parametrize(
    "command",
    [SUBMIT, Start(started()), Complete(completed()), Fail(failed()), RequestCancel(), Requeue(17)],
)
def test_what_is_over_stays_over(history: tuple[LifecycleEvent, ...], command: Command) -> None:
    given(*history).when(command).then_refuses("already_over")
