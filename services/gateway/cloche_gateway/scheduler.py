"""What comes after a failed attempt: the next one after a back-off, or the end; and after that end, the dead letter.
Hosted by every gateway.

What is scheduled waits here as well, until it is due (due.py).

All of them share one durable, and nothing here is kept in memory: when an attempt is due follows from what is on the
log, and the append is made under the concurrency check, so a redelivery or a second scheduler changes nothing. The dead
letter is put aside when its event comes by, so a gateway that dies between the two loses none.
"""

import asyncio
import hashlib
from datetime import datetime, timedelta

from cloche_domain import (
    DeadLettered,
    Evaluation,
    Refusal,
    Requeue,
    RetryPending,
    apply,
    decide,
    fold,
)
from cloche_kit.bus import Stored
from cloche_kit.consume import Reject, RetryLater, consume
from cloche_kit.log import Clock, EventLog, History, utcnow
from cloche_kit.telemetry import Telemetry
from cloche_kit.topology import SCHEDULER
from cloche_schemas.commands import EvaluationSpec
from cloche_schemas.envelope import Envelope
from cloche_schemas.events import (
    AttemptFailed,
    EvaluationDeadLettered,
    EvaluationEvent,
    EvaluationQueued,
    EvaluationScheduled,
    LifecycleEvent,
)
from cloche_schemas.subjects import parse
from msgspec import Struct
from msgspec.structs import replace

from cloche_gateway.deps import Deps
from cloche_gateway.due import DueTimes

#: Handler of the dead letters that are evaluations; those of messages have the name of who could not digest them.
GIVEN_UP = "attempts"
# How long a history that is older than the event itself is given to catch up.
STALE_SECONDS = 0.2


class Backoff(Struct, frozen=True):
    """Seconds: the n-th attempt fails, the next one waits a random part of ``base · 2ⁿ⁻¹``, at most of `cap`."""

    base: float = 1.0
    cap: float = 60.0

    def of(self, spec: EvaluationSpec | None) -> "Backoff":
        """That of a submission; ours where it says nothing, as those do that were taken before it could."""
        if spec is None:
            return self
        return Backoff(spec.retry.base_seconds or self.base, spec.retry.cap_seconds or self.cap)


def next_attempt_at(
    failed_at: datetime, evaluation: str, attempt: int, backoff: Backoff
) -> datetime:
    """When the attempt after `attempt` is due: full jitter, and the same for everybody who computes it."""
    ceiling = min(backoff.cap, backoff.base * 2.0 ** min(attempt - 1, 60))
    digest = hashlib.sha256(f"{evaluation}:{attempt}".encode()).digest()
    fraction = int.from_bytes(digest[:8], "big") / 2**64
    return failed_at + timedelta(seconds=ceiling * fraction)


class _Wait(Struct, frozen=True):
    seconds: float


class _Poison(Struct, frozen=True):
    detail: str


_Decision = LifecycleEvent | Refusal | _Wait | _Poison | None


class Scheduler:
    """The handler of the durable."""

    def __init__(
        self, log: EventLog, telemetry: Telemetry, backoff: Backoff, *, clock: Clock = utcnow
    ) -> None:
        self._log = log
        self._telemetry = telemetry
        self._backoff = backoff
        self._clock = clock
        self._due = DueTimes(log, telemetry, clock=clock)

    async def handle(self, stored: Stored, envelope: Envelope, event: EvaluationEvent) -> None:
        """After an attempt that failed, or when it is due: append what comes next, if that has not happened. After the
        last attempt: put the evaluation aside, if that has not happened. Else nothing."""
        if isinstance(event, EvaluationScheduled):
            await self._due.handle(stored, envelope, event)
            return
        if isinstance(event, EvaluationDeadLettered):
            await self._put_aside(stored, event)
        if not isinstance(event, AttemptFailed):
            return

        def decision(history: History) -> _Decision:
            return self._decide(history, stored, envelope, event)

        with self._telemetry.consumer_span(envelope, "schedule attempt-failed.v1"):
            answer = await self._log.transact(parse(stored.subject), decision)
        if isinstance(answer, _Wait):
            raise RetryLater(answer.seconds)
        if isinstance(answer, _Poison):
            raise Reject("illegal_transition", answer.detail)

    async def _put_aside(self, stored: Stored, event: EvaluationDeadLettered) -> None:
        """The event that carries the submission, as a dead letter: what it takes to run it again."""
        history = await self._log.read(parse(stored.subject))
        if history.position.sequence < stored.sequence:
            raise RetryLater(STALE_SECONDS)
        state = fold(history.numbered).state
        if not (history.trimmed or isinstance(state, DeadLettered)):
            raise Reject("illegal_transition", f"it is {type(state).__name__}, not given up")
        # What the log does not hold cannot run again; that it was given up is still to be told.
        await self._log.bus.park(
            carrier(history) or stored,
            handler=GIVEN_UP,
            reason=event.reason,
            detail=event.detail,
            deliveries=event.attempts,
        )

    def _decide(
        self, history: History, stored: Stored, envelope: Envelope, failed: AttemptFailed
    ) -> _Decision:
        if history.position.sequence < stored.sequence:
            return _Wait(STALE_SECONDS)
        before = fold(
            (entry.envelope.number, entry.event)
            for entry in history.entries
            if entry.stored.sequence < stored.sequence
        )
        follows = isinstance(apply(before, envelope.number, failed), Evaluation)
        # What has lost its beginning folds to nothing, and there is nothing to do about it.
        if not (follows or history.trimmed):
            return _Poison(f"event {envelope.number} cannot follow event {before.number}")
        evaluation = fold(history.numbered)
        state = evaluation.state
        if not isinstance(state, RetryPending) or state.attempt != failed.attempt:
            return None
        following = decide(Requeue(spec_sequence(history)), evaluation)
        if isinstance(following, EvaluationQueued):
            wait = self._seconds_left(envelope, failed.attempt, self._backoff.of(evaluation.spec))
            if wait > 0:
                return _Wait(wait)
        if isinstance(following, EvaluationDeadLettered) and failed.detail:
            # The state knows the slug only; whoever reads the end wants to know what the matter was.
            return replace(following, detail=f"{failed.reason}: {failed.detail}")
        return following

    def _seconds_left(self, envelope: Envelope, attempt: int, backoff: Backoff) -> float:
        due = next_attempt_at(envelope.time, envelope.subject, attempt, backoff)
        # The cap also bounds what a clock that runs ahead elsewhere can cost.
        return min((due - self._clock()).total_seconds(), backoff.cap)


def spec_sequence(history: History) -> int:
    """Stream sequence of the event that carries the submission; 0 if it is not there."""
    stored = carrier(history)
    return 0 if stored is None else stored.sequence


def carrier(history: History) -> Stored | None:
    """The event that carries the submission; None if it is not there."""
    for entry in history.entries:
        event = entry.event
        if isinstance(event, EvaluationScheduled | EvaluationQueued) and event.spec is not None:
            return entry.stored
    return None


async def schedule(deps: Deps, backoff: Backoff, *, stop: asyncio.Event) -> None:
    """Handle failed attempts until `stop`. `StreamLost` if the log is gone."""
    scheduler = Scheduler(deps.log, deps.telemetry, backoff)
    await consume(deps.bus, SCHEDULER, scheduler.handle, name="scheduler", stop=stop)
