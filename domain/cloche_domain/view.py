"""How lifecycle events become the view that the API shows. Projector and gateway share it."""

from datetime import datetime
from typing import assert_never

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
from cloche_schemas.values import CaseCounts
from cloche_schemas.views import CaseResult, EvaluationView
from msgspec import Struct, convert
from msgspec.structs import replace

from cloche_domain.attempts import attempts_after


class Occurrence(Struct, frozen=True, kw_only=True):
    """A lifecycle event with what its envelope says of it."""

    evaluation: str
    number: int
    time: datetime
    trace_id: str | None
    event: LifecycleEvent


def project(view: EvaluationView | None, occurrence: Occurrence) -> EvaluationView:
    """The view after `occurrence`. Legal order is the caller's business (`apply`); None is before the first."""
    event, time = occurrence.event, occurrence.time
    base = view or EvaluationView(
        id=occurrence.evaluation, status="queued", submitted_at=time, trace_id=occurrence.trace_id
    )
    attempts = attempts_after(base.attempts, event, time)
    base = replace(base, sequence=occurrence.number, attempts=attempts)
    match event:
        case EvaluationScheduled():
            scheduled = replace(base, status="scheduled", due_at=event.due_at)
            return _submitted(scheduled, event)
        case EvaluationQueued():
            queued = replace(
                base,
                status="queued",
                attempt=event.attempt,
                queued_at=time,
                due_at=event.due_at or base.due_at,
                late_seconds=event.late_seconds or base.late_seconds,
            )
            return _submitted(queued, event)
        case AttemptStarted():
            return replace(
                base,
                status="running",
                engine=event.engine,
                runtime=event.runtime,
                image=event.image,
                image_digest=event.image_digest,
                enforced=event.enforced,
                shortfalls=event.shortfalls,
                executor=event.executor,
                limits=event.limits,
                started_at=time,
            )
        case AttemptFailed():
            return replace(
                base, status="retry_pending", failure_domain=event.domain, detail=event.detail
            )
        case CancelRequested():
            return replace(base, status="cancelling", detail=event.reason)
        case EvaluationCompleted():
            return _completed(base, event, time)
        case EvaluationDeadLettered():
            return replace(
                base,
                status="dead_lettered",
                failure_domain="infrastructure",
                detail=event.detail or event.reason,
                completed_at=time,
            )
        case OutputArchived():
            return replace(base, archived=event.outputs)
        case unreachable:
            assert_never(unreachable)


def _submitted(
    view: EvaluationView, event: EvaluationScheduled | EvaluationQueued
) -> EvaluationView:
    spec = event.spec
    if spec is None:
        return view
    return replace(
        view,
        language=spec.language,
        name=spec.name,
        engine_requested=spec.engine,
        priority=spec.priority,
        requested=spec.limits,
        limits=event.limits or view.limits,
        cases=None if spec.cases is None else CaseCounts(total=len(spec.cases)),
        labels=spec.labels,
        retry=spec.retry,
        max_attempts=event.max_attempts,
        turns=event.turns,
        rerun_of=event.origin.rerun_of,
        batch=event.origin.batch,
        schedule=event.origin.schedule,
    )


def _completed(view: EvaluationView, event: EvaluationCompleted, time: datetime) -> EvaluationView:
    return replace(
        view,
        status="completed",
        outcome=event.outcome,
        exit_code=event.exit_code,
        signal=event.signal,
        failure_domain=event.domain,
        limit=event.limit,
        reached=event.reached,
        detail=event.detail,
        usage=event.usage,
        stdout=event.stdout,
        stderr=event.stderr,
        compiler=event.compiler,
        compilation=event.compilation,
        artifact_count=len(event.artifacts),
        artifacts=event.artifacts,
        skipped_artifacts=event.skipped_artifacts,
        artifact_bytes=event.artifact_bytes,
        # A verdict without counts, as of a cancellation before the start, leaves how many there were.
        cases=event.cases or view.cases,
        completed_at=time,
    )


def case_result(event: CaseCompleted) -> CaseResult:
    """How the API shows a case that is over."""
    return convert(event, CaseResult, from_attributes=True)
