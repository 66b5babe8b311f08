"""The attempts of an evaluation, folded from the same events as its view."""

from datetime import datetime

from cloche_schemas.events import (
    AttemptFailed,
    AttemptStarted,
    EvaluationCompleted,
    EvaluationDeadLettered,
    EvaluationQueued,
    LifecycleEvent,
)
from cloche_schemas.views import AttemptView
from msgspec.structs import replace

Attempts = tuple[AttemptView, ...]


def attempts_after(attempts: Attempts, event: LifecycleEvent, time: datetime) -> Attempts:
    """The attempts after `event`, which happened at `time`. Legal order is the caller's business."""
    match event:
        case EvaluationQueued():
            return (*attempts, AttemptView(number=event.attempt, queued_at=time))
        case AttemptStarted():
            return _last(attempts, executor=event.executor, engine=event.engine, started_at=time)
        case AttemptFailed():
            return _last(
                attempts,
                ended_at=time,
                reason=event.reason,
                domain=event.domain,
                detail=event.detail,
            )
        case EvaluationCompleted() if _open(attempts):
            return _last(
                attempts,
                ended_at=time,
                outcome=event.outcome,
                domain=event.domain,
                detail=event.detail,
            )
        case EvaluationDeadLettered() if _open(attempts):
            return _last(
                attempts,
                ended_at=time,
                reason=event.reason,
                domain="infrastructure",
                detail=event.detail,
            )
        case _:
            return attempts


def _open(attempts: Attempts) -> bool:
    """Whether the last one has not ended: an end while it waited for its next attempt is none of an attempt."""
    return bool(attempts) and attempts[-1].ended_at is None


def _last(attempts: Attempts, **changes: object) -> Attempts:
    # A row that was folded before attempts were kept has none of those that came before.
    return (*attempts[:-1], replace(attempts[-1], **changes)) if attempts else ()
