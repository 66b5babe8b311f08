"""The loop: free slots, deliveries for them, and one attempt from each.

Fetch only for free slots. Ack only what the log shows as over. A message that somebody else may hold is not touched.
"""

import asyncio
import heapq
import secrets
from collections.abc import Awaitable, Callable
from typing import Literal

from cloche_domain import Cancelling, Evaluation, Running, fold
from cloche_kit.bus import BusUnavailable, Delivery
from cloche_kit.log import EventLog, Position, Written
from cloche_kit.logs import about, get_logger
from cloche_kit.telemetry import Telemetry
from cloche_kit.topology import work_consumer
from cloche_schemas.commands import EvaluationSpec
from cloche_schemas.events import AttemptFailed, AttemptStarted, EvaluationCompleted
from cloche_schemas.subjects import Address, SubjectError
from cloche_schemas.values import PRIORITIES, Limits
from msgspec import Struct

from cloche_executor import metrics
from cloche_executor.attempt import Assignment, Attempt, Stop
from cloche_executor.claim import (
    Claim,
    Poison,
    Work,
    conclude,
    give_up,
    specification,
    standing,
    understand,
)
from cloche_executor.lease import Lease
from cloche_executor.retry import Backoff
from cloche_executor.sandbox import Engine, EngineUnavailable, Labels, SandboxError
from cloche_executor.wakeup import Wakeup
from cloche_executor.watch import Watch, ended

HANDLER = "executor"
# A message that breaks us so often is parked.
MOST_FAILURES = 5
REAP_SECONDS = 30.0
_log = get_logger(__name__)


class Terms(Struct, frozen=True, kw_only=True):
    """Who this executor is and how it works."""

    installation: str
    executor: str
    slots: int
    ack_wait: float
    stop_seconds: float


class Claimed(Struct, frozen=True):
    """An attempt that is ours, and what it runs."""

    claim: Claim
    spec: EvaluationSpec
    limits: Limits


async def _nothing() -> None:
    return


class _Held(Struct):
    """A delivery in hand. `compare` looks at the log for what others did to its attempt."""

    lease: Lease
    stop: Stop
    compare: Callable[[], Awaitable[None]] = _nothing


