"""Archive and stream as one history: whatever the stream has forgotten, nothing is missing and nothing comes twice."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

import pytest
from cloche_kit.archive.reader import ArchiveReader
from cloche_kit.archive.replay import Trimmed, replay
from cloche_kit.bus import Stored, StreamState
from cloche_kit.memory import MemoryBus
from support.archive import World
from support.recorded import address_of, story
from support.waiting import wait_until


class Forgetful(MemoryBus):
    """A stream that no longer holds the sequences in `gone`."""

    def __init__(self) -> None:
        super().__init__()
        self.gone: set[int] = set()

    async def state(self) -> StreamState:
        state = await super().state()
        left = [number for number in range(1, state.last + 1) if number not in self.gone]
        first = left[0] if left else state.last + 1
        deleted = sum(number > first for number in self.gone)
        return StreamState(state.epoch, first, state.last, deleted)

    async def _follow(self, after: int) -> AsyncGenerator[list[Stored], None]:
        async for batch in super().follow(after=after):
            if kept := [one for one in batch if one.sequence not in self.gone]:
                yield kept

    def follow(
        self, *, after: int, filters: Sequence[str] = (), batch: int = 500
    ) -> AsyncGenerator[list[Stored], None]:
        return self._follow(after)


async def everything(world: World, after: int, last: int) -> list[int]:
    reader = ArchiveReader(world.objects, stream="EVALUATIONS")
    seen: list[int] = []
    async with aclosing(replay(world.bus, reader, after=after, batch=4)) as batches:
        async for batch in batches:
            seen += [one.sequence for one in batch]
            if seen[-1] >= last:
                return seen
    raise AssertionError("a replay goes on for ever")


@pytest.fixture
async def world() -> World:
    """Two evaluations in the archive and one that is only on the stream."""
    world = World()
    world.bus = Forgetful()
    world.log.bus = world.bus
    for number in (1, 2):
        await world.append(address_of(number), *story(*(("stdout", b"x"),) * 5))
    last = (await world.bus.state()).last

    async def archived() -> bool:
        return (await world.manifest()).archived >= last

    async with world.storage():
        await wait_until(archived)
    await world.append(address_of(3), *story(("stdout", b"y")))
    return world


@pytest.mark.parametrize("after", [0, 3, 9, 12])
@pytest.mark.parametrize("gone", [set(), {1, 2, 3}, {4, 6}, set(range(1, 11)), {1, 2, 5, 9}])
async def test_nothing_is_missing_and_nothing_twice(
    world: World, after: int, gone: set[int]
) -> None:
    bus = world.bus
    assert isinstance(bus, Forgetful)
    bus.gone = gone
    last = (await bus.state()).last
    assert (await world.manifest()).archived < last
    assert await everything(world, after, last) == list(range(after + 1, last + 1))


async def test_what_no_archive_has_is_said_to_be_gone(world: World) -> None:
    bus = world.bus
    assert isinstance(bus, Forgetful)
    bus.gone = {1, 2, 3}
    world.objects._objects.clear()
    with pytest.raises(Trimmed) as caught:
        await everything(world, 1, 9)
    assert caught.value.first == 4
