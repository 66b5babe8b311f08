"""Archive and stream as one history: whatever the stream has forgotten, nothing is missing and nothing comes twice."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

import pytest
from cloche_kit.archive.reader import ArchiveReader
from cloche_kit.archive.replay import Trimmed, recorded, replay
from cloche_kit.bus import Stored
from support.archive import World
from support.forgetful import Forgetful
from support.recorded import address_of, story
from support.waiting import wait_until


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


@pytest.mark.parametrize("upto", [1, 5, 10, 14, 17])
@pytest.mark.parametrize("gone", [set(), {1, 2, 3}, {4, 6}, set(range(1, 11)), {14, 16, 17}])
async def test_what_is_recorded_ends_where_it_is_told_to(
    world: World, gone: set[int], upto: int
) -> None:
    bus = world.bus
    assert isinstance(bus, Forgetful)
    bus.gone = gone if max(gone, default=0) <= (await world.manifest()).archived else set()
    for after in range(upto + 1):
        seen, reached = await the_recorded(world, after, upto)
        assert seen == list(range(after + 1, upto + 1))
        assert reached == (upto if after < upto else None)


async def test_a_filter_under_which_nothing_lies_ends_too(world: World) -> None:
    last = (await world.bus.state()).last
    assert await the_recorded(world, 0, last, ("evaluations.nobody.>",)) == ([], last)
    only = address_of(1).everything
    seen, reached = await the_recorded(world, 2, last - 1, (only,))
    # The last one says where its output lies.
    assert (seen, reached) == ([3, 4, 5, 6, 7, 8, 17], last - 1)


class Trimming(Forgetful):
    """Whoever follows it finds that much was trimmed since it looked."""

    def __init__(self) -> None:
        super().__init__()
        self.trims: set[int] = set()

    async def follow(
        self, *, after: int, filters: Sequence[str] = (), batch: int = 500
    ) -> AsyncGenerator[list[Stored], None]:
        async for messages in super().follow(after=after, filters=filters, batch=batch):
            self.gone |= self.trims
            if kept := [one for one in messages if one.sequence not in self.gone]:
                yield kept


async def test_what_is_trimmed_while_it_is_read_comes_from_the_archive(world: World) -> None:
    last, archived = (await world.bus.state()).last, (await world.manifest()).archived
    trimming = Trimming()
    trimming.__dict__ |= world.bus.__dict__ | {"trims": set(range(3, archived + 1))}
    world.bus = trimming
    assert await everything(world, 0, last) == list(range(1, last + 1))
    trimming.gone = set()
    assert await the_recorded(world, 0, last) == (list(range(1, last + 1)), last)


async def the_recorded(
    world: World, after: int, upto: int, filters: Sequence[str] = ()
) -> tuple[list[int], int | None]:
    reader = ArchiveReader(world.objects, stream="EVALUATIONS")
    seen: list[int] = []
    end = None
    source = recorded(world.bus, reader, after=after, upto=upto, filters=filters, batch=4)
    async with aclosing(source) as pieces:
        async for messages, reached in pieces:
            assert end is None or end <= reached
            seen, end = seen + [one.sequence for one in messages], reached
    return seen, end


async def test_what_no_archive_has_is_said_to_be_gone(world: World) -> None:
    bus = world.bus
    assert isinstance(bus, Forgetful)
    bus.gone = {1, 2, 3}
    world.objects._objects.clear()
    with pytest.raises(Trimmed) as caught:
        await everything(world, 1, 9)
    assert caught.value.first == 4
