"""The view that the API shows, event by event."""

from datetime import UTC, datetime, timedelta

from cloche_domain.evaluation import NOTHING, Illegal, evolve
from cloche_domain.view import Occurrence, case_result, project
from cloche_schemas.commands import Case
from cloche_schemas.events import (
    CaseCompleted,
    EvaluationCompleted,
    EvaluationScheduled,
    LifecycleEvent,
    OutputArchived,
    recorded,
)
from cloche_schemas.values import (
    ArchivedOutput,
    Artifact,
    CaseCounts,
    CompileResult,
    Limits,
    OutputSummary,
    SkippedArtifact,
    Usage,
)
from cloche_schemas.views import CaseResult, EvaluationView
from msgspec.structs import replace
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


def test_the_end_shows_what_was_compiled_left_and_counted() -> None:
    end = EvaluationCompleted(
        outcome="out_of_memory",
        attempt=1,
        limit="memory_bytes",
        reached=("memory_bytes",),
        compiler=OutputSummary(total_bytes=1, head_bytes=1),
        compilation=CompileResult(exit_code=0),
        artifacts=(Artifact(name="a", size=2, sha256="0" * 64, offset=0),),
        skipped_artifacts=(SkippedArtifact(name="b", reason="link"),),
        artifact_bytes=OutputSummary(total_bytes=2, head_bytes=2),
        cases=CaseCounts(total=2, passed=1, failed=1),
    )
    view = view_of(queued(), started(), end)
    for name in (
        "limit",
        "reached",
        "compiler",
        "compilation",
        "artifacts",
        "skipped_artifacts",
        "artifact_bytes",
        "cases",
    ):
        assert getattr(view, name) == getattr(end, name), name
    assert view.artifact_count == 1
    assert recorded(view) == recorded(end)


def test_how_many_cases_there_are_is_known_from_the_submission() -> None:
    spec = replace(SPEC, cases=(Case(), Case(stdin="1")))
    asked = replace(queued(), spec=spec)
    assert view_of(queued()).cases is None
    assert view_of(asked, started()).cases == CaseCounts(total=2)
    cancelled = EvaluationCompleted(outcome="cancelled", attempt=0)
    assert view_of(asked, cancelled).cases == CaseCounts(total=2)


def test_a_case_that_is_over_shows_everything_but_its_attempt() -> None:
    event = CaseCompleted(
        attempt=2,
        index=1,
        name="n",
        outcome="failed",
        passed=False,
        exit_code=1,
        reached=("pids",),
        usage=Usage(wall_seconds=1.0),
        stdout_offset=4,
    )
    shown = {name: getattr(event, name) for name in CaseResult.__struct_fields__}
    assert case_result(event) == CaseResult(**shown)
    assert set(CaseCompleted.__struct_fields__) - set(shown) == {"attempt"}


def test_a_run_echoes_what_was_asked_granted_and_enforced() -> None:
    begun = replace(
        started(),
        image="gcc",
        image_digest="sha256:1",
        limits=Limits(pids=3),
        enforced=("pids",),
        shortfalls=("no inodes",),
    )
    view = view_of(queued(), begun)
    assert view.requested == SPEC.limits
    for name in ("image", "image_digest", "limits", "enforced", "shortfalls"):
        assert getattr(view, name) == getattr(begun, name), name


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
