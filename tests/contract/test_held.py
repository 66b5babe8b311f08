"""What is promised of the queue's other side, on both adapters (see test_bus.py): held back, released, counted."""

import asyncio
from contextlib import aclosing

from cloche_kit.bus import EventBus
from cloche_kit.queue import Depth
from cloche_kit.topology import released_consumer, work_consumer
from cloche_schemas import subjects
from support.bus import ACK_WAIT, an_address, append, pull_one

WORK = work_consumer("auto", "normal", ack_wait=ACK_WAIT)
RELEASED = released_consumer("auto", "normal", ack_wait=ACK_WAIT)
HELD = "held.auto.normal.main.all"


async def shows(bus: EventBus, wanted: Depth) -> None:
    """The queue is counted so, soon: the server sources it a moment later."""
    async with asyncio.timeout(5.0):
        while await bus.queue.depth() != wanted:  # noqa: ASYNC110 - there is nothing to wait for
            await asyncio.sleep(0.01)


async def hold(bus: EventBus, *words: bytes, turns: str = "all") -> list[int]:
    """Sequences on the log of events that are held."""
    return [await append(bus, an_address().held("auto", "normal", turns), word) for word in words]


async def test_what_is_held_is_no_work_until_it_is_released(bus: EventBus) -> None:
    sequences = await hold(bus, b"first", b"second")
    await shows(bus, Depth({}, {HELD: 2}))
    assert await bus.pull(WORK, wait=0.0) == []
    first, second = await bus.queue.held(HELD)
    assert [first.stored.sequence, second.stored.sequence] == sequences
    assert [first.stored.data, second.stored.data] == [b"first", b"second"]

    await bus.queue.release(first)
    await shows(bus, Depth({"work.auto.normal.main.all": 1}, {HELD: 1}))
    delivery = await pull_one(bus, RELEASED)
    assert delivery.stored.sequence == sequences[0]
    assert delivery.stored.subject == first.stored.subject
    assert delivery.stored.data == b"first"
    assert [one.stored.data for one in await bus.queue.held(HELD)] == [b"second"]
    await delivery.ack()
    await shows(bus, Depth({}, {HELD: 1}))


async def test_a_release_said_twice_queues_once(bus: EventBus) -> None:
    await hold(bus, b"work")
    await shows(bus, Depth({}, {HELD: 1}))
    [held] = await bus.queue.held(HELD)
    await bus.queue.release(held)
    await bus.queue.release(held)
    await shows(bus, Depth({"work.auto.normal.main.all": 1}, {}))
    await (await pull_one(bus, RELEASED)).ack()
    assert await bus.pull(RELEASED, wait=ACK_WAIT * 2) == []


async def test_what_is_dropped_is_gone_and_may_be_dropped_again(bus: EventBus) -> None:
    await hold(bus, b"one", b"two", b"three")
    await shows(bus, Depth({}, {HELD: 3}))
    one, two, _ = await bus.queue.held(HELD)
    await bus.queue.drop(two)
    await bus.queue.drop(two)
    await shows(bus, Depth({}, {HELD: 2}))
    left = await bus.queue.held(HELD, after=one.sequence)
    assert [held.stored.data for held in left] == [b"three"]
    assert len(await bus.queue.held(HELD, most=1)) == 1


async def test_turns_and_tenants_are_counted_apart_and_work_with_what_runs(bus: EventBus) -> None:
    await hold(bus, b"of a batch", turns="b1")
    await hold(bus, b"of the tenant")
    await append(bus, an_address("other").held("auto", "normal", "all"), b"of another")
    await append(bus, an_address("other").queued("auto", "normal"), b"at once")
    held = {"held.auto.normal.main.b1": 1, HELD: 1, "held.auto.normal.other.all": 1}
    await shows(bus, Depth({"work.auto.normal.other": 1}, held))
    await pull_one(bus, WORK)
    await shows(bus, Depth({"work.auto.normal.other": 1}, held))


async def test_a_release_is_announced_without_its_tenant(bus: EventBus) -> None:
    await hold(bus, b"work")
    await shows(bus, Depth({}, {HELD: 1}))
    async with aclosing(await bus.live(subjects.ALL_RELEASED)) as feed:
        [held] = await bus.queue.held(HELD)
        await bus.queue.release(held)
        async with asyncio.timeout(5.0):
            news = await anext(feed)
    assert subjects.durable_of(news.subject) == RELEASED.name


async def test_the_history_shows_what_is_held(bus: EventBus) -> None:
    address = an_address()
    await append(bus, address.held("auto", "low", "all"), b"queued")
    await append(bus, address.log, b"started")
    found = await bus.history(address.tenant, address.evaluation)
    assert [stored.data for stored in found] == [b"queued", b"started"]
