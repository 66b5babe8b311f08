"""The view that the API shows, event by event."""

from datetime import UTC, datetime, timedelta

from cloche_domain.evaluation import NOTHING, Illegal, evolve
from cloche_domain.view import Occurrence, project
from cloche_schemas.events import (
    EvaluationCompleted,
    EvaluationScheduled,
    LifecycleEvent,
    OutputArchived,
)
from cloche_schemas.values import ArchivedOutput, Limits, OutputSummary, Usage
from cloche_schemas.views import EvaluationView
from support.story import (
    CANCEL_REQUESTED,
    SPEC,
    completed,
    dead_lettered,
    failed,
    queued,
    started,
)

ID = "01936b5e-7a3c-7d10-8f00-2b9c4e1a6d55"
START = datetime(2026, 11, 24, 12, tzinfo=UTC)


def view_of(*events: LifecycleEvent) -> EvaluationView:
    view: EvaluationView | None = None
    for number, event in enumerate(events, start=1):
        view = project(
            view,
            Occurrence(
                evaluation=ID,
                number=number,
                time=START + timedelta(seconds=number),
                trace_id="abc",
                event=event,
            ),
        )
    assert view is not None
    return view


def test_a_submission_shows_what_was_asked_and_granted() -> None:
    view = view_of(queued())
    assert (view.id, view.status, view.sequence, view.trace_id) == (ID, "queued", 1, "abc")
    assert (view.language, view.engine_requested, view.priority) == ("python", "docker", "high")
    assert view.limits == Limits()
    assert view.submitted_at == START + timedelta(seconds=1)
    assert view.completed_at is None


def test_a_scheduled_one_waits_and_keeps_its_submission_when_queued() -> None:
    scheduled = EvaluationScheduled(spec=SPEC, limits=Limits(pids=3), due_at=START)
    assert view_of(scheduled).status == "scheduled"
    view = view_of(scheduled, queued(2))
    assert (view.status, view.priority, view.limits.pids) == ("queued", "high", 3)


def test_a_run_shows_where_and_since_when() -> None:
    view = view_of(queued(), started())
    assert (view.status, view.executor, view.engine) == ("running", "e", "docker")
    assert view.started_at == START + timedelta(seconds=2)


def test_the_end_shows_the_verdict() -> None:
    end = EvaluationCompleted(
        outcome="failed",
        attempt=1,
        exit_code=3,
        domain="program",
        usage=Usage(wall_seconds=1.5),
        stdout=OutputSummary(total_bytes=4, head_bytes=4, chunks=1),
    )
    view = view_of(queued(), started(), end)
    assert (view.status, view.outcome, view.exit_code) == ("completed", "failed", 3)
    assert (view.failure_domain, view.stdout.total_bytes) == ("program", 4)
    assert view.completed_at == START + timedelta(seconds=3)


def test_a_lost_attempt_shows_whose_fault_it_was() -> None:
    view = view_of(queued(), started(), failed())
    assert (view.status, view.failure_domain) == ("retry_pending", "infrastructure")
    view = view_of(queued(), started(), failed(), queued(2))
    assert (view.status, view.attempt) == ("queued", 2)


def test_a_dead_letter_says_why() -> None:
    view = view_of(queued(), started(), failed(), queued(2), started(2), failed(2), dead_lettered())
    assert (view.status, view.detail) == ("dead_lettered", "executor_lost")
    assert view.completed_at is not None


def test_a_cancellation_is_pending_until_it_is_true() -> None:
    running = (queued(), started(), CANCEL_REQUESTED)
    assert view_of(*running).status == "cancelling"
    view = view_of(*running, completed(outcome="cancelled"))
    assert (view.status, view.outcome) == ("completed", "cancelled")


def test_archived_output_is_found() -> None:
    lies = ArchivedOutput(stream="stdout", bucket="b", key="k", size=4, sha256="0" * 64)
    view = view_of(queued(), started(), completed(), OutputArchived(attempt=1, outputs=(lies,)))
    assert view.archived == (lies,)
    assert view.status == "completed"


def test_an_illegal_event_says_what_could_not_follow_what() -> None:
    illegal = evolve(NOTHING, completed())
    assert isinstance(illegal, Illegal)
    assert str(illegal) == "cloche.evaluation.completed.v1 cannot follow in state absent"
