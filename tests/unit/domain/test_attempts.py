"""The attempts of an evaluation, as its view lists them."""

from datetime import UTC, datetime, timedelta

from cloche_domain.attempts import Attempts, attempts_after
from cloche_schemas.events import AttemptFailed, EvaluationCompleted, LifecycleEvent
from cloche_schemas.views import AttemptView
from support.story import (
    ARCHIVED,
    CANCEL_REQUESTED,
    completed,
    dead_lettered,
    failed,
    queued,
    started,
)

START = datetime(2026, 11, 26, 12, tzinfo=UTC)


def at(second: int) -> datetime:
    return START + timedelta(seconds=second)


def attempts_of(*events: LifecycleEvent) -> Attempts:
    attempts: Attempts = ()
    for second, event in enumerate(events, start=1):
        attempts = attempts_after(attempts, event, at(second))
    return attempts


def test_each_attempt_says_where_it_ran_and_how_it_ended() -> None:
    again = AttemptFailed(attempt=1, reason="timed_out", detail="too slow", domain="limit")
    first, second = attempts_of(queued(), started(), again, queued(2), started(2), completed(2))
    assert first == AttemptView(
        number=1,
        queued_at=at(1),
        started_at=at(2),
        ended_at=at(3),
        executor="e",
        engine="docker",
        reason="timed_out",
        domain="limit",
        detail="too slow",
    )
    assert (second.number, second.queued_at, second.ended_at) == (2, at(4), at(6))
    assert (second.outcome, second.reason) == ("succeeded", None)


def test_what_runs_or_waits_has_not_ended() -> None:
    (waiting,) = attempts_of(queued())
    assert (waiting.started_at, waiting.ended_at) == (None, None)
    (running,) = attempts_of(queued(), started(), CANCEL_REQUESTED)
    assert (running.started_at, running.ended_at) == (at(2), None)


def test_the_end_after_a_lost_attempt_is_not_a_second_end_of_it() -> None:
    cancelled = EvaluationCompleted(outcome="cancelled", attempt=0)
    for end in (dead_lettered(1), cancelled, ARCHIVED):
        (attempt,) = attempts_of(queued(), started(), failed(), end)
        assert (attempt.ended_at, attempt.reason, attempt.outcome) == (
            at(3),
            "executor_lost",
            None,
        )


def test_an_attempt_that_never_started_ends_with_its_evaluation() -> None:
    (cancelled,) = attempts_of(queued(), EvaluationCompleted(outcome="cancelled", attempt=0))
    assert (cancelled.outcome, cancelled.started_at, cancelled.ended_at) == (
        "cancelled",
        None,
        at(2),
    )
    (given_up,) = attempts_of(queued(), dead_lettered(0))
    assert (given_up.reason, given_up.ended_at) == ("executor_lost", at(2))


def test_a_row_without_its_first_attempts_goes_on_with_those_that_come() -> None:
    assert attempts_after((), failed(), at(1)) == ()
    (second,) = attempts_after((), queued(2), at(1))
    assert second.number == 2
