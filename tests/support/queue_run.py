"""A busy queue: evaluations of several tenants, executors as processes, the retry scheduler, and a checker at the end.

Whoever runs it puts faults between `submit` and `prove`. Executors are called ``e0``, ``e1``, …
"""

import asyncio
import random
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, cast

from cloche_domain import RequestCancel, Submit, decide, fold
from cloche_gateway.deps import Deps
from cloche_gateway.dispatcher import dispatch
from cloche_gateway.scheduler import Backoff, schedule
from cloche_kit.bus import BusUnavailable, EventBus
from cloche_kit.jetstream import open_bus
from cloche_kit.log import EventLog, History, Position
from cloche_kit.telemetry import configure
from cloche_schemas import codec, subjects
from cloche_schemas.codec import Stamp
from cloche_schemas.commands import EvaluationSpec
from cloche_schemas.events import (
    AttemptFailed,
    AttemptStarted,
    EvaluationQueued,
    LifecycleEvent,
)
from cloche_schemas.subjects import Address
from cloche_schemas.values import PRIORITIES, TURNS_OF_TENANT, BatchPlace, Limits, Origin
from support.checker import Expected, prove
from support.executor_process import NoopExecutor
from support.observed import End, Observed, observe
from support.proxy import Proxy
from support.topology import Topology
from support.waiting import wait_for_progress, wait_until

#: Seconds: small, so that what a lost executor held comes again soon.
ACK_WAIT = 2.0
EXECUTORS = 3
PROXIED = "e2"
SLOTS = 4
TENANTS = ("alpha", "beta", "gamma")
#: This one may run only so many at once, and so may a batch that another one has.
CAPPED, CAP = "gamma", 3
BATCHED, CONCURRENCY = "beta", 2
STREAM_BYTES = 256 << 20
# Far beyond what the faults of a test can cost, so that everything that is not cancelled succeeds.
MAX_ATTEMPTS = 20
# What an executor that falls silent is caught with: still running when its lease is over.
LONG = "say before\nhold 1.5\nsay after"
SHORT = "say it\nhold 0.05"
WITHIN = 90.0


class Caps:
    """What tenants may run at once."""

    def running(self, tenant: str) -> int | None:
        return CAP if tenant == CAPPED else None


class Run:
    """What goes on. `accepted` is what the log has said yes to; `ends` what has one, by its kind of event."""

    def __init__(self, bus: EventBus, spawn: Callable[[str], NoopExecutor], seed: int) -> None:
        self.bus = bus
        self._spawn = spawn
        self._spawned = 0
        self._batch = str(uuid.uuid4())
        self.executors: list[NoopExecutor] = []
        self.log = EventLog(bus, configure("gateway", instance="test"), instance="test")
        self.accepted: set[Address] = set()
        self.cancelled: set[Address] = set()
        self.planted: set[int] = set()
        self.ends: dict[Address, End] = {}
        #: Attempts that run, by the name of their executor, as the log tells.
        self.held: dict[str, set[tuple[Address, int]]] = {}
        self.failed: Counter[str] = Counter()
        self.chance = random.Random(seed)  # noqa: S311 - to be repeated

    async def add_executor(self) -> None:
        """Another one, at work when this returns."""
        executor = self._spawn(f"e{self._spawned}")
        self._spawned += 1
        self.executors.append(executor)
        await executor.ready()

    async def submit(self, count: int) -> None:
        """Have so many accepted, each long one among many short ones; now and then the answer is asked for twice."""
        await asyncio.gather(*(self._submit(number) for number in range(count)))

    async def cancel(self, count: int) -> None:
        """Cancel so many of those that are not over, wherever they are."""
        left = sorted(self.accepted - self.ends.keys() - self.cancelled, key=str)
        chosen = self.chance.sample(left, min(count, len(left)))
        await asyncio.gather(*(self._cancel(address) for address in chosen))

    async def plant(self) -> None:
        """Poison, in each way that nobody can understand; returns when it is put aside.

        A delivery that a fault takes with it comes again only after the ack wait of its durable, which is long.
        """
        unknown = Address("alpha", str(uuid.uuid4()))
        stray = EvaluationQueued(attempt=7, spec_sequence=1)
        for subject, data in (
            (unknown.queued("auto", "normal"), b"\x00 no JSON"),
            (unknown.queued("auto", "high"), b'{"type": "cloche.evaluation.queued.v1"}'),
            (unknown.log, b"\x00 no JSON"),
            (unknown.queued("auto", "low"), _encoded(unknown, stray, 9)),
            (unknown.log, _encoded(unknown, AttemptFailed(attempt=3, reason="none"), 9)),
        ):
            result = await self.bus.append(subject, data, msg_id=str(uuid.uuid4()))
            self.planted.add(cast("Any", result).sequence)

        async def aside() -> bool:
            try:
                return len(await self.bus.parked()) >= len(self.planted)
            except BusUnavailable:
                return False

        await wait_until(aside, within=WITHIN, every=0.05)

    async def busy(self, executor: int = 0, *, part: float = 0.0) -> set[tuple[Address, int]]:
        """Return when that part of all is over and the executor runs something: those attempts."""
        name = f"e{executor}"
        await wait_until(
            lambda: len(self.ends) >= part * len(self.accepted) and self.held.get(name),
            within=WITHIN,
            told=lambda: (name, len(self.ends), len(self.accepted), self.held),
        )
        assert len(self.ends) < len(self.accepted), "everything is over before the fault"
        return set(self.held[name])

    async def lost(self, attempts: set[tuple[Address, int]]) -> None:
        """Return when none of these attempts runs any more, whoever has ended it."""
        await wait_until(
            lambda: not any(attempts & held for held in self.held.values()), within=WITHIN
        )

    async def prove(self) -> Observed:
        """Wait until everything is over, read all that there is, and hold it against every invariant."""
        # How long a backlog takes is for the machine to say: what is held to a time is the next end.
        await wait_for_progress(lambda: len(self.accepted - self.ends.keys()), within=WITHIN)

        async def idle() -> bool:
            try:
                depth = await self.bus.queue.depth()
            except BusUnavailable:
                return False
            return not (depth.work or depth.held)

        await wait_until(idle, within=WITHIN, every=0.1)
        planted = frozenset(self.planted)
        observed = await observe(self.bus, planted=planted)
        expected = Expected(
            accepted=frozenset(self.accepted), planted=planted, at_most={CAPPED: CAP}
        )
        prove(observed, expected)
        for address in self.accepted - self.cancelled:
            assert getattr(self.ends[address], "outcome", None) == "succeeded", self.ends[address]
        return observed

    async def follow(self) -> None:
        """Keep count of what the log tells, for ever."""
        wanted = [subjects.ALL_LOGS]
        async with aclosing(self.bus.follow(after=0, filters=wanted)) as batches:
            async for batch in batches:
                for stored in batch:
                    if stored.sequence not in self.planted:
                        self._note(stored.subject, stored.data)

    def _note(self, subject: str, data: bytes) -> None:
        try:
            _, event = codec.decode(data)
        except codec.Malformed:
            return
        address = subjects.parse(subject)
        if isinstance(event, AttemptStarted):
            self.held.setdefault(event.executor, set()).add((address, event.attempt))
        elif isinstance(event, AttemptFailed | End):
            if isinstance(event, End):
                self.ends[address] = event
            else:
                self.failed[event.reason] += 1
            for held in self.held.values():
                held -= {one for one in held if one[0] == address}

    async def _submit(self, number: int) -> None:
        address = Address(self.chance.choice(TENANTS), str(uuid.uuid4()))
        spec = EvaluationSpec(
            code=LONG if number % 10 == 0 else SHORT, priority=self.chance.choice(PRIORITIES)
        )
        turns, origin = self._turns(address.tenant, number)
        submission = Submit(
            spec=spec, limits=Limits(), max_attempts=MAX_ATTEMPTS, turns=turns, origin=origin
        )
        event = decide(submission, fold([]))
        assert isinstance(event, LifecycleEvent)
        for _ in range(2 if number % 7 == 0 else 1):
            await wait_until(partial(self._written, address, event), within=WITHIN, every=0.05)
        self.accepted.add(address)

    def _turns(self, tenant: str, number: int) -> tuple[str | None, Origin]:
        """Whom a submission takes turns with, as admission would say."""
        if tenant == BATCHED and number % 2:
            place = BatchPlace(id=self._batch, index=number, size=1000, concurrency=CONCURRENCY)
            return f"b{self._batch.replace('-', '')}", Origin(batch=place)
        return (TURNS_OF_TENANT if tenant == CAPPED else None), Origin()

    async def _written(self, address: Address, event: LifecycleEvent) -> bool:
        try:
            await self.log.append(address, event, after=Position())
        except BusUnavailable:
            return False
        return True

    async def _cancel(self, address: Address) -> None:
        def decision(history: History) -> LifecycleEvent | None:
            event = decide(RequestCancel(reason="enough"), fold(history.numbered))
            return event if isinstance(event, LifecycleEvent) else None

        self.cancelled.add(address)

        async def asked() -> bool:
            try:
                await self.log.transact(address, decision)
            except BusUnavailable:
                return False
            return True

        await wait_until(asked, within=WITHIN, every=0.05)


