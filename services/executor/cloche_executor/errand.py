"""One WORK message, from its delivery to its ack.

Acked only when the log shows its attempt as over. A message that somebody else may hold is not touched, and a sandbox
whose lease is in doubt is stopped first.
"""

import asyncio
import secrets
import time
from collections.abc import Awaitable
from datetime import UTC, datetime

from cloche_domain import Cancelling, Running, fold
from cloche_kit.bus import BusUnavailable, Delivery
from cloche_kit.lease import Lease
from cloche_kit.log import EventLog, age
from cloche_kit.logs import about, get_logger
from cloche_kit.telemetry import Telemetry
from cloche_schemas.events import AttemptFailed, EvaluationCompleted
from cloche_schemas.subjects import Address, SubjectError
from opentelemetry import trace
from opentelemetry.trace import StatusCode

from cloche_executor import metrics
from cloche_executor.attempt import Assignment, Attempt, Ending
from cloche_executor.claim import Claimed, Poison, Work, conclude, understand
from cloche_executor.claiming import Claiming, Held
from cloche_executor.inputs import Inputs, OpenObjects, no_objects
from cloche_executor.sandbox import Labels
from cloche_executor.second_tries import second_try
from cloche_executor.settings import Terms
from cloche_executor.stations import Refused, Station, Stations
from cloche_executor.stopping import Stop
from cloche_executor.watch import Watch, ended

HANDLER = "executor"
_log = get_logger(__name__)


class Errands:
    """The messages in hand.

    `lost_found` is set when another executor was found to be gone and may have left sandboxes behind; whoever acts on
    it clears it.
    """

    def __init__(
        self,
        log: EventLog,
        stations: Stations,
        telemetry: Telemetry,
        terms: Terms,
        *,
        objects: OpenObjects = no_objects,
    ) -> None:
        self._objects = objects
        self.lost_found = asyncio.Event()
        self._log = log
        self._bus = log.bus
        self._stations = stations
        self._telemetry = telemetry
        self._terms = terms
        self._held: dict[tuple[Address, int], Held] = {}
        self._claiming = Claiming(log, stations, terms, self.lost_found)

    async def run(self, delivery: Delivery) -> None:
        """Do what the message asks for. `BusUnavailable`: left to its ack wait."""
        work = understand(delivery.stored)
        if isinstance(work, Poison):
            await self.park(delivery, work)
            return
        key = (work.address, work.event.attempt)
        if (known := self._held.get(key)) is not None:
            known.lease.adopt(delivery)
            return
        held = Held(Lease(delivery, self._terms.ack_wait), Stop(), secrets.token_hex(8))
        self._held[key] = held
        keeping = asyncio.create_task(self._keep(held))
        attempt = work.event.attempt
        if delivery.deliveries > 1:
            metrics.REDELIVERED.inc()
        known_of_it = {
            "cloche.attempt": attempt,
            "messaging.nats.deliveries": delivery.deliveries,
        }
        try:
            with (
                about(
                    evaluation=work.address.evaluation,
                    attempt=attempt,
                    tenant=work.address.tenant,
                ),
                self._telemetry.consumer_span(work.envelope, "run attempt", **known_of_it),
            ):
                self._telemetry.waited("dequeue", work.envelope.time)
                await self._carry(work, held)
        finally:
            await ended(keeping)
            del self._held[key]

    def hold_off(self) -> None:
        """Take nothing on: what has not been started is given back."""
        self._claiming.stopping = True

    def stop(self) -> None:
        """Take nothing on and end what runs."""
        self.hold_off()
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

    async def _carry(self, work: Work, held: Held) -> None:
        claimed = await self._claiming.claim(work, held)
        match claimed:
            case Claimed():
                labels = (work.event.engine, work.event.priority)
                metrics.WAIT_SECONDS.labels(*labels).observe(age(work.envelope.time))
                await self._attempt(claimed, work, held)
                # If it does not get through, the message comes again and is acked then.
                await _through(held.lease.delivery.ack())
            case Poison():
                await self.park(held.lease.delivery, claimed)
            case "over":
                await _through(held.lease.delivery.ack())
            case "hold off":
                # Losing is no reason to ack: who holds the attempt keeps the message by its signs of life.
                if held.lease.fresh:
                    delay = 0.0 if self._claiming.stopping else self._terms.ack_wait
                    await self.give_back(held.lease.delivery, delay)

    async def _attempt(self, claimed: Claimed, work: Work, held: Held) -> None:
        """Run the attempt and end it on the log."""
        claim, begun = claimed.claim, time.monotonic()
        station = self._stations.choose(work.event.engine, claimed.spec)
        if isinstance(station, Refused):
            ending: Ending = AttemptFailed(
                attempt=claim.attempt, reason=station.reason, detail=station.detail
            )
        else:
            ending = second_try(
                await self._run(claimed, station, held, work.envelope.time),
                claimed.spec.retry,
                max_attempts=work.event.max_attempts,
            )
        engine = station.name if isinstance(station, Station) else "none"
        name = ending.outcome if isinstance(ending, EvaluationCompleted) else ending.reason
        span = trace.get_current_span()
        span.set_attributes({"cloche.end": name, "cloche.engine": engine})
        if isinstance(ending, AttemptFailed):
            span.set_status(StatusCode.ERROR, name)
        counted = await conclude(self._log, claim, ending)
        end = name if counted else "superseded"
        metrics.ATTEMPTS.labels(engine, end, ending.domain or "none").inc()
        metrics.ATTEMPT_SECONDS.labels(engine).observe(time.monotonic() - begun)
        detail = {"detail": ending.detail} if isinstance(ending, AttemptFailed) else {}
        _log.info("attempt_ended", end=name, counted=counted, **detail)

    async def _run(
        self, claimed: Claimed, station: Station, held: Held, queued: datetime
    ) -> Ending:
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
            ),
            station=station,
            log=self._log,
            telemetry=self._telemetry,
            stop=held.stop,
            inputs=Inputs(self._objects, claim.address.tenant),
        )
        try:
            return await attempt.conduct()
        finally:
            await ended(following)
            if (seconds := attempt.first_output.since(queued)) is not None:
                metrics.FIRST_OUTPUT_SECONDS.labels(station.name).observe(seconds)

    async def _keep(self, held: Held) -> None:
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
