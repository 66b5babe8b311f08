"""Rebuilding where something breaks: crashes at every step, no archive, a damaged one, a lost PostgreSQL."""

import asyncio
from typing import Any

import asyncpg
import pytest
from cloche_gateway.read_models import ReadModelsUnavailable, open_read_models
from cloche_kit.objects import MemoryObjects, ObjectInfo, ObjectsUnavailable
from cloche_projector import control, layout, projector, rebuild, rebuilder, swap
from cloche_projector.layout import LIVE, NEXT, PREVIOUS
from support.mixture import key_of
from support.rebuilding import Rebuilding, archive_all
from support.waiting import wait_until


@pytest.fixture
def world(postgres_dsn: str, monkeypatch: pytest.MonkeyPatch) -> Rebuilding:
    for module in (rebuilder, projector):
        monkeypatch.setattr(module, "BACKOFF_SECONDS", (0.02, 0.1))
    return Rebuilding(postgres_dsn)


class Crash(BaseException):
    """The process is gone: nothing catches it."""


# Where it dies: a function of a module, at its n-th call, before it is done or after.
POINTS: dict[str, tuple[Any, str, int, bool]] = {
    "before the tables are made": (layout, "make", 2, False),
    "after the tables are made": (layout, "make", 2, True),
    "after it is said that it begins": (control, "start", 1, True),
    "at the first batches": (control, "progress", 1, True),
    "before comparing": (rebuild, "compare", 1, False),
    "after comparing": (rebuild, "compare", 1, True),
    "before the differences are kept": (control, "found", 1, False),
    "after the differences are kept": (control, "found", 1, True),
    "before swapping": (swap, "held", 1, False),
    "between two renames": (layout, "rename", 2, False),
    "before the swap is committed": (control, "end", 1, True),
    "before the old ones are dropped": (layout, "drop", 4, False),
}


