"""A log that filled up while no storage ran: what it waits to be told needs room that only telling would make."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from cloche_kit.bus import LogFull
from cloche_kit.memory import MemoryBus
from cloche_kit.progress import READ_MODELS, Progress
from cloche_schemas.events import EvaluationEvent
from cloche_schemas.subjects import Address
from support.archive import World
from support.recorded import address_of, chunks, completed, queued, started, story
from support.waiting import wait_until

ROOM = 60_000
# Looked at often, and nothing is too young.
QUICK: dict[str, Any] = {"retention_seconds": 0.05, "retention_pressure_age_seconds": 0}
WROTE = story(("stdout", b"x" * 2000), ("stderr", b"y" * 500))


async def a_full_log(events: list[EvaluationEvent]) -> tuple[World, list[Address]]:
    """As many evaluations as fit, and of one more what fits: no byte is left."""
    world = World()
    world.bus = MemoryBus(max_bytes=ROOM)
    world.log.bus = world.bus
    over = await until_full(world, events)
    over_at = (await world.log.read(over[-1])).position.sequence
    state = await world.bus.state()
    world.bus._max_bytes = state.bytes
    await say(world, over_at)
    return world, over


async def until_full(world: World, events: list[EvaluationEvent]) -> list[Address]:
    """Evaluations one after the other; those that fit as a whole."""
    over: list[Address] = []
    for number in range(1, 200):
        try:
            await world.append(address_of(number), *events)
        except LogFull:
            break
        over.append(address_of(number))
    return over


async def say(world: World, upto: int) -> None:
    """The projector has seen everything; what lies beyond `upto` is open."""
    state = await world.bus.state()
    word = Progress(
        epoch=state.epoch, sequence=state.last, oldest_open=upto + 1, at=datetime.now(UTC)
    )
    await world.bus.progress.say(READ_MODELS, word)


async def test_it_makes_room_and_everybody_is_told() -> None:
    world, over = await a_full_log(WROTE)
    async with world.storage(**QUICK):

        async def told() -> bool:
            return all([await world.announced(address) for address in over])

        await wait_until(told, 20)
        await say(world, (await world.bus.state()).last)
        await world.append(address_of(5000), queued())
    for address in over:
        assert await world.output(address, "stdout") == b"x" * 2000
        assert await world.output(address, "stderr") == b"y" * 500


async def test_one_that_is_open_for_long_does_not_keep_what_others_wrote() -> None:
    """Nothing lies before it, so nothing can be trimmed as a whole; and it could not end."""
    world = World()
    world.bus = MemoryBus(max_bytes=ROOM)
    world.log.bus = world.bus
    long = address_of(9999)
    await world.append(long, queued(), started())
    await world.append(address_of(9998), queued(), started(), *chunks(("stdout", b"z" * 500)))
    async with world.storage(**QUICK) as storage:
        over = await until_full(world, WROTE)
        end = completed(())
        with pytest.raises(LogFull):
            await world.append(long, end)
        await wait_until(lambda: storage._held and not storage._held.untold)
        await say(world, 0)

        async def ends() -> bool:
            try:
                await world.append(long, end)
            except LogFull:
                await say(world, 0)
                return False
            return True

        await wait_until(ends, 20, every=0.1)
    # What has gone is in the archive, and of who was open nothing has.
    assert len(over) > 3
    everything = [stored.sequence for stored in await world.archived()]
    assert everything == list(range(1, everything[-1] + 1))
    assert [await world.bus.get(sequence) is not None for sequence in range(1, 7)] == [
        *(True, True, True, True, True),
        False,
    ]
    for address in over:
        assert await world.output(address, "stdout") == b"x" * 2000


async def test_it_makes_room_where_nothing_was_written() -> None:
    world, over = await a_full_log(story())
    async with world.storage(**QUICK):

        async def trimmed() -> bool:
            return (await world.bus.state()).bytes < ROOM * 0.9

        await wait_until(trimmed, 20)
    assert len(over) > 10


async def test_whose_chunks_have_gone_before_it_was_told_is_told_after_a_crash() -> None:
    world, over = await a_full_log(WROTE)
    async with world.storage(crash=True, retention_seconds=1e6) as storage:
        await wait_until(lambda: storage._held and len(storage._held.untold) > 2, 20)
        await wait_until(caught_up(world), 20)
    for address in over:
        await world.bus.trim((await world.bus.state()).last, address.output(1))
    async with world.storage("b", **QUICK):

        async def told() -> bool:
            return all([await world.announced(address) for address in over])

        await wait_until(told, 20)
    assert not await world.bus.parked()
    for address in over:
        assert await world.output(address, "stdout") == b"x" * 2000


def caught_up(world: World) -> Callable[[], Awaitable[bool]]:
    async def archived() -> bool:
        return (await world.manifest()).archived == (await world.bus.state()).last

    return archived
