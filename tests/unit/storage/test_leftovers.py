"""What no index names goes away once that is safe, and what the store did not keep is not passed."""

import asyncio

from cloche_kit.archive.index import Manifest
from cloche_kit.archive.segment import key_of
from cloche_kit.objects import BINARY, MemoryObjects, ObjectInfo, PreconditionFailed
from cloche_storage.leftovers import Leftovers
from cloche_storage.placing import placed
from support.archive import World
from support.recorded import address_of, queued, started, story
from support.waiting import wait_until


async def epoch_of(world: World) -> str:
    return (await world.bus.state()).epoch


async def test_a_leftover_of_a_crash_is_deleted_once_the_checkpoint_has_passed_it() -> None:
    world = World()
    async with world.storage():
        await world.append(address_of(1), queued(), started())
        await wait_until(world.caught_up())
    left = key_of("EVALUATIONS", await epoch_of(world), 3, 6)
    await world.objects.put(left, b"what a crash left")
    async with world.storage():
        await world.append(address_of(2), queued())
        await wait_until(lambda: archived(world, 3))
        assert left in [key async for key in world.segment_keys()]
        await world.append(address_of(3), *story(("stdout", b"x")))
        await wait_until(world.caught_up())
    assert left not in [key async for key in world.segment_keys()]
    assert await world.archived() == await world.everything()


async def archived(world: World, sequence: int) -> bool:
    return (await world.manifest()).archived >= sequence


async def test_one_that_was_partly_passed_by_another_writer_is_deleted_by_the_next() -> None:
    world = World()
    async with world.storage():
        for number in range(1, 4):
            await world.append(address_of(number), *story())
            await wait_until(world.caught_up())
    manifest = await world.manifest()
    epoch = await epoch_of(world)
    inside = key_of("EVALUATIONS", epoch, manifest.recent[0].last + 1, 99)
    behind = key_of("EVALUATIONS", epoch, manifest.recent[-1].first, manifest.archived - 1)
    for key in (inside, behind):
        await world.objects.put(key, b"")
    leftovers = Leftovers(world.objects)
    await leftovers.look(manifest)
    keys = [key async for key in world.segment_keys()]
    assert (inside in keys, behind in keys) == (True, False)
    await leftovers.passed(Manifest(stream="EVALUATIONS", epoch=epoch, archived=99))
    keys = [key async for key in world.segment_keys()]
    assert keys == [manifest.segment_key(ref) for ref in manifest.recent]


async def test_what_a_crash_cannot_have_left_is_kept() -> None:
    world = World()
    async with world.storage():
        await world.append(address_of(1), queued(), started())
        await wait_until(world.caught_up())
    beyond = key_of("EVALUATIONS", await epoch_of(world), 4, 5)
    await world.objects.put(beyond, b"named by a manifest that was there once")
    async with world.storage():
        await world.append(address_of(2), *story(("stdout", b"x")))
        await wait_until(world.caught_up())
    assert beyond in [key async for key in world.segment_keys()]


class Forgetful(MemoryObjects):
    """Confirms, and keeps nothing of the first, and half of the second."""

    puts = 0

    async def put(
        self,
        key: str,
        data: bytes,
        *,
        if_none_match: bool = False,
        if_match: str | None = None,
        content_type: str = BINARY,
    ) -> ObjectInfo | PreconditionFailed:
        self.puts += 1
        kept = data[: len(data) // 2] if self.puts == 2 else data
        answer = await super().put(key, kept)
        if self.puts == 1:
            await self.delete(key)
        return ObjectInfo(key, len(data), answer.etag) if isinstance(answer, ObjectInfo) else answer


async def test_an_object_counts_once_the_store_shows_it_whole() -> None:
    objects = Forgetful()
    async with asyncio.timeout(5):
        await placed(objects, "k", b"all of it")
    found = await objects.get("k")
    assert found is not None
    assert (found[1], objects.puts) == (b"all of it", 3)
