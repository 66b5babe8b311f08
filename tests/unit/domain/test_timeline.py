"""The spans of an evaluation, from its events alone."""

from datetime import UTC, datetime, timedelta

from cloche_domain import Occurrence, Settled, timeline
from cloche_schemas.commands import EvaluationSpec
from cloche_schemas.events import (
    AttemptFailed,
    AttemptStarted,
    CancelRequested,
    CaseCompleted,
    EvaluationCompleted,
    EvaluationDeadLettered,
    EvaluationQueued,
    EvaluationScheduled,
    LifecycleEvent,
    OutputArchived,
)
from cloche_schemas.timeline import Timeline, TimelineSpan
from cloche_schemas.values import CaseCounts, CompileResult, Limits, Usage

BEGIN = datetime(2026, 11, 26, 12, tzinfo=UTC)
TRACE = "0af7651916cd43dd8448eb211c80319c"
QUEUED = EvaluationQueued(attempt=1, spec=EvaluationSpec(code="x"))
STARTED = AttemptStarted(attempt=1, executor="e", nonce="n", engine="docker")
AGAIN = EvaluationQueued(attempt=2)
STARTED_AGAIN = AttemptStarted(attempt=2, executor="e2", nonce="n2", engine="docker")
USAGE = Usage(wall_seconds=2.0, start_seconds=0.5, warm=True)


def at(seconds: float) -> datetime:
    return BEGIN + timedelta(seconds=seconds)


def told(*events: tuple[float, LifecycleEvent], cases: tuple[Settled, ...] = ()) -> Timeline:
    occurrences = [
        Occurrence(evaluation="e", number=n, time=at(seconds), trace_id=TRACE, event=event)
        for n, (seconds, event) in enumerate(events, start=1)
    ]
    return timeline(occurrences, cases)


def span(line: Timeline, id_: str) -> TimelineSpan:
    return next(one for one in line.spans if one.id == id_)


def lengths(line: Timeline) -> dict[str, float | None]:
    return {one.id: one.seconds for one in line.spans}


def test_before_the_first_event_there_is_nothing() -> None:
    assert timeline([]) == Timeline()


def test_an_evaluation_that_went_well() -> None:
    completed = EvaluationCompleted(outcome="succeeded", attempt=1, usage=USAGE)
    line = told((0, QUEUED), (1, STARTED), (4, completed), (4.5, OutputArchived(attempt=1)))
    assert line.trace_id == TRACE
    assert lengths(line) == {
        "evaluation": 4.0,
        "attempt-1/dequeue": 1.0,
        "attempt-1": 3.0,
        "attempt-1/start-sandbox": 0.5,
        "attempt-1/run-program": 2.0,
        "archive-output": 0.5,
    }
    program = span(line, "attempt-1/run-program")
    assert (program.started_at, program.measured) == (at(1.5), True)
    assert (program.parent, program.attempt) == ("attempt-1", 1)
    attempt = span(line, "attempt-1")
    assert (attempt.parent, attempt.end, attempt.failed) == ("evaluation", "succeeded", False)
    assert not span(line, "attempt-1/dequeue").end


def test_every_parent_is_there_and_comes_before() -> None:
    completed = EvaluationCompleted(outcome="succeeded", attempt=1, usage=USAGE)
    line = told((0, QUEUED), (1, STARTED), (4, completed), (4.5, OutputArchived(attempt=1)))
    seen: set[str] = set()
    for one in line.spans:
        assert one.parent is None or one.parent in seen
        seen.add(one.id)
    assert [one.id for one in line.spans if one.parent is None] == ["evaluation"]


def test_what_goes_on_has_no_end() -> None:
    line = told((0, QUEUED), (1, STARTED))
    assert lengths(line) == {"evaluation": None, "attempt-1/dequeue": 1.0, "attempt-1": None}


def test_a_retry_and_the_wait_before_it() -> None:
    failed = AttemptFailed(attempt=1, reason="executor_lost")
    completed = EvaluationCompleted(outcome="failed", attempt=2, usage=USAGE)
    line = told(
        (0, QUEUED), (1, STARTED), (2, failed), (5, AGAIN), (6, STARTED_AGAIN), (9, completed)
    )
    assert span(line, "attempt-1").end == "executor_lost"
    assert span(line, "attempt-1").failed
    assert span(line, "back-off-1").seconds == 3.0
    assert span(line, "attempt-2/dequeue").seconds == 1.0
    assert span(line, "attempt-2").seconds == 3.0
    assert span(line, "evaluation").end == "failed"
    assert span(line, "evaluation").failed


def test_one_that_was_given_up() -> None:
    failed = AttemptFailed(attempt=1, reason="sandbox_lost")
    given_up = EvaluationDeadLettered(attempts=1, reason="attempts_exhausted")
    line = told((0, QUEUED), (1, STARTED), (2, failed), (3, given_up))
    assert span(line, "evaluation").end == "attempts_exhausted"
    assert span(line, "back-off-1").seconds == 1.0
    assert all(one.ended_at is not None for one in line.spans)


def test_one_for_later_and_one_that_was_cancelled() -> None:
    scheduled = EvaluationScheduled(spec=EvaluationSpec(code="x"), limits=Limits(), due_at=at(10))
    cancelled = EvaluationCompleted(outcome="cancelled", attempt=1)
    line = told(
        (0, scheduled), (10, QUEUED), (11, STARTED), (12, CancelRequested()), (12.5, cancelled)
    )
    assert span(line, "wait-until-due").seconds == 10.0
    assert span(line, "cancel").seconds == 0.5
    assert span(line, "attempt-1").end == "cancelled"
    never = told((0, QUEUED), (1, EvaluationCompleted(outcome="cancelled", attempt=0)))
    assert lengths(never) == {"evaluation": 1.0, "attempt-1/dequeue": 1.0}


def test_compiling_comes_first() -> None:
    compilation = CompileResult(exit_code=0, usage=Usage(wall_seconds=1.0, start_seconds=0.25))
    completed = EvaluationCompleted(
        outcome="succeeded", attempt=1, usage=USAGE, compilation=compilation
    )
    line = told((0, QUEUED), (1, STARTED), (6, completed))
    assert span(line, "attempt-1/compile").seconds == 1.25
    assert span(line, "attempt-1/start-sandbox").started_at == at(2.25)


def test_each_case_has_its_own_time() -> None:
    case = CaseCompleted(attempt=1, index=0, outcome="failed", passed=False, usage=USAGE)
    bare = CaseCompleted(attempt=1, index=1, outcome="succeeded", passed=True)
    completed = EvaluationCompleted(
        outcome="failed", attempt=1, usage=USAGE, cases=CaseCounts(total=2, passed=1, failed=1)
    )
    line = told(
        (0, QUEUED),
        (1, STARTED),
        (6, completed),
        cases=(Settled(at(4), case), Settled(at(5), bare)),
    )
    first = span(line, "attempt-1/case-0")
    assert (first.started_at, first.seconds, first.failed) == (at(1.5), 2.5, True)
    assert span(line, "attempt-1/case-1").seconds == 0.0
    assert "attempt-1/run-program" not in lengths(line)
