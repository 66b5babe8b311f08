"""`EventBus.append_all` of every adapter: all messages or none, and safe to try again."""

import asyncio
from contextlib import aclosing
from uuid import uuid4

import pytest
from cloche_kit.bus import (
    MOST_TOGETHER,
    Appended,
    BusError,
    BusUnavailable,
    Conflict,
    EventBus,
    Expectation,
    Message,
)
from cloche_kit.jetstream import open_bus
from cloche_kit.memory import MemoryBus
from cloche_kit.topology import work_consumer
from cloche_schemas import subjects
from cloche_schemas.subjects import Address
from support.bus import ACK_WAIT, an_address, append, bus_settings
from support.nats import NatsServer


def message(address: Address, data: bytes = b"{}", msg_id: str = "") -> Message:
    """The first one of a new evaluation."""
    return Message(
        subject=address.queued("auto", "normal"),
        data=data,
        msg_id=msg_id or str(uuid4()),
        expect=Expectation(address.lifecycle, 0),
        headers={"traceparent": "00-x"},
    )


async def test_all_messages_are_there_in_order_and_go_where_one_alone_would(bus: EventBus) -> None:
    addresses = [an_address() for _ in range(5)]
    feed = await bus.live(subjects.ALL_LIVE)
    result = await bus.append_all([message(a, b"%d" % n) for n, a in enumerate(addresses)])

    assert result == Appended(5)
    for number, address in enumerate(addresses):
        (stored,) = await bus.history(address.tenant, address.evaluation)
        assert (stored.sequence, stored.data) == (number + 1, b"%d" % number)
        assert stored.headers["traceparent"] == "00-x"
    async with asyncio.timeout(2.0), aclosing(feed):
        assert [(await anext(feed)).sequence for _ in range(5)] == [1, 2, 3, 4, 5]
    durable = work_consumer("auto", "normal", ack_wait=ACK_WAIT)
    work = await bus.pull(durable, batch=5, wait=2.0)
    while len(work) < 5:
        work += await bus.pull(durable, batch=5, wait=2.0)
    assert [one.stored.sequence for one in work] == [1, 2, 3, 4, 5]


async def test_one_that_does_not_find_what_it_expects_keeps_all_others_out(bus: EventBus) -> None:
    taken = an_address()
    await append(bus, taken.log)
    before = await bus.state()
    messages = [message(an_address()), message(taken), message(an_address())]
    assert await bus.append_all(messages) == Conflict(0)
    assert await bus.state() == before


async def test_the_same_again_is_a_duplicate_and_stores_nothing(bus: EventBus) -> None:
    messages = [message(an_address()) for _ in range(3)]
    assert await bus.append_all(messages) == Appended(3)
    assert await bus.append_all(messages) == Appended(3, duplicate=True)
    assert (await bus.state()).last == 3


async def test_a_single_message_may_be_all(bus: EventBus) -> None:
    assert await bus.append_all([message(an_address())]) == Appended(1)


async def test_as_many_as_may_be_are_taken_and_one_more_or_none_is_not(bus: EventBus) -> None:
    messages = [message(an_address(), msg_id=str(n)) for n in range(MOST_TOGETHER + 1)]
    for wrong in ([], messages):
        with pytest.raises(BusError):
            await bus.append_all(wrong)
    assert (await bus.state()).last == 0
    assert await bus.append_all(messages[:-1]) == Appended(MOST_TOGETHER)


async def test_of_those_that_want_the_same_place_one_gets_it_whole(bus: EventBus) -> None:
    addresses = [an_address() for _ in range(20)]
    results = await asyncio.gather(
        *(bus.append_all([message(a, b"%d" % who) for a in addresses]) for who in range(6))
    )
    assert [type(result) for result in results].count(Appended) == 1
    assert [result for result in results if isinstance(result, Conflict)] == [Conflict(0)] * 5
    assert (await bus.state()).last == 20
    data = {(await bus.history(a.tenant, a.evaluation))[0].data for a in addresses}
    assert len(data) == 1


@pytest.mark.parametrize("adapter", ["memory", "jetstream"])
async def test_a_log_that_is_full_takes_no_part_of_them(
    adapter: str, nats_server: NatsServer
) -> None:
    messages = [message(an_address(), bytes(100_000)) for _ in range(20)]
    if adapter == "memory":
        bus: EventBus = MemoryBus(max_bytes=1 << 20)
        with pytest.raises(BusUnavailable):
            await bus.append_all(messages)
        assert (await bus.state()).last == 0
        return
    async with open_bus(bus_settings(nats_server.url, stream_max_bytes=1 << 20), name="t") as bus:
        with pytest.raises(BusUnavailable):
            await bus.append_all(messages)
        assert (await bus.state()).last == 0
        assert await bus.append_all(messages[:3]) == Appended(3)
