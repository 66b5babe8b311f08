"""Forgetting a part of the log, on both adapters: what is left is as it was, and so is what was queued from it."""

import asyncio
from contextlib import aclosing

import pytest
from cloche_kit.bus import Appended, Conflict, EventBus, Expectation
from cloche_kit.topology import SCHEDULER, released_consumer, work_consumer
from cloche_schemas.subjects import Address
from support.bus import an_address, append, pull_one
from support.waiting import wait_until


async def filled(bus: EventBus) -> tuple[Address, Address]:
    """Two tenants in turn, 1 to 8: odd sequences are ours, even ones theirs."""
    ours, theirs = an_address("ours"), an_address("theirs")
    for number in range(4):
        for address in (ours, theirs):
            await append(bus, address.log, b"%d" % number)
    return ours, theirs


async def sequences(bus: EventBus, after: int, until: int, *filters: str) -> list[int]:
    found: list[int] = []
    async with asyncio.timeout(5), aclosing(bus.follow(after=after, filters=filters)) as batches:
        async for batch in batches:
            found += [one.sequence for one in batch]
            if found[-1] >= until:
                return found
    raise AssertionError("a follow goes on for ever")


async def test_what_is_beyond_the_trim_stays_as_it_was(bus: EventBus) -> None:
    ours, theirs = await filled(bus)
    assert await bus.trim(5) == 5
    state = await bus.state()
    assert (state.first, state.last, state.deleted) == (6, 8, 0)
    assert [await bus.get(number) is None for number in (1, 5, 6, 8)] == [1, 1, 0, 0]
    assert [one.sequence for one in await bus.history(ours.tenant, ours.evaluation)] == [7]
    last = await bus.last(theirs.log)
    assert last is not None
    assert (last.sequence, last.data) == (8, b"3")
    # From before the trim one is given what is left.
    assert await sequences(bus, 0, 8) == [6, 7, 8]
    assert await sequences(bus, 6, 8, ours.everything, theirs.everything) == [7, 8]
    # And the same again changes nothing.
    assert await bus.trim(5) == 0
    assert await bus.trim(0) == 0


async def test_of_one_tenant_alone(bus: EventBus) -> None:
    ours, theirs = await filled(bus)
    assert await bus.trim(6, "evaluations.theirs.>") == 3
    state = await bus.state()
    assert (state.first, state.last, state.deleted) == (1, 8, 3)
    assert await sequences(bus, 0, 8) == [1, 3, 5, 7, 8]
    assert await bus.history(theirs.tenant, theirs.evaluation) == [await bus.get(8)]
    assert [await bus.count(f"evaluations.{name}.>") for name in ("ours", "theirs", "x")] == [
        4,
        1,
        0,
    ]
    assert await bus.trim(3) == 2
    state = await bus.state()
    assert (state.first, state.deleted) == (5, 1)
    assert await bus.count(ours.log) == 2


async def test_a_log_that_holds_nothing_goes_on_where_it_was(bus: EventBus) -> None:
    await filled(bus)
    epoch = (await bus.state()).epoch
    # However far beyond the end: the end is where it was.
    assert await bus.trim(1000) == 8
    state = await bus.state()
    assert (state.epoch, state.first, state.last, state.deleted) == (epoch, 9, 8, 0)
    assert await append(bus, an_address().log) == 9
    assert await sequences(bus, 8, 9) == [9]
    assert await sequences(bus, 3, 9) == [9]


async def test_its_size_shrinks(bus: EventBus) -> None:
    await filled(bus)
    before = await bus.state()
    await bus.trim(4)
    after = await bus.state()
    assert 0 < after.bytes < before.bytes


async def test_expectations_hold_for_what_is_left(bus: EventBus) -> None:
    ours, theirs = await filled(bus)
    await bus.trim(7)

    async def expecting(address: Address, sequence: int, msg_id: str) -> Appended | Conflict:
        expect = Expectation(address.lifecycle, sequence)
        return await bus.append(address.log, b"x", msg_id=msg_id, expect=expect)

    # Ours is gone as a whole: there is nothing that could be expected. Of theirs the last one is left.
    assert await expecting(ours, 7, "a") == Conflict(7)
    assert await expecting(theirs, 6, "b") == Conflict(6)
    assert await expecting(theirs, 8, "c") == Appended(9)
    assert await expecting(ours, 0, "d") == Appended(10)


async def test_who_follows_while_it_is_trimmed_misses_nothing_beyond(bus: EventBus) -> None:
    ours, _ = await filled(bus)
    seen: list[int] = []
    async with asyncio.timeout(10), aclosing(bus.follow(after=0, batch=2)) as batches:
        async for batch in batches:
            seen += [one.sequence for one in batch]
            if len(seen) == 2:
                await bus.trim(4)
                await append(bus, ours.log)
            if seen[-1] == 9:
                break
    assert seen[:2] == [1, 2]
    # What was on its way may still come.
    assert seen[2:] in ([3, 4, 5, 6, 7, 8, 9], [5, 6, 7, 8, 9])


async def test_what_waits_in_the_queues_is_not_disturbed(bus: EventBus) -> None:
    """WORK, HELD and RELEASED are sourced from the log; they keep what they have, redelivery included."""
    work = work_consumer("auto", "normal", ack_wait=0.5)
    released = released_consumer("auto", "normal", ack_wait=0.5)
    address = an_address()
    queued = address.queued("auto", "normal")
    held = address.held("auto", "normal", "tenant")
    await append(bus, queued, b"one")
    await append(bus, held, b"two")
    await append(bus, held, b"three")
    first = await pull_one(bus, work)
    assert first.deliveries == 1

    async def waits() -> list[bytes]:
        subject = f"held.auto.normal.{address.tenant}.tenant"
        return [one.stored.data for one in await bus.queue.held(subject)]

    async def both_wait() -> bool:
        return await waits() == [b"two", b"three"]

    await wait_until(both_wait)
    [two, _] = await bus.queue.held(f"held.auto.normal.{address.tenant}.tenant")
    await bus.queue.release(two)

    assert await bus.trim(3) == 3

    assert await waits() == [b"three"]
    assert (await pull_one(bus, released)).stored.data == b"two"
    again = await pull_one(bus, work)
    assert (again.stored.data, again.stored.sequence, again.deliveries) == (b"one", 1, 2)
    await again.ack()
    # And what comes now is queued as ever.
    await append(bus, queued, b"four")
    assert (await pull_one(bus, work)).stored.data == b"four"


async def test_a_durable_of_the_log_goes_on_behind_it(bus: EventBus) -> None:
    ours, _ = await filled(bus)
    held = await pull_one(bus, SCHEDULER)
    assert held.stored.sequence == 1
    await bus.trim(6)
    await held.ack()
    assert [(await pull_one(bus, SCHEDULER)).stored.sequence for _ in range(2)] == [7, 8]
    await append(bus, ours.log)
    assert (await pull_one(bus, SCHEDULER)).stored.sequence == 9


@pytest.mark.parametrize("filter_", ["", "evaluations.ours.>"])
async def test_nothing_is_trimmed_of_an_empty_log(bus: EventBus, filter_: str) -> None:
    assert await bus.trim(10, filter_) == 0
    assert await append(bus, an_address("ours").log) == 1