class Worker:
    """Runs attempts until it is told to stop; then ends those that run, as our failure, and gives back the rest."""

    def __init__(self, log: EventLog, engine: Engine, telemetry: Telemetry, terms: Terms) -> None:
        self._log = log
        self._bus = log.bus
        self._engine = engine
        self._telemetry = telemetry
        self._terms = terms
        self._free = list(range(terms.slots))
        self._held: dict[tuple[Address, int], _Held] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._wakeup = Wakeup(log.bus)
        self._engine_failed = False
        self._stopping = False
        self._durables = [
            work_consumer(choice, priority, ack_wait=terms.ack_wait)
            for priority in PRIORITIES
            for choice in (engine.facts.name, "auto")
        ]
        metrics.SLOTS.set(terms.slots)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`, then drain within the stop time."""
        beside = [
            asyncio.create_task(self._wakeup.listen()),
            asyncio.create_task(self._reap_regularly()),
        ]
        try:
            await self._fetch_until(stop, beside)
        finally:
            await ended(*beside)
            await self._drain()

    async def owns(self, labels: Labels) -> bool:
        """Whether the attempt with these labels is alive: here, or by the log on another executor."""
        address = Address(labels.tenant, labels.evaluation)
        if labels.executor == self._terms.executor:
            return (address, labels.attempt) in self._held
        try:
            state = fold((await self._log.read(address)).numbered).state
        except BusUnavailable:
            return True
        except SubjectError:
            return False
        return (
            isinstance(state, Running | Cancelling)
            and state.attempt == labels.attempt
            and state.executor == labels.executor
        )

    async def _fetch_until(self, stop: asyncio.Event, beside: list["asyncio.Task[None]"]) -> None:
        stopped = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                try:
                    taken = await self._sweep() if await self._able() else 0
                except BusUnavailable as error:
                    _log.warning("work_not_fetched", error=str(error))
                    taken = 0
                if not taken:
                    await self._wakeup.wait(stopped, *beside)
                for task in beside:
                    if task.done():
                        await task
        finally:
            stopped.cancel()

    async def _able(self) -> bool:
        if not self._free:
            return False
        if self._engine_failed:
            self._engine_failed = not await self._engine.ready()
        return not self._engine_failed

    async def _sweep(self) -> int:
        """Take what there is for the free slots, most urgent first; how many."""
        taken = 0
        for durable in self._durables:
            if not self._free:
                break
            for delivery in await self._bus.pull(durable, batch=len(self._free), wait=0):
                self._begin(delivery)
                taken += 1
        return taken

    def _begin(self, delivery: Delivery) -> None:
        slot = heapq.heappop(self._free)
        metrics.BUSY.inc()
        task = asyncio.create_task(self._guarded(delivery, slot))
        self._tasks.add(task)

        def over(_: "asyncio.Task[None]") -> None:
            self._tasks.discard(task)
            heapq.heappush(self._free, slot)
            metrics.BUSY.dec()
            self._wakeup.set()

        task.add_done_callback(over)

    async def _guarded(self, delivery: Delivery, slot: int) -> None:
        """One delivery, whatever happens: it ends acked, given back, or left to its ack wait."""
        try:
            await self._handle(delivery, slot)
        except BusUnavailable as error:
            _log.warning("work_left", error=str(error))
        except Exception as error:
            _log.exception("work_failed", subject=delivery.stored.subject)
            if delivery.deliveries >= MOST_FAILURES:
                await self._park(delivery, Poison("handler_failed", repr(error)))
            else:
                await self._quietly(delivery.nak(2.0**delivery.deliveries))

    async def _handle(self, delivery: Delivery, slot: int) -> None:
        work = understand(delivery.stored)
        if isinstance(work, Poison):
            await self._park(delivery, work)
            return
        key = (work.address, work.event.attempt)
        if (held := self._held.get(key)) is not None:
            held.lease.adopt(delivery)
            return
        held = _Held(Lease(delivery, self._terms.ack_wait), Stop())
        self._held[key] = held
        ids = {"evaluation": work.address.evaluation, "attempt": work.event.attempt}
        try:
            with (
                about(**ids),
                self._telemetry.consumer_span(
                    work.envelope, "run attempt", **{"cloche.attempt": work.event.attempt}
                ),
            ):
                await self._carry(work, held, slot)
        finally:
            del self._held[key]

    async def _carry(self, work: Work, held: _Held, slot: int) -> None:
        keeping = asyncio.create_task(self._keep(held))
        try:
            claimed = await self._claim(work, held)
            match claimed:
                case Claimed():
                    await self._run(claimed, held, slot)
                    await self._ack(held.lease)
                case Poison():
                    await self._park(held.lease.delivery, claimed)
                case "over":
                    await self._ack(held.lease)
                case "hold off":
                    await self._hold_off(held.lease)
        finally:
            await ended(keeping)

    async def _claim(
        self, work: Work, held: _Held
    ) -> Claimed | Poison | Literal["over", "hold off"]:
        """Win the attempt, or find out why not. Ends: every lost round means that the evaluation moved on."""
        attempt, backoff = work.event.attempt, Backoff()
        while held.lease.fresh and not self._stopping:
            history = await self._log.read(work.address)
            evaluation = fold(history.numbered)
            match standing(evaluation, attempt):
                case "over":
                    return "over"
                case "poison":
                    state = type(evaluation.state).__name__
                    return Poison(
                        "illegal", f"attempt {attempt} cannot be, the evaluation is {state}"
                    )
                case "held":
                    if held.lease.delivery.deliveries == 1:
                        return "hold off"
                    lost = AttemptFailed(
                        attempt=attempt,
                        reason="executor_lost",
                        detail="its work was delivered again",
                    )
                    await give_up(self._log, work.address, history, lost)
                case "open":
                    claimed = await self._start(work, evaluation, history.position)
                    if claimed is not None:
                        return claimed
            await backoff.wait()
        return "hold off"

    async def _start(
        self, work: Work, evaluation: Evaluation, position: Position
    ) -> Claimed | Poison | None:
        """Append `started`. None: somebody else appended something in between."""
        found = await specification(self._bus, work, evaluation)
        if isinstance(found, Poison):
            return found
        spec, limits = found
        facts, nonce = self._engine.facts, secrets.token_hex(8)
        started = AttemptStarted(
            attempt=work.event.attempt,
            executor=self._terms.executor,
            nonce=nonce,
            engine=facts.name,
            runtime=facts.runtime,
            image=facts.image,
            image_digest=facts.image_digest,
            limits=limits,
            enforced=facts.enforced,
        )
        won = await self._log.append(work.address, started, after=position)
        if not isinstance(won, Written):
            return None
        claim = Claim(work.address, work.event.attempt, nonce, won.position)
        return Claimed(claim, spec, limits)

    async def _run(self, claimed: Claimed, held: _Held, slot: int) -> None:
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
            self._engine_failed = True
        counted = await conclude(self._log, claim, ending)
        metrics.ATTEMPTS.labels(self._engine.facts.name, name if counted else "superseded").inc()
        _log.info("attempt_ended", end=name, counted=counted)

    async def _keep(self, held: _Held) -> None:
        async def compare() -> None:
            await held.compare()

        await held.lease.keep(compare)
        metrics.LOST.inc()
        held.stop.request("lost", "no sign of life could be given for half the ack wait")

    async def _hold_off(self, lease: Lease) -> None:
        """Losing is no reason to ack: who holds the attempt keeps the message by its signs of life."""
        if lease.fresh:
            delay = 0.0 if self._stopping else self._terms.ack_wait
            await self._quietly(lease.delivery.nak(delay))

    async def _ack(self, lease: Lease) -> None:
        """If it does not get through, the message comes again and is acked then."""
        await self._quietly(lease.delivery.ack())

    async def _park(self, delivery: Delivery, poison: Poison) -> None:
        _log.error(
            "work_parked",
            subject=delivery.stored.subject,
            sequence=delivery.stored.sequence,
            reason=poison.reason,
            detail=poison.detail,
        )
        await self._bus.park(
            delivery.stored,
            handler=HANDLER,
            reason=poison.reason,
            detail=poison.detail,
            deliveries=delivery.deliveries,
        )
        metrics.PARKED.inc()
        await self._quietly(delivery.ack())

    async def _quietly(self, call: Awaitable[None]) -> None:
        try:
            await call
        except BusUnavailable as error:
            _log.warning("work_left", error=str(error))

    async def _reap_regularly(self) -> None:
        while True:
            try:
                if reaped := await self._engine.reap(self.owns):
                    metrics.REAPED.inc(reaped)
            except SandboxError as error:
                _log.warning("sandboxes_not_reaped", error=str(error))
            await asyncio.sleep(REAP_SECONDS)

    async def _drain(self) -> None:
        """End what runs, as our failure and not the program's."""
        self._stopping = True
        for held in self._held.values():
            held.stop.request("stopping", "the executor was stopped")
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=self._terms.stop_seconds)
        if late:
            _log.error("attempts_not_ended", count=len(late))
            await ended(*late)
