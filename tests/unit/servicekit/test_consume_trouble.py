"""The consume loop in trouble: stops, slow handlers, lost acks, lost streams."""

import asyncio

import pytest
from cloche_kit import consume as loop
from cloche_kit.bus import BusUnavailable, Durable, Stored, StreamLost
from cloche_kit.consume import consume
from cloche_kit.memory import MemoryBus
from cloche_kit.memory_queue import MemoryDelivery
from cloche_kit.topology import EVALUATIONS, SCHEDULER
from cloche_schemas.envelope import Envelope
from cloche_schemas.events import EvaluationEvent
from support.bus import an_address, append
from support.consuming import Seen, consuming, message
from support.waiting import wait_until


@pytest.fixture(autouse=True)
def _short_delays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "FIRST_DELAY", 0.01)
    monkeypatch.setattr(loop, "RECONNECT_PAUSE", 0.01)


async def test_asked_to_stop_it_finishes_the_event_in_hand_and_gives_the_others_back() -> None:
    bus = MemoryBus(ack_wait=30.0)
    address = an_address()
    for _ in range(3):
        await append(bus, address.log, message(address))
    begun, go_on = asyncio.Event(), asyncio.Event()
    done: list[int] = []

    async def handler(stored: Stored, _envelope: Envelope, _event: EvaluationEvent) -> None:
        begun.set()
        await go_on.wait()
        done.append(stored.sequence)

    stop = asyncio.Event()
    task = asyncio.ensure_future(consume(bus, SCHEDULER, handler, name="s", stop=stop))
    await begun.wait()
    stop.set()
    go_on.set()
    await asyncio.wait_for(task, 5.0)

    assert done == [1]
    again = await bus.pull(SCHEDULER, batch=10, wait=1.0)
    assert [delivery.stored.sequence for delivery in again] == [2, 3]


async def test_what_waits_behind_a_slow_event_is_not_delivered_to_others() -> None:
    bus = MemoryBus()
    durable = Durable(EVALUATIONS, "slow", SCHEDULER.filter, ack_wait=0.3)
    address = an_address()
    for _ in range(2):
        await append(bus, address.log, message(address))
    handled: list[int] = []

    async def handler(stored: Stored, _envelope: Envelope, _event: EvaluationEvent) -> None:
        await asyncio.sleep(0.5)
        handled.append(stored.sequence)

    stop = asyncio.Event()
    task = asyncio.ensure_future(consume(bus, durable, handler, name="slow", stop=stop))
    await wait_until(lambda: len(handled) == 2)
    assert await bus.pull(durable, wait=0.5) == []
    stop.set()
    await asyncio.wait_for(task, 5.0)
    assert handled == [1, 2]


async def test_a_parking_place_that_cannot_be_reached_brings_the_event_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bus = MemoryBus()
    park, tries = bus.park, 0

    async def park_later(
        stored: Stored, *, handler: str, reason: str, detail: str = "", deliveries: int = 1
    ) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise BusUnavailable("full")
        await park(stored, handler=handler, reason=reason, detail=detail, deliveries=deliveries)

    monkeypatch.setattr(bus, "park", park_later)
    await append(bus, an_address().log, b"not JSON")
    async with consuming(bus, Seen()):
        await wait_until(lambda: len(bus.letters.all()) == 1)
    assert tries == 2


async def test_a_stream_lost_inside_a_handler_ends_the_loop() -> None:
    bus = MemoryBus()

    def react(_: Stored) -> None:
        raise StreamLost("gone")

    address = an_address()
    await append(bus, address.log, message(address))
    async with consuming(bus, Seen(react)) as task:
        with pytest.raises(StreamLost):
            await asyncio.wait_for(task, 5.0)


async def test_an_ack_that_gets_lost_does_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    def lose(_delivery: MemoryDelivery) -> asyncio.Future[object]:
        lost: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        lost.set_exception(BusUnavailable("timeout"))
        return lost

    monkeypatch.setattr(MemoryDelivery, "ack_soon", lose)
    bus = MemoryBus(ack_wait=0.1)
    address = an_address()
    await append(bus, address.log, message(address))
    handler = Seen()
    async with consuming(bus, handler):
        await wait_until(lambda: handler.sequences[:2] == [1, 1])
        monkeypatch.undo()
