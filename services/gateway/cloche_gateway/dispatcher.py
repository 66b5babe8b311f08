"""Releases what is held, in turn. One gateway does it at a time (lead.py); the decision is turns.py's.

Nothing is kept that the streams do not hold: who takes over counts anew. A message is in WORK before it is gone from
HELD, so a crash in between queues it twice at worst, and the log lets it run once.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import Protocol

import msgspec
from cloche_kit.bus import BusError, EventBus
from cloche_kit.lead import lead
from cloche_kit.lease import Lease
from cloche_kit.logs import get_logger
from cloche_kit.queue import Depth, Held
from cloche_kit.topology import DISPATCHER
from cloche_kit.weights import Weights
from cloche_schemas import codec, subjects
from cloche_schemas.events import EvaluationQueued
from cloche_schemas.queue import ExecutorState
from cloche_schemas.values import TURNS_OF_TENANT, EngineChoice, Tenant
from prometheus_client import Counter, Gauge

from cloche_gateway.turns import Bounds, Line, Turns, line_of, plan

RELEASED = Counter("cloche_queue_released", "Held evaluations that were released into the queue")
DEPTH = Gauge(
    "cloche_queue_depth", "Messages by engine, priority and place", ["engine", "priority", "place"]
)
# News of an end come before its message has left WORK: look again and again, each time later.
FIRST_LOOK = 0.002
LAST_LOOK = 0.25
IDLE_SECONDS = 1.0
EXECUTORS_SECONDS = 1.0
ENDS = "live.*.*.lifecycle.log"
HOLDS = "live.*.*.lifecycle.held.>"
_log = get_logger(__name__)
_states = msgspec.json.Decoder(ExecutorState)


class Caps(Protocol):
    """What tenants may run at once. The gateway's is the keyring with its defaults (admission.py)."""

    def running(self, tenant: Tenant) -> int | None:
        """None: as many as there are slots."""
        ...


