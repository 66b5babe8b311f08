"""What the event bus promises of durables, deliveries and parked messages, on both adapters (see test_bus.py)."""

import asyncio

import pytest
from cloche_kit.bus import EventBus
from cloche_kit.topology import SCHEDULER, work_consumer
from support.bus import ACK_WAIT, an_address, append, pull_one

WORK = work_consumer("auto", "normal", ack_wait=ACK_WAIT)


# --- pull -------------------------------------------------------------------------------------------------------------


async def test_queued_events_become_work_and_show_their_place_on_the_log(bus: EventBus) -> None:
    address = an_address()
    await append(bus, address.log, b"no work")
    sequence = await append(bus, address.queued("auto", "normal"), b"work")
    await append(bus, address.queued("docker", "normal"), b"another's work")

    delivery = await pull_one(bus, WORK)
    stored = delivery.stored
    assert (stored.subject, stored.sequence) == (address.queued("auto", "normal"), sequence)
    assert stored.data == b"work"
    assert delivery.deliveries == 1
    await delivery.ack()
    assert await bus.pull(WORK, wait=0.0) == []
    other = await pull_one(bus, work_consumer("docker", "normal", ack_wait=ACK_WAIT))
    assert other.stored.data == b"another's work"


async def test_pull_takes_no_more_than_asked_and_keeps_the_order(bus: EventBus) -> None:
    for number in range(5):
        await append(bus, an_address().log, b"%d" % number)
    first = await bus.pull(SCHEDULER, batch=3, wait=1.0)
    second = await bus.pull(SCHEDULER, batch=3, wait=1.0)
    assert [one.stored.data for one in first + second] == [b"0", b"1", b"2", b"3", b"4"]
    assert len(first) == 3


async def test_pull_waits_for_the_first_message_and_no_longer(bus: EventBus) -> None:
    async def later() -> None:
        await asyncio.sleep(0.1)
        await append(bus, an_address().log, b"came")

    loop = asyncio.get_running_loop()
    begin = loop.time()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(later())
        [delivery] = await bus.pull(SCHEDULER, batch=10, wait=5.0)
    assert delivery.stored.data == b"came"
    assert loop.time() - begin < 2.0


async def test_pull_without_a_message_ends_after_its_wait(bus: EventBus) -> None:
    loop = asyncio.get_running_loop()
    begin = loop.time()
    assert await bus.pull(SCHEDULER, wait=0.0) == []
    assert loop.time() - begin < 0.5
    assert await bus.pull(SCHEDULER, wait=0.3) == []
    assert 0.25 < loop.time() - begin < 2.0


async def test_what_is_not_acked_is_delivered_again_and_counted(bus: EventBus) -> None:
    await append(bus, an_address().queued("auto", "normal"), b"work")
    first = await pull_one(bus, WORK)
    assert await bus.pull(WORK, wait=0.0) == []

    second = await pull_one(bus, WORK, wait=ACK_WAIT * 4)
    assert (first.deliveries, second.deliveries) == (1, 2)
    assert second.stored == first.stored
    await second.ack()
    assert await bus.pull(WORK, wait=ACK_WAIT * 2) == []


async def test_in_progress_keeps_a_delivery(bus: EventBus) -> None:
    await append(bus, an_address().queued("auto", "normal"))
    delivery = await pull_one(bus, WORK)
    for _ in range(6):
        assert await bus.pull(WORK, wait=ACK_WAIT / 3) == []
        await delivery.in_progress()
    await delivery.ack()
    assert await bus.pull(WORK, wait=ACK_WAIT * 2) == []


async def test_nak_brings_it_back_at_once_or_after_its_delay(bus: EventBus) -> None:
    await append(bus, an_address().log)
    loop = asyncio.get_running_loop()
    await (await pull_one(bus, SCHEDULER)).nak()
    second = await pull_one(bus, SCHEDULER)
    assert second.deliveries == 2

    begin = loop.time()
    await second.nak(0.3)
    third = await pull_one(bus, SCHEDULER)
    assert third.deliveries == 3
    assert 0.25 < loop.time() - begin < 2.0


async def test_a_late_word_counts_for_whoever_holds_the_message_now(bus: EventBus) -> None:
    """Why an executor that was silent for too long says nothing about its message any more."""
    await append(bus, an_address().log)
    late = await pull_one(bus, SCHEDULER)
    await late.nak()
    holder = await pull_one(bus, SCHEDULER)

    await late.nak()
    again = await pull_one(bus, SCHEDULER)
    assert (holder.deliveries, again.deliveries) == (2, 3)
    await late.ack()
    await again.nak()
    assert await bus.pull(SCHEDULER, wait=0.2) == []


async def test_a_cancelled_pull_loses_nothing(bus: EventBus) -> None:
    pulling = asyncio.ensure_future(bus.pull(WORK, wait=5.0))
    await asyncio.sleep(0.05)
    pulling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await pulling
    await append(bus, an_address().queued("auto", "normal"), b"work")
    assert (await pull_one(bus, WORK)).stored.data == b"work"


# --- park -------------------------------------------------------------------------------------------------------------


async def test_a_parked_message_is_kept_with_why_where_and_by_whom(bus: EventBus) -> None:
    sequence = await append(bus, an_address().log, b"\x00not JSON\xff")
    stored = await bus.get(sequence)
    assert stored is not None
    await bus.park(
        stored, handler="projector", reason="malformed", detail="line 1\r\nö", deliveries=4
    )

    [parked] = await bus.parked()
    assert parked.stored == stored
    assert (parked.handler, parked.reason, parked.deliveries) == ("projector", "malformed", 4)
    assert parked.detail == "line 1\r\nö"


async def test_a_message_is_parked_once_for_each_handler(bus: EventBus) -> None:
    stored = await bus.get(await append(bus, an_address().log, b"poison"))
    assert stored is not None
    for _ in range(2):
        await bus.park(stored, handler="projector", reason="first")
        await bus.park(stored, handler="storage", reason="first")
    await bus.park(stored, handler="projector", reason="second")

    assert sorted((one.handler, one.reason) for one in await bus.parked()) == [
        ("projector", "first"),
        ("storage", "first"),
    ]