@asynccontextmanager
async def running(
    topology: Topology, folder: Path, *, seed: int = 1, proxied: Proxy | None = None
) -> AsyncIterator[Run]:
    """Executors, scheduler, dispatcher and counting, all at work while inside.

    `proxied`: the way of `PROXIED` to the log.
    """
    settings = topology.settings(work_ack_wait=ACK_WAIT, stream_max_bytes=STREAM_BYTES)
    async with AsyncExitStack() as stack:
        bus = await stack.enter_async_context(open_bus(settings, name="test"))

        def spawn(name: str) -> NoopExecutor:
            executor = NoopExecutor(
                folder / name,
                proxied.url if proxied and name == PROXIED else topology.url,
                CLOCHE_INSTANCE=name,
                CLOCHE_SLOTS=str(SLOTS),
                CLOCHE_WORK_ACK_WAIT=str(ACK_WAIT),
                CLOCHE_STREAM_REPLICAS=str(topology.replicas),
                CLOCHE_STREAM_MAX_BYTES=str(STREAM_BYTES),
            )
            stack.callback(executor.kill)
            return executor

        run = Run(bus, spawn, seed)
        stop = asyncio.Event()
        deps = Deps(
            bus=bus,
            access=bus.access,
            schedules=bus.schedules,
            log=run.log,
            telemetry=configure("gateway", instance="test"),
            # A scheduler has no use for these.
            objects=cast("Any", None),
            read_models=cast("Any", None),
        )
        beside = [
            asyncio.create_task(schedule(deps, Backoff(0.1, 0.5), stop=stop)),
            asyncio.create_task(dispatch(bus, Caps(), stop=stop)),
            asyncio.create_task(run.follow()),
        ]
        try:
            await asyncio.gather(*(run.add_executor() for _ in range(EXECUTORS)))
            yield run
        finally:
            stop.set()
            beside[-1].cancel()
            await asyncio.gather(*beside, return_exceptions=True)


def _encoded(address: Address, event: LifecycleEvent, number: int) -> bytes:
    stamp = Stamp(
        id=str(uuid.uuid4()),
        source="/cloche/nobody/x",
        address=address,
        time=datetime.now(UTC),
        sequence=number,
    )
    return codec.encode(event, stamp)