@pytest.mark.parametrize("point", POINTS)
async def test_a_crash_at_any_step_is_gone_on_from(
    world: Rebuilding, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    module, name, at, after = POINTS[point]
    real, calls, died = getattr(module, name), 0, asyncio.Event()

    async def dying(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == at and not after:
            died.set()
            raise Crash
        result = await real(*args, **kwargs)
        if calls == at and after:
            died.set()
            raise Crash
        return result

    def dying_hold(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == at:
            died.set()
            raise Crash
        return real(*args, **kwargs)

    await world.append(24)
    await archive_all(world.bus, world.objects)
    monkeypatch.setattr(module, name, dying_hold if name == "held" else dying)
    async with world.projector() as first:
        await world.projected()
        await world.ask("rebuild")
        beside = [task for task in asyncio.all_tasks() if task.get_name() == "rebuilder"]
        await asyncio.wait_for(died.wait(), 30)
        # The task that died is the rebuilder's; the process with it.
        with pytest.raises(Crash):
            await beside[0]
        assert first.connected
    monkeypatch.setattr(module, name, real)
    await world.append(8)
    async with world.projector():
        assert await world.done() == "swapped"
        await world.projected()
        await world.append(8)
        await world.projected()
        live = await world.rows()

        async def tidy() -> bool:
            query = "SELECT nspname FROM pg_namespace WHERE nspname ~ '^read_models'"
            return {row[0] for row in await world.fetch(query)} == {LIVE, PREVIOUS}

        await wait_until(tidy)
    assert len(live["evaluations"]) == 40
    await world.fetch("DROP SCHEMA read_models CASCADE")
    async with world.projector():
        await world.projected()
    assert await world.rows() == live


async def test_with_postgresql_empty_and_the_log_trimmed_everything_comes_back_from_the_archive(
    world: Rebuilding,
) -> None:
    await world.append(32)
    async with world.projector():
        await world.projected()
    kept = await world.rows()
    manifest = await archive_all(world.bus, world.objects)
    await world.bus.trim(manifest.archived - 10)
    await world.fetch("DROP SCHEMA read_models CASCADE")
    async with world.projector():
        await world.projected()
        # Also on from there, and after a restart.
        await world.append(8)
        await world.projected()
    async with world.projector():
        await world.append(8)
        await world.projected()
        assert set((await world.rows())["idempotency_keys"]) > set(kept["idempotency_keys"])
        assert set((await world.rows())["evaluations"]) > set(kept["evaluations"])
        complete = await world.fetch("SELECT complete FROM checkpoints")
        assert complete[0][0] is True
        assert await world.rebuild() == "swapped"
    assert len((await world.rows())["evaluations"]) == 48


class Stuck(MemoryObjects):
    """A store whose segments after the first `left` never come; or that is down."""

    left = 10**9
    down = False

    async def get(self, key: str) -> tuple[ObjectInfo, bytes] | None:
        if self.down:
            raise ObjectsUnavailable("down")
        if key.endswith(".zst"):
            self.left -= 1
            if self.left < 0:
                await asyncio.sleep(3600)
        return await super().get(key)


async def test_while_keys_are_still_missing_nobody_takes_one_for_unknown(
    world: Rebuilding,
) -> None:
    objects = world.objects = Stuck()
    await world.append(64)
    manifest = await archive_all(world.bus, objects, events=20)
    await world.bus.trim(manifest.archived)
    objects.left = 4
    async with world.projector(), open_read_models(world.dsn) as models:

        async def begun() -> bool:
            # The beginning of the archive may come in several steps.
            query = "SELECT 1 FROM read_models.idempotency_keys WHERE key = $1"
            try:
                return bool(await world.fetch(query, key_of(7)))
            except asyncpg.PostgresError:
                return False

        await wait_until(begun, within=30)
        with pytest.raises(ReadModelsUnavailable, match="complete"):
            await models.idempotency_key("main", "batch", key_of(63))
        assert await models.idempotency_key("main", "batch", key_of(7)) is not None
        objects.left = 10**9
    async with world.projector(), open_read_models(world.dsn) as models:
        await world.projected()
        assert await models.idempotency_key("main", "batch", key_of(63)) is not None
        assert await models.idempotency_key("main", "batch", "never") is None


async def test_without_the_archive_it_waits_and_says_so_and_then_goes_on(world: Rebuilding) -> None:
    objects = world.objects = Stuck()
    await world.append(16)
    await archive_all(world.bus, objects)
    async with world.projector() as live:
        await world.projected()
        objects.down = True
        await world.ask("rebuild")

        async def said() -> bool:
            return "down" in (await world.control())["error"]

        await wait_until(said, within=20)
        assert live.active
        objects.down = False
        assert await world.done() == "swapped"
        assert (await world.control())["error"] == ""


@pytest.mark.parametrize("how", ["changed", "gone"])
async def test_a_damaged_archive_ends_it_and_the_live_ones_go_on(
    world: Rebuilding, how: str
) -> None:
    await world.append(16)
    manifest = await archive_all(world.bus, world.objects)
    key = manifest.segment_key(manifest.recent[0])
    found = await world.objects.get(key)
    assert found is not None
    await world.objects.delete(key)
    if how == "changed":
        await world.objects.put(key, found[1][:-5] + b"wrong")
    async with world.projector():
        await world.projected()
        before = await world.rows()
        assert await world.rebuild() == "failed"
        assert key in (await world.control())["error"]
        assert await world.rows() == before
        await world.append(8)
        await world.projected()
        # Mended, and asked for again.
        await world.objects.put(key, found[1])
        assert await world.rebuild() == "swapped"


async def test_an_error_of_ours_ends_it_with_its_name(
    world: Rebuilding, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_args: object) -> None:
        raise ValueError("ours")

    await world.append(16)
    async with world.projector():
        await world.projected()
        with monkeypatch.context() as patched:
            patched.setattr(rebuild, "compare", broken)
            assert await world.rebuild() == "failed"
        assert (await world.control())["error"] == "ValueError: ours"
        assert await world.rebuild("never") == "ready"
        await world.fetch("DROP SCHEMA read_models_next CASCADE")
        await world.ask("swap")
        assert await world.done() == "failed"
        assert "gone" in (await world.control())["error"]


async def test_a_rebuild_is_given_up_while_it_folds(
    world: Rebuilding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuild, "LOOK_SECONDS", 0.0)
    objects = world.objects = Stuck()
    await world.append(64)
    await archive_all(world.bus, objects, events=20)
    async with world.projector():
        await world.projected()
        objects.left = 8
        await world.ask("rebuild")

        async def folding() -> bool:
            return ((await world.control())["sequence"] or 0) > 0

        await wait_until(folding, within=20)
        await world.ask("abort")
        objects.left = 10**9
    async with world.projector():
        assert await world.done() == "idle"
        assert await world.fetch("SELECT 1 FROM pg_namespace WHERE nspname = $1", NEXT) == []
