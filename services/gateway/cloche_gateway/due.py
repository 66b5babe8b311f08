"""When an evaluation that was asked for later is due, and what happens then.

It waits as an event of the scheduler's durable that is delivered again and again until it is due (ADR 0002). Nothing
is kept in memory, and the append is made under the concurrency check: whoever handles it, and however often, it is
queued once, never early, and never after it was cancelled.
"""

from datetime import UTC, datetime, timedelta

from cloche_domain import Evaluation, Refusal, Requeue, Scheduled, apply, decide, fold
from cloche_kit.bus import Stored
from cloche_kit.consume import Reject, RetryLater
from cloche_kit.log import Clock, EventLog, History, utcnow
from cloche_kit.telemetry import Telemetry
from cloche_schemas.commands import SubmitEvaluation
from cloche_schemas.envelope import Envelope
from cloche_schemas.events import EvaluationScheduled, LifecycleEvent
from cloche_schemas.subjects import parse

from cloche_gateway.problems import ClientError, at

#: What lies back no further runs at once: clocks differ, and requests take a moment.
PAST_SECONDS = 60.0
FURTHEST_SECONDS = 366 * 86_400.0
#: Later than that is worth a word.
LATE_SECONDS = 5.0
# One wait for a redelivery. Longer ones are made of several, so that a clock that is set right is noticed.
LONGEST_WAIT = 3600.0
# How long a history that is older than the event itself is given to catch up.
STALE_SECONDS = 0.2


def due_time(body: SubmitEvaluation, now: datetime) -> datetime | None:
    """When a submission is due; None for at once. `contradiction`, or `invalid_due_time`."""
    if body.run_at is not None and body.delay_seconds is not None:
        detail = "run_at and delay_seconds exclude one another"
        raise ClientError("contradiction", detail, errors=at("/delay_seconds", detail))
    if body.run_at is not None:
        field, ahead = "/run_at", (body.run_at - now).total_seconds()
    else:
        field, ahead = "/delay_seconds", body.delay_seconds or 0.0
    if ahead > FURTHEST_SECONDS:
        detail = f"it may be at most {FURTHEST_SECONDS / 86_400:g} days ahead"
        raise ClientError("invalid_due_time", detail, errors=at(field, detail))
    if ahead < -PAST_SECONDS:
        detail = f"it lies {-ahead:.0f} s in the past; at most {PAST_SECONDS:g} s are allowed"
        raise ClientError("invalid_due_time", detail, errors=at(field, detail))
    if ahead <= 0:
        return None
    return now + timedelta(seconds=ahead) if body.run_at is None else body.run_at.astimezone(UTC)


def lateness(due_at: datetime, now: datetime) -> float:
    """Seconds after `due_at`, to the millisecond; 0.0 where it is not worth a word."""
    late = (now - due_at).total_seconds()
    return round(late, 3) if late > LATE_SECONDS else 0.0


class DueTimes:
    """Queues what is scheduled when it is due."""

    def __init__(self, log: EventLog, telemetry: Telemetry, *, clock: Clock = utcnow) -> None:
        self._log = log
        self._telemetry = telemetry
        self._clock = clock

    async def handle(self, stored: Stored, envelope: Envelope, event: EvaluationScheduled) -> None:
        """Append `queued`, unless it has moved on. `RetryLater` until it is due; `Reject` if it never can be."""
        left = (event.due_at - self._clock()).total_seconds()
        if left > 0:
            raise RetryLater(min(left, LONGEST_WAIT))

        def decision(history: History) -> LifecycleEvent | Refusal | RetryLater | Reject | None:
            return self._decide(history, stored, envelope, event)

        with self._telemetry.consumer_span(envelope, "queue scheduled.v1"):
            answer = await self._log.transact(parse(stored.subject), decision)
        if isinstance(answer, RetryLater | Reject):
            raise answer

    def _decide(
        self, history: History, stored: Stored, envelope: Envelope, event: EvaluationScheduled
    ) -> LifecycleEvent | Refusal | RetryLater | Reject | None:
        if history.position.sequence < stored.sequence:
            return RetryLater(STALE_SECONDS)
        if history.trimmed:
            return None
        before = fold(
            (entry.envelope.number, entry.event)
            for entry in history.entries
            if entry.stored.sequence < stored.sequence
        )
        if not isinstance(apply(before, envelope.number, event), Evaluation):
            detail = f"event {envelope.number} cannot follow event {before.number}"
            return Reject("illegal_transition", detail)
        evaluation = fold(history.numbered)
        if not isinstance(evaluation.state, Scheduled):
            return None
        return decide(Requeue(stored.sequence, lateness(event.due_at, self._clock())), evaluation)