class Dispatcher:
    """The job of whoever leads."""

    def __init__(self, bus: EventBus, caps: Caps) -> None:
        self._bus = bus
        self._queue = bus.queue
        self._caps = caps
        self._weights: dict[str, Weights] = {}
        self._limits: dict[Turns, int] = {}
        self._passed: dict[Line, int] = {}
        self._slots: dict[EngineChoice, int] = {}
        self._slots_until = 0.0
        self._news = asyncio.Event()
        self._look = FIRST_LOOK

    async def run(self, lease: Lease) -> None:
        """Release while the lease is ours. `BusUnavailable`: begin anew."""
        self._passed.clear()
        try:
            async with self._hearing(HOLDS), self._hearing(ENDS):
                while lease.fresh:
                    depth = await self._queue.depth()
                    measure(depth)
                    released = await self._release(depth, lease) if depth.held else 0
                    await self._pause(bool(depth.held), released)
        finally:
            # Whoever leads next measures; what we saw last would be added to that.
            DEPTH.clear()

    async def _release(self, depth: Depth, lease: Lease) -> int:
        bounds = await self._bounds(depth)
        released = 0
        for line, count in plan(depth, bounds, self._weights).items():
            heads = await self._queue.held(line.held, after=self._passed.get(line, 0), most=count)
            if not lease.fresh:
                return released
            try:
                await asyncio.gather(*map(self._queue.release, heads))
            except BusError:
                self._passed.pop(line, None)
                raise
            if heads:
                self._passed[line] = heads[-1].sequence
                released += len(heads)
            else:
                # Passed over, or not yet there for the one who answered.
                self._passed.pop(line, None)
        RELEASED.inc(released)
        self._forget(depth)
        return released

    async def _bounds(self, depth: Depth) -> Bounds:
        lines = [line for subject in depth.held if (line := line_of(subject))]
        tenants: dict[str, int] = {}
        for line in lines:
            cap = self._caps.running(line.tenant)
            if cap is not None:
                tenants[line.tenant] = cap
                self._weights.setdefault(line.tenant, Weights())
            if line.turns != TURNS_OF_TENANT:
                await self._learn_limit(line)
        return Bounds(await self._slots_now(), tenants, self._limits)

    async def _learn_limit(self, line: Line) -> None:
        key = (line.tenant, line.turns)
        if key not in self._limits and (heads := await self._queue.held(line.held, most=1)):
            self._limits[key] = await self._limit_of(heads[0])

    async def _limit_of(self, held: Held) -> int:
        """How many of a batch may run at once: the first event of each of its evaluations says it."""
        event = _queued(held.stored.data)
        if event is not None and event.spec is None and event.spec_sequence:
            first = await self._bus.get(event.spec_sequence)
            event = None if first is None else _queued(first.data)
        batch = event.origin.batch if event is not None else None
        if batch is None:
            # Better slow than more than was allowed.
            _log.warning("batch_limit_unknown", subject=held.subject)
            return 1
        return batch.concurrency or 2**31

    async def _slots_now(self) -> Mapping[EngineChoice, int]:
        now = asyncio.get_running_loop().time()
        if now >= self._slots_until:
            self._slots = slots_of(await executors(self._bus))
            self._slots_until = now + EXECUTORS_SECONDS
        return self._slots

    def _forget(self, depth: Depth) -> None:
        """What is held no longer needs no memory."""
        lines = {line for subject in depth.held if (line := line_of(subject))}
        for line in self._passed.keys() - lines:
            del self._passed[line]
        for key in self._limits.keys() - {(line.tenant, line.turns) for line in lines}:
            del self._limits[key]
        for tenant in self._weights.keys() - {line.tenant for line in lines}:
            del self._weights[tenant]

    async def _pause(self, held: bool, released: int) -> None:
        if released:
            self._look = FIRST_LOOK
        longest = LAST_LOOK if held else IDLE_SECONDS
        try:
            async with asyncio.timeout(min(self._look, longest)):
                await self._news.wait()
        except TimeoutError:
            self._look = min(self._look * 2, longest)
        else:
            self._look = FIRST_LOOK
            # Ends come in crowds: one look for those of a moment.
            await asyncio.sleep(FIRST_LOOK)
        self._news.clear()

    @asynccontextmanager
    async def _hearing(self, filter_: str) -> AsyncIterator[None]:
        """Wake when something is told on `filter_`. Only a hint: what it misses, the next look finds."""

        async def listen() -> None:
            async with aclosing(feed):
                async for _ in feed:
                    self._news.set()

        feed = await self._bus.live(filter_)
        listening = asyncio.ensure_future(listen())
        try:
            yield
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


async def dispatch(bus: EventBus, caps: Caps, *, stop: asyncio.Event) -> None:
    """Release what is held while it is our turn to do so, until `stop`. `StreamLost` if the log is gone."""
    await lead(bus, DISPATCHER, Dispatcher(bus, caps).run, stop=stop)


async def executors(bus: EventBus) -> list[ExecutorState]:
    """Those that are there, by name. What a later version says and this one cannot read is left out."""
    found = []
    for data in await bus.executors.there():
        try:
            found.append(_states.decode(data))
        except msgspec.DecodeError as error:
            _log.warning("executor_not_understood", error=str(error))
    return sorted(found, key=lambda one: one.executor)


def slots_of(states: Iterable[ExecutorState]) -> dict[EngineChoice, int]:
    """Slots of those that take work, by engine asked for."""
    slots: dict[EngineChoice, int] = {}
    for state in states:
        for choice in state.takes:
            slots[choice] = slots.get(choice, 0) + state.slots
    return slots


def measure(depth: Depth) -> None:
    """Bounded labels: tenants are added up."""
    counts: dict[tuple[str, str, str], int] = {
        (engine, priority, place): 0
        for engine, priority in subjects.WORK_DURABLES
        for place in ("work", "held")
    }
    for place, counted in (("work", depth.work), ("held", depth.held)):
        for subject, count in counted.items():
            line = line_of(subject)
            if line is not None and (line.engine, line.priority, place) in counts:
                counts[(line.engine, line.priority, place)] += count
    for labels, count in counts.items():
        DEPTH.labels(*labels).set(count)


def _queued(data: bytes) -> EvaluationQueued | None:
    try:
        _, event = codec.decode(data)
    except codec.Malformed:
        return None
    return event if isinstance(event, EvaluationQueued) else None
