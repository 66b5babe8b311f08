"""Objects that are old enough, and how much there is of whom: over a store in memory, at a time of our own."""

from datetime import datetime

import pytest
from cloche_kit.archive.accounts import Amount
from cloche_kit.objects import MemoryObjects, ObjectInfo
from cloche_storage.sweeping import Owned, owner_of
from msgspec.structs import replace
from support.archive import World
from support.keeping import DAY, Keeper
from support.recorded import address_of, story

ONE, THEIRS = address_of(1), address_of(2, "theirs")


def aged(objects: MemoryObjects, key: str, modified: datetime) -> None:
    info, data = objects._objects[key]
    objects._objects[key] = (replace(info, modified=modified), data)


async def a_past() -> World:
    world = World()
    for address in (ONE, THEIRS):
        await world.append(address, *story(("stdout", b"x" * 20), ("artifacts", b"y" * 30)))
    for tenant in ("main", "theirs"):
        await world.objects.put(f"blobs/{tenant}/0a", b"z" * 40)
    await world.objects.put("others/main/1", b"not ours")
    return world


@pytest.mark.parametrize(
    ("key", "owned"),
    [
        ("outputs/main/01/1/stdout", Owned("main", "output")),
        ("outputs/main/01/2/artifacts", Owned("main", "artifacts")),
        ("blobs/t1/00ff", Owned("t1", "artifacts")),
        ("outputs/main/01", None),
        ("blobs/t1/a/b", None),
        ("archive/EVALUATIONS-1/manifest.json", None),
    ],
)
def test_whose_an_object_is(key: str, owned: Owned | None) -> None:
    assert owner_of(key) == owned


@pytest.mark.parametrize("at_once", [1, 2, 1000])
async def test_what_is_old_enough_is_deleted_class_by_class(at_once: int) -> None:
    changes = {"retention_objects": at_once, "retention_sweep_seconds": 0}
    async with Keeper.of(await a_past(), retention_output_days=5, **changes) as keeper:
        keeper.tenant("theirs", artifacts_days=5, output_days=0)
        await keeper.later(4)
        await keeper.later(2)
        for _ in range(16):
            await keeper.later(0)
        objects = keeper.world.objects
        assert await keeper.world.output(ONE, "stdout") is None
        assert await keeper.world.output(ONE, "artifacts") == b"y" * 30
        assert await keeper.world.output(THEIRS, "stdout") == b"x" * 20
        assert await keeper.world.output(THEIRS, "artifacts") is None
        assert await objects.get("blobs/main/0a") is not None
        assert await objects.get("blobs/theirs/0a") is None
        assert await objects.get("others/main/1") is not None
        for _ in range(12):
            await keeper.later(0)
        assert (await keeper.accounts()).objects == {
            "output": {"theirs": Amount(1, 20)},
            "artifacts": {"main": Amount(2, 70)},
        }


async def test_a_walk_goes_on_where_it_was_in_another_process() -> None:
    changes = {"retention_objects": 2, "retention_sweep_seconds": 0}
    async with Keeper.of(await a_past(), **changes) as keeper:
        await keeper.round()
        accounts = await keeper.accounts()
        assert accounts.sweep is not None
        assert accounts.sweep.after == "blobs/theirs/0a"
        await keeper.take()
        await keeper.say()
        for _ in range(2):
            await keeper.round()
        accounts = await keeper.accounts()
        assert (
            sum(one.count for of_class in accounts.objects.values() for one in of_class.values())
            == 6
        )


async def test_the_next_walk_waits_its_time() -> None:
    async with Keeper.of(await a_past()) as keeper:
        await keeper.round()
        first = (await keeper.accounts()).swept_at
        await keeper.later(0.001)
        assert (await keeper.accounts()).swept_at == first == keeper.now - 0.001 * DAY
        await keeper.later(0.1)
        assert (await keeper.accounts()).swept_at == keeper.now


class Reused(MemoryObjects):
    """A blob that is used again right after its page was listed."""

    used_at: datetime | None = None

    async def head(self, key: str) -> ObjectInfo | None:
        if self.used_at is not None and key.startswith("blobs/main"):
            aged(self, key, self.used_at)
        return await super().head(key)


async def test_a_blob_that_was_used_again_meanwhile_stays() -> None:
    objects = Reused()
    world = World(objects)
    for tenant in ("main", "theirs"):
        await objects.put(f"blobs/{tenant}/0a", b"z" * 40)
    await world.append(ONE, *story())
    async with Keeper.of(world, retention_artifacts_days=1) as keeper:
        keeper.now += 2 * DAY
        objects.used_at = keeper.now
        await keeper.round()
        assert await objects.get("blobs/main/0a") is not None
        assert await objects.get("blobs/theirs/0a") is None
