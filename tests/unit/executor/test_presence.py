"""What an executor says of itself while it works, drains and is gone."""

import asyncio

import msgspec
from cloche_executor.presence import Presence
from cloche_executor.settings import Terms
from cloche_executor.stations import Station, Stations
from cloche_kit.memory import MemoryBus
from cloche_schemas.queue import ExecutorState
from support.fake_engine import ColdPool, FakeEngine
from support.waiting import wait_until

TERMS = Terms(
    installation="i", executor="e1", slots=3, ack_wait=5.0, drain_seconds=0.0, stop_seconds=5.0
)


def stations() -> Stations:
    engine = FakeEngine()
    return Stations([Station(engine, ColdPool(engine))])


async def said(bus: MemoryBus) -> list[ExecutorState]:
    return [msgspec.json.decode(one, type=ExecutorState) for one in await bus.executors.there()]


async def test_it_says_what_it_takes_until_it_is_gone() -> None:
    bus = MemoryBus()
    presence = Presence(bus.executors, stations(), TERMS, lambda: 2)
    keeping = asyncio.create_task(presence.keep())
    await wait_until(lambda: said(bus))
    [state] = await said(bus)
    assert (state.executor, state.slots, state.busy, state.draining) == ("e1", 3, 2, False)
    assert state.takes[-1] == "auto"
    assert [engine.able for engine in state.engines] == [True]
    keeping.cancel()
    await presence.drain()
    [state] = await said(bus)
    assert (state.draining, state.takes) == (True, ())
    await presence.withdraw()
    assert await said(bus) == []


async def test_a_log_that_is_away_stops_nobody() -> None:
    bus = MemoryBus()
    presence = Presence(bus.executors, stations(), TERMS, lambda: 0)
    bus.available = False
    await presence.drain()
    await presence.withdraw()
    bus.available = True
    assert await said(bus) == []
