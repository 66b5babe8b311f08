"""Records that are changed by compare-and-set, and the clock that everybody goes by."""

import asyncio
import time

from cloche_kit.bus import BusUnavailable, EventBus
from cloche_kit.jetstream import JetStreamBus
from cloche_kit.memory import MemoryBus
from cloche_kit.registers import Register
from support.bus import append
from support.nats import NatsServer

# What the clocks of one machine may differ by, and an answer may take.
LEEWAY = 5 * 10**9


async def test_a_record_is_what_was_written_last(bus: EventBus) -> None:
    budgets = bus.budgets
    assert await budgets.read("a.read") is None
    first = await budgets.write("a.read", b"1", after=0)
    assert first is not None
    assert await budgets.read("a.read") == Register(b"1", first)
    second = await budgets.write("a.read", b"2", after=first)
    assert second is not None
    assert second > first
    assert await budgets.read("a.read") == Register(b"2", second)
    # Each name is one of its own, and none is part of the log.
    assert await budgets.read("a.write") is None
    assert (await bus.state()).last == 0


async def test_whoever_knows_an_older_revision_changes_nothing(bus: EventBus) -> None:
    budgets = bus.budgets
    first = await budgets.write("a.read", b"1", after=0)
    assert first is not None
    assert await budgets.write("a.read", b"other", after=0) is None
    second = await budgets.write("a.read", b"2", after=first)
    assert await budgets.write("a.read", b"late", after=first) is None
    assert await budgets.read("a.read") == Register(b"2", second or 0)


async def test_of_many_that_write_after_the_same_revision_one_does(bus: EventBus) -> None:
    wrote = await asyncio.gather(
        *(bus.budgets.write("a.read", b"%d" % n, after=0) for n in range(8))
    )
    [revision] = [one for one in wrote if one is not None]
    number = wrote.index(revision)
    assert await bus.budgets.read("a.read") == Register(b"%d" % number, revision)


async def test_the_clock_tells_the_time_and_goes_on(bus: EventBus) -> None:
    first = await bus.budgets.clock()
    assert abs(first - time.time_ns()) < LEEWAY
    await asyncio.sleep(0.01)
    assert await bus.budgets.clock() - first >= 9 * 10**6


async def test_what_is_written_outlives_the_server(
    nats_server: NatsServer, jetstream_bus: JetStreamBus
) -> None:
    revision = await jetstream_bus.budgets.write("a.read", b"1", after=0)
    await nats_server.restart()
    await jetstream_bus.connection.wait_up(10.0)
    await append(jetstream_bus, "evaluations.x.y.lifecycle.log")
    assert await jetstream_bus.budgets.read("a.read") == Register(b"1", revision or 0)


async def test_a_bus_that_is_away_is_unavailable_at_once() -> None:
    bus = MemoryBus()
    bus.available = False
    for call in (
        bus.budgets.read("a.read"),
        bus.budgets.write("a.read", b"", after=0),
        bus.budgets.clock(),
    ):
        try:
            await call
        except BusUnavailable:
            continue
        raise AssertionError("it answered")
