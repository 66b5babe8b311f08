"""Held evaluations released in turn, on both adapters; and a real crowd before a single one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial

import pytest
from cloche_domain import Submit, decide, fold
from cloche_gateway.dispatcher import dispatch
from cloche_kit.bus import Delivery, EventBus
from cloche_kit.jetstream import JetStreamBus, open_bus
from cloche_kit.log import EventLog, Position, Written
from cloche_kit.memory import MemoryBus
from cloche_kit.telemetry import configure
from cloche_kit.topology import released_consumer, work_consumer
from cloche_schemas.commands import EvaluationSpec
from cloche_schemas.events import EvaluationQueued
from cloche_schemas.queue import ExecutorState
from cloche_schemas.subjects import Address
from cloche_schemas.values import BatchPlace, Limits, Origin
from msgspec import json
from support.bus import an_address, bus_settings
from support.nats import NatsServer
from support.waiting import wait_until

WORK = work_consumer("auto", "normal")
RELEASED = released_consumer("auto", "normal")
SLOTS = 2


class NoCaps:
    def running(self, tenant: str) -> int | None:
        return {"capped": 3}.get(tenant)


@pytest.fixture(params=["memory", "jetstream"])
async def bus(request: pytest.FixtureRequest) -> AsyncIterator[EventBus]:
    """Each adapter, on which nothing is delivered again because a machine is slow."""
    if request.param == "memory":
        yield MemoryBus()
        return
    async with NatsServer.temporary() as server:
        settings = bus_settings(server.url, work_ack_wait=60.0)
        async with open_bus(settings, name="test") as found:
            yield found


@pytest.fixture
def event_log(bus: EventBus) -> EventLog:
    return EventLog(bus, configure("gateway", instance="test"), instance="test")


@asynccontextmanager
async def dispatching(bus: EventBus, slots: int = SLOTS) -> AsyncIterator[None]:
    """An executor says that it is there, and the dispatcher runs."""
    now = datetime.now(UTC)
    state = ExecutorState(executor="x", slots=slots, takes=("auto",), started_at=now, said_at=now)
    await bus.executors.announce("x", json.encode(state))
    stop = asyncio.Event()
    task = asyncio.create_task(dispatch(bus, NoCaps(), stop=stop))
    try:
        yield
    finally:
        stop.set()
        await task


async def submit(
    log: EventLog, tenant: str, *, turns: str | None = "all", batch: BatchPlace | None = None
) -> Address:
    address = an_address(tenant)
    wish = Submit(
        spec=EvaluationSpec(code="pass"), limits=Limits(), turns=turns, origin=Origin(batch=batch)
    )
    event = decide(wish, fold([]))
    assert isinstance(event, EvaluationQueued)
    assert isinstance(await log.append(address, event, after=Position()), Written)
    return address


async def work_of(bus: EventBus, tenant: str) -> int:
    depth = await bus.queue.depth()
    return sum(n for subject, n in depth.work.items() if subject.split(".")[3] == tenant)


async def take(bus: EventBus) -> Delivery:
    async with asyncio.timeout(10):
        while not (found := await bus.pull(WORK, wait=0.0) or await bus.pull(RELEASED, wait=0.05)):
            pass
    return found[0]


async def test_work_gets_less_than_twice_the_slots_and_then_one_for_each_that_ends(
    bus: EventBus, event_log: EventLog
) -> None:
    waiting = [await submit(event_log, "a") for _ in range(10)]
    async with dispatching(bus):
        order = []
        for number in range(10):
            await wait_until(partial(_is, bus, "a", min(3, 10 - number)))
            delivery = await take(bus)
            order.append(delivery.stored.subject.split(".")[2])
            assert await work_of(bus, "a") <= 3
            await delivery.ack()
        assert order == [address.evaluation for address in waiting]
        await wait_until(partial(_is, bus, "a", 0))


async def _is(bus: EventBus, tenant: str, count: int) -> bool:
    return await work_of(bus, tenant) == count


async def test_a_cap_is_never_overstepped(bus: EventBus, event_log: EventLog) -> None:
    for _ in range(12):
        await submit(event_log, "capped")
    async with dispatching(bus, slots=50):
        for left in range(12, 0, -1):
            await wait_until(partial(_is, bus, "capped", min(3, left)))
            delivery = await take(bus)
            assert await work_of(bus, "capped") <= 3
            await delivery.ack()


async def test_a_batch_keeps_its_limit_and_others_pass_by(
    bus: EventBus, event_log: EventLog
) -> None:
    batch = an_address().evaluation
    turns = "b" + batch.replace("-", "")
    for index in range(6):
        place = BatchPlace(id=batch, index=index, size=6, concurrency=2)
        await submit(event_log, "a", turns=turns, batch=place)
    other = await submit(event_log, "a")
    async with dispatching(bus, slots=20):
        await wait_until(partial(_is, bus, "a", 3))
        taken = [await take(bus) for _ in range(3)]
        assert other.evaluation in {one.stored.subject.split(".")[2] for one in taken}
        assert await bus.pull(RELEASED, wait=0.3) == []
        of_batch = [one for one in taken if other.evaluation not in one.stored.subject]
        await of_batch[0].ack()
        await take(bus)
        assert await bus.pull(RELEASED, wait=0.3) == []


async def test_the_first_of_another_tenant_waits_for_one_end_per_slot_at_most(
    bus: EventBus, event_log: EventLog
) -> None:
    # The log in memory looks at everything for each append.
    crowd = 10_000 if isinstance(bus, JetStreamBus) else 300
    for begin in range(0, crowd, 100):
        await asyncio.gather(*(submit(event_log, "a") for _ in range(begin, begin + 100)))
    async with dispatching(bus):
        await wait_until(partial(_is, bus, "a", 3))
        running = [await take(bus) for _ in range(SLOTS)]
        first = await submit(event_log, "b", turns=None)
        # How soon the server copies it into the queue is not what is counted.
        await wait_until(partial(_is, bus, "b", 1))
        ends = 0
        while True:
            await running.pop(0).ack()
            ends += 1
            running.append(await take(bus))
            if running[-1].stored.subject.split(".")[2] == first.evaluation:
                break
        assert ends <= SLOTS
