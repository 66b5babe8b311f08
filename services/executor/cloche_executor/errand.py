"""One WORK message, from its delivery to its ack.

Acked only when the log shows its attempt as over. A message that somebody else may hold is not touched, and a sandbox
whose lease is in doubt is stopped first.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Literal

from cloche_domain import Cancelling, Evaluation, Running, fold
from cloche_kit.bus import BusUnavailable, Delivery
from cloche_kit.log import EventLog, Position, Written
from cloche_kit.logs import about, get_logger
from cloche_kit.telemetry import Telemetry
from cloche_schemas.events import AttemptFailed, AttemptStarted, EvaluationCompleted
from cloche_schemas.subjects import Address, SubjectError
from msgspec import Struct

from cloche_executor import metrics
from cloche_executor.attempt import Assignment, Attempt, Stop
from cloche_executor.claim import (
    Claim,
    Claimed,
    Poison,
    Work,
    conclude,
    found_again,
    give_up,
    specification,
    standing,
    understand,
)
from cloche_executor.lease import Lease
from cloche_executor.retry import Backoff
from cloche_executor.sandbox import Engine, EngineUnavailable, Labels
from cloche_executor.settings import Terms
from cloche_executor.watch import Watch, ended

HANDLER = "executor"
_log = get_logger(__name__)


async def _nothing() -> None:
    return


class _Held(Struct):
    """A delivery in hand. `compare` looks at the log for what others did to its attempt."""

    lease: Lease
    stop: Stop
    nonce: str
    compare: Callable[[], Awaitable[None]] = _nothing


class Errands:
    """The messages in hand.

    `engine_failed` is set when the engine did not answer, `lost_found` when another executor was found to be gone and
    may have left sandboxes behind. Whoever acts on them clears them.
    """

    def __init__(self, log: EventLog, engine: Engine, telemetry: Telemetry, terms: Terms) -> None:
        self.engine_failed = False
        self.lost_found = asyncio.Event()
        self._log = log
        self._bus = log.bus
        self._engine = engine
        self._telemetry = telemetry
        self._terms = terms
        self._held: dict[tuple[Address, int], _Held] = {}
        self._stopping = False

    async def run(self, delivery: Delivery, slot: int) -> None:
        """Do what the message asks for. `BusUnavailable`: left to its ack wait."""
        work = understand(delivery.stored)
        if isinstance(work, Poison):
            await self.park(delivery, work)
            return
        key = (work.address, work.event.attempt)
        if (known := self._held.get(key)) is not None:
            known.lease.adopt(delivery)
            return
        held = _Held(Lease(delivery, self._terms.ack_wait), Stop(), secrets.token_hex(8))
        self._held[key] = held
        keeping = asyncio.create_task(self._keep(held))
        attempt = work.event.attempt
        try:
            with (
                about(evaluation=work.address.evaluation, attempt=attempt),
                self._telemetry.consumer_span(
                    work.envelope, "run attempt", **{"cloche.attempt": attempt}
                ),
            ):
                await self._carry(work, held, slot)
        finally:
            await ended(keeping)
            del self._held[key]

    def stop(self) -> None:
        """Take nothing on and end what runs."""
        self._stopping = True
        for held in self._held.values():
            held.stop.request("stopping", "the executor was stopped")

    async def owns(self, labels: Labels) -> bool:
        """Whether the attempt with these labels is alive: here, or by the log on another executor."""
        try:
            address = Address(labels.tenant, labels.evaluation)
        except SubjectError:
            return False
        if labels.executor == self._terms.executor:
            return (address, labels.attempt) in self._held
        if labels.deadline < datetime.now(UTC):
            return False
        try:
            state = fold((await self._log.read(address)).numbered).state
        except BusUnavailable:
            return True
        return (
            isinstance(state, Running | Cancelling)
            and state.attempt == labels.attempt
            and state.executor == labels.executor
        )

    async def park(self, delivery: Delivery, poison: Poison) -> None:
        """Put a message aside that nobody can digest, so that the next can be handled."""
        stored = delivery.stored
        _log.error(
            "work_parked",
            subject=stored.subject,
            sequence=stored.sequence,
            reason=poison.reason,
            detail=poison.detail,
        )
        parking = self._bus.park(
            stored,
            handler=HANDLER,
            reason=poison.reason,
            detail=poison.detail,
            deliveries=delivery.deliveries,
        )
        if await _through(parking):
            metrics.PARKED.inc()
            await _through(delivery.ack())

    async def give_back(self, delivery: Delivery, delay: float) -> None:
        """Somebody else's turn, or ours later."""
        await _through(delivery.nak(delay))

    async def _carry(self, work: Work, held: _Held, slot: int) -> None:
        claimed = await self._claim(work, held)
        match claimed:
            case Claimed():
                await self._attempt(claimed, held, slot)
                # If it does not get through, the message comes again and is acked then.
                await _through(held.lease.delivery.ack())
            case Poison():
                await self.park(held.lease.delivery, claimed)
            case "over":
                await _through(held.lease.delivery.ack())
            case "hold off":
                # Losing is no reason to ack: who holds the attempt keeps the message by its signs of life.
                if held.lease.fresh:
                    delay = 0.0 if self._stopping else self._terms.ack_wait
                    await self.give_back(held.lease.delivery, delay)

    async def _claim(
        self, work: Work, held: _Held
    ) -> Claimed | Poison | Literal["over", "hold off"]:
        """Win the attempt, or find out why not. Ends: every lost round means that the evaluation moved on."""
        backoff = Backoff()
        while held.lease.fresh and not self._stopping:
            try:
                answer = await self._claim_once(work, held)
            except BusUnavailable as error:
                # Whether `started` was taken is not known: the next round finds it by its nonce.
                _log.warning("claim_not_answered", error=str(error))
                answer = None
            if answer is not None:
                return answer
            await backoff.wait()
        return "hold off"

    async def _claim_once(
        self, work: Work, held: _Held
    ) -> Claimed | Poison | Literal["over", "hold off"] | None:
        attempt = work.event.attempt
        history = await self._log.read(work.address)
        evaluation = fold(history.numbered)
        match standing(evaluation, attempt):
            case "over":
                return "over"
            case "poison":
                state = type(evaluation.state).__name__
                return Poison("illegal", f"attempt {attempt} cannot be: the evaluation is {state}")
            case "open":
                return await self._start(work, held, evaluation, history.position)
            case "held" if (position := found_again(history, held.nonce)) is not None:
                return await self._claimed(work, held, evaluation, position)
            case "held" if held.lease.delivery.deliveries == 1:
                return "hold off"
            case "held":
                detail = "its work was delivered again"
                lost = AttemptFailed(attempt=attempt, reason="executor_lost", detail=detail)
                if await give_up(self._log, work.address, history, lost):
                    self.lost_found.set()
                return None

    async def _start(
        self, work: Work, held: _Held, evaluation: Evaluation, position: Position
    ) -> Claimed | Poison | None:
        """Append `started`. None: somebody else appended something in between."""
        found = await specification(self._bus, work, evaluation)
        if isinstance(found, Poison):
            return found
        facts = self._engine.facts
        started = AttemptStarted(
            attempt=work.event.attempt,
            executor=self._terms.executor,
            nonce=held.nonce,
            engine=facts.name,
            runtime=facts.runtime,
            image=facts.image,
            image_digest=facts.image_digest,
            limits=found[1],
            enforced=facts.enforced,
        )
        won = await self._log.append(work.address, started, after=position)
        if not isinstance(won, Written):
            return None
        claim = Claim(work.address, work.event.attempt, held.nonce, won.position)
        return Claimed(claim, *found)

    async def _claimed(
        self, work: Work, held: _Held, evaluation: Evaluation, position: Position
    ) -> Claimed | Poison:
        found = await specification(self._bus, work, evaluation)
        if isinstance(found, Poison):
            return found
        return Claimed(Claim(work.address, work.event.attempt, held.nonce, position), *found)

    async def _attempt(self, claimed: Claimed, held: _Held, slot: int) -> None:
        """Run the attempt and end it on the log."""
        claim = claimed.claim
        watch = Watch(self._bus, claim.address, after=claim.position.sequence, stop=held.stop)
        held.compare = watch.compare
        following = asyncio.create_task(watch.follow())
        attempt = Attempt(
            Assignment(
                address=claim.address,
                attempt=claim.attempt,
                spec=claimed.spec,
                limits=claimed.limits,
                installation=self._terms.installation,
                executor=self._terms.executor,
                slot=slot,
            ),
            engine=self._engine,
            log=self._log,
            telemetry=self._telemetry,
            stop=held.stop,
        )
        try:
            ending = await attempt.conduct()
        finally:
            await ended(following)
        name = ending.outcome if isinstance(ending, EvaluationCompleted) else ending.reason
        if name == EngineUnavailable.reason:
            self.engine_failed = True
        counted = await conclude(self._log, claim, ending)
        metrics.ATTEMPTS.labels(self._engine.facts.name, name if counted else "superseded").inc()
        _log.info("attempt_ended", end=name, counted=counted)

    async def _keep(self, held: _Held) -> None:
        async def compare() -> None:
            await held.compare()

        await held.lease.keep(compare)
        metrics.LOST.inc()
        held.stop.request("lost", "no sign of life could be given for half the ack wait")


async def _through(call: Awaitable[None]) -> bool:
    """Whether it got through to the log's server."""
    try:
        await call
    except BusUnavailable as error:
        _log.warning("work_left", error=str(error))
        return False
    return True
