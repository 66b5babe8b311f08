"""The loop: free slots, and deliveries for them. Fetches only for free slots, in the order of weights.py."""

import asyncio
from contextlib import suppress

from cloche_kit.bus import BusUnavailable, Delivery, Durable
from cloche_kit.log import EventLog
from cloche_kit.logs import get_logger
from cloche_kit.telemetry import Telemetry
from cloche_kit.topology import released_consumer, work_consumer
from cloche_kit.weights import Weights
from cloche_schemas.values import PRIORITIES, Priority

from cloche_executor import metrics
from cloche_executor.claim import Poison
from cloche_executor.errand import Errands
from cloche_executor.inputs import OpenObjects, no_objects
from cloche_executor.presence import Presence
from cloche_executor.sandbox import SandboxError
from cloche_executor.settings import Terms
from cloche_executor.stations import Station, Stations
from cloche_executor.wakeup import Prospects, Wakeup
from cloche_executor.watch import ended

# A message that breaks us so often is parked.
MOST_FAILURES = 5
REAP_SECONDS = 5.0
_log = get_logger(__name__)


class Worker:
    """Runs attempts until it is told to stop; then gives those that run time to end, and back what was not begun."""

    def __init__(
        self,
        log: EventLog,
        stations: Stations,
        telemetry: Telemetry,
        terms: Terms,
        *,
        objects: OpenObjects = no_objects,
    ) -> None:
        self._bus = log.bus
        self._stations = stations
        self._terms = terms
        self._errands = Errands(log, stations, telemetry, terms, objects=objects)
        self._free = terms.slots
        self._tasks: set[asyncio.Task[None]] = set()
        self._prospects = Prospects()
        self._weights = Weights()
        self._served: dict[str, int] = {}
        self._wakeup = Wakeup(log.bus, self._prospects)
        self._presence = Presence(
            log.bus.executors, stations, terms, lambda: terms.slots - self._free
        )
        metrics.SLOTS.set(terms.slots)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`, then drain: within the drain time and, for what has not ended by then, the stop time."""
        beside = [
            asyncio.create_task(self._wakeup.listen()),
            asyncio.create_task(self._reap_regularly()),
            asyncio.create_task(self._presence.keep()),
        ]
        try:
            await self._fetch_until(stop, beside)
        finally:
            await ended(*beside)
            await asyncio.gather(self._presence.drain(), self._drain())
            await self._presence.withdraw()

    async def _fetch_until(self, stop: asyncio.Event, beside: list["asyncio.Task[None]"]) -> None:
        stopped = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                try:
                    taken = await self._sweep() if self._free else 0
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

    async def _sweep(self) -> int:
        """Take what there is for the free slots, by the weights of the priorities; how many."""
        slots = free = self._free
        durables = await self._durables()
        while free and durables:
            for priority, asked in self._weights.plan(free, durables.keys()):
                got = await self._take(durables[priority], asked)
                self._weights.served(priority, got)
                free -= got
                if got < asked:
                    # The others get what it does not need.
                    del durables[priority]
        if free:
            self._prospects.seen_all()
        return slots - free

    async def _durables(self) -> dict[Priority, list[Durable]]:
        """Those that are worth a look, by priority."""
        found: dict[Priority, list[Durable]] = {}
        for choice in await self._stations.choices():
            for priority in PRIORITIES:
                for consumer in (work_consumer, released_consumer):
                    durable = consumer(choice, priority, ack_wait=self._terms.ack_wait)
                    if self._prospects.worth(durable.name):
                        found.setdefault(priority, []).append(durable)
        return found

    async def _take(self, durables: list[Durable], most: int) -> int:
        """Begin up to `most` of what these have; how many it were. Who was served longest ago is first."""
        taken = 0
        for durable in sorted(durables, key=lambda one: self._served.get(one.name, 0)):
            if (asked := most - taken) == 0:
                break
            deliveries = await self._bus.pull(durable, batch=asked, wait=0)
            self._prospects.seen(durable.name, asked=asked, got=len(deliveries))
            if deliveries:
                self._served[durable.name] = 1 + max(self._served.values(), default=0)
            for delivery in deliveries:
                self._begin(delivery)
            taken += len(deliveries)
        return taken

    def _begin(self, delivery: Delivery) -> None:
        self._free -= 1
        metrics.BUSY.inc()
        task = asyncio.create_task(self._guarded(delivery))
        self._tasks.add(task)

        def over(_: "asyncio.Task[None]") -> None:
            self._tasks.discard(task)
            self._free += 1
            metrics.BUSY.dec()
            self._wakeup.set()

        task.add_done_callback(over)

    async def _guarded(self, delivery: Delivery) -> None:
        """One delivery, whatever happens: it ends acked, given back, or left to its ack wait."""
        try:
            await self._errands.run(delivery)
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
            for station in self._stations.all:
                await self._reap(station)
            self._errands.lost_found.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(REAP_SECONDS):
                    await self._errands.lost_found.wait()

    async def _reap(self, station: Station) -> None:
        try:
            if reaped := await station.engine.reap(self._errands.owns):
                metrics.REAPED.inc(reaped)
        except SandboxError as error:
            _log.warning("sandboxes_not_reaped", engine=station.name, error=str(error))

    async def _drain(self) -> None:
        """Let what runs end by itself for a while; then end it, as our failure and not the program's."""
        self._errands.hold_off()
        if self._tasks:
            _log.info("draining", attempts=len(self._tasks), seconds=self._terms.drain_seconds)
            await asyncio.wait(self._tasks, timeout=self._terms.drain_seconds)
        self._errands.stop()
        if not self._tasks:
            return
        _log.warning("attempts_stopped", count=len(self._tasks))
        _, late = await asyncio.wait(self._tasks, timeout=self._terms.stop_seconds)
        if late:
            _log.error("attempts_not_ended", count=len(late))
            await ended(*late)
