"""The loop: free slots, and deliveries for them. Fetches only for free slots, most urgent first."""

import asyncio
import heapq
from contextlib import suppress

from cloche_kit.bus import BusUnavailable, Delivery
from cloche_kit.log import EventLog
from cloche_kit.logs import get_logger
from cloche_kit.telemetry import Telemetry
from cloche_kit.topology import work_consumer
from cloche_schemas.values import PRIORITIES

from cloche_executor import metrics
from cloche_executor.claim import Poison
from cloche_executor.errand import Errands
from cloche_executor.sandbox import Engine, SandboxError
from cloche_executor.settings import Terms
from cloche_executor.wakeup import Wakeup
from cloche_executor.watch import ended

# A message that breaks us so often is parked.
MOST_FAILURES = 5
REAP_SECONDS = 30.0
_log = get_logger(__name__)


class Worker:
    """Runs attempts until it is told to stop; then ends those that run, as our failure, and gives back the rest."""

    def __init__(self, log: EventLog, engine: Engine, telemetry: Telemetry, terms: Terms) -> None:
        self._bus = log.bus
        self._engine = engine
        self._terms = terms
        self._errands = Errands(log, engine, telemetry, terms)
        self._free = list(range(terms.slots))
        self._tasks: set[asyncio.Task[None]] = set()
        self._wakeup = Wakeup(log.bus)
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
        if self._errands.engine_failed:
            self._errands.engine_failed = not await self._engine.ready()
        return not self._errands.engine_failed

    async def _sweep(self) -> int:
        """Take what there is for the free slots; how many."""
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
            await self._errands.run(delivery, slot)
        except BusUnavailable as error:
            _log.warning("work_left", error=str(error))
        except Exception as error:
            _log.exception("work_failed", subject=delivery.stored.subject)
            if delivery.deliveries >= MOST_FAILURES:
                await self._errands.park(delivery, Poison("handler_failed", repr(error)))
            else:
                await self._errands.give_back(delivery, 2.0**delivery.deliveries)

    async def _reap_regularly(self) -> None:
        while True:
            try:
                if reaped := await self._engine.reap(self._errands.owns):
                    metrics.REAPED.inc(reaped)
            except SandboxError as error:
                _log.warning("sandboxes_not_reaped", error=str(error))
            self._errands.lost_found.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(REAP_SECONDS):
                    await self._errands.lost_found.wait()

    async def _drain(self) -> None:
        """End what runs, as our failure and not the program's."""
        self._errands.stop()
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=self._terms.stop_seconds)
        if late:
            _log.error("attempts_not_ended", count=len(late))
            await ended(*late)
