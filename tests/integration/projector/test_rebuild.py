"""Read models made anew while the old ones go on: every row compared, what differs named, swapped, gone back to."""

import asyncio
import hashlib

import pytest
from cloche_gateway.filters import Listing
from cloche_gateway.read_models import ReadModelsUnavailable, open_read_models
from cloche_projector import layout, rebuilder
from cloche_projector.layout import CURRENT, LIVE, NEXT, PREVIOUS
from cloche_projector.tables import Connection
from support.mixture import SORTS, key_of
from support.rebuilding import Rebuilding, archive_all
from support.recorded import address_of
from support.waiting import wait_until

SIZES = [200, pytest.param(10_000, marks=pytest.mark.full)]


@pytest.fixture
def world(postgres_dsn: str, monkeypatch: pytest.MonkeyPatch) -> Rebuilding:
    monkeypatch.setattr(rebuilder, "BACKOFF_SECONDS", (0.02, 0.1))
    return Rebuilding(postgres_dsn)


async def builds(world: Rebuilding) -> list[object]:
    return [row[0] for row in await world.fetch("SELECT build FROM read_models.checkpoints")]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.timeout(900)
async def test_made_anew_while_evaluations_come_in_every_row_is_the_same(
    world: Rebuilding, size: int
) -> None:
    await world.append(size // 2)
    await archive_all(world.bus, world.objects)
    await world.append(size // 4)
    async with world.projector():
        await world.projected()
        before = await builds(world)
        await world.ask("rebuild")
        while (await world.control())["finished_at"] is None:
            if world.made < size:
                await world.append(5)
            await asyncio.sleep(0.01)
        await world.append(size - world.made)
        await world.projected()
        found = await world.differences()
        assert found.equal, found
        assert {table.table for table in found.tables} == set(await world.rows())
        assert all(table.live == table.rebuilt > 0 for table in found.tables)
        # It was swapped: these are other rows, and they follow the log.
        assert (await world.control())["state"] == "swapped"
        assert await builds(world) != before
    # I7: from nothing, by another way, the same rows again.
    kept = await world.rows()
    await world.fetch("DROP SCHEMA read_models CASCADE")
    async with world.projector():
        await world.projected()
    assert await world.rows() == kept
    assert len(kept["evaluations"]) == size
    assert len(kept["idempotency_keys"]) == size // SORTS


async def test_a_row_that_was_doctored_is_named_and_gone_after_the_swap(world: Rebuilding) -> None:
    await world.append(40)
    await archive_all(world.bus, world.objects)
    async with world.projector() as projector:
        await world.projected()
        right = await world.rows()
        one, two, three = (address_of(number).evaluation for number in (1, 9, 17))
        await world.fetch(
            "UPDATE evaluations SET view = jsonb_set(view, '{exit_code}', '42') WHERE id = $1", one
        )
        await world.fetch("UPDATE outputs SET data = 'forged' WHERE evaluation = $1", two)
        await world.fetch("DELETE FROM evaluations WHERE id = $1", three)
        await world.fetch(
            "INSERT INTO idempotency_keys VALUES ('main', 'evaluation', 'new', $1, '', now())", one
        )
        assert await world.rebuild() == "ready"
        found = await world.differences()
        assert not found.equal
        tables = {table.table: table for table in found.tables}
        assert [(c.column, c.rows) for c in tables["evaluations"].columns] == [("view", 1)]
        assert (tables["evaluations"].only_rebuilt, tables["evaluations"].only_live) == (1, 0)
        assert [(c.column, c.rows) for c in tables["outputs"].columns] == [("data", 2)]
        assert (tables["idempotency_keys"].only_live, tables["cases"].equal) == (1, True)
        named = {
            (e.table, e.column, e.pointer, e.key[1], e.live, e.rebuilt) for e in found.examples
        }
        assert ("evaluations", "view", "/exit_code", one, "42", "0") in named
        assert ("evaluations", "", "", three, None, "this row") in named
        assert ("idempotency_keys", "", "", "evaluation", "this row", None) in named
        # Not swapped by itself, and the live ones went on.
        assert (await world.fetch("SELECT count(*) FROM evaluations"))[0][0] == 39
        await world.append(8)
        await world.projected()
        await world.ask("swap")
        assert await world.done() == "swapped"
        await world.projected()
        after = await world.rows()
        assert set(right["evaluations"]) < set(after["evaluations"])
        assert len(after["evaluations"]) == 48
        assert set(right["outputs"]) < set(after["outputs"])
        assert projector.active
        # What was kept can still be looked at.
        assert len((await world.rows(PREVIOUS))["evaluations"]) == 47


async def test_readers_see_no_error_and_no_half_while_it_is_swapped(world: Rebuilding) -> None:
    await world.append(64)
    async with world.projector(), open_read_models(world.dsn) as models:
        await world.projected()
        over = asyncio.Event()

        async def read(number: int) -> int:
            reads = 0
            while not over.is_set():
                row = await models.evaluation(address_of(number))
                assert row is not None
                assert row.view.labels.get("number", str(number)) == str(number)
                assert len(await models.page("main", Listing(limit=200))) == 64
                cases = await models.cases(address_of(2), 1)
                assert [case.index for case in cases.results] == [1, 2]
                known = await models.idempotency_key("main", "batch", key_of(7))
                assert known is not None
                reads += 1
            return reads

        readers = [asyncio.create_task(read(number)) for number in range(6)]
        for _ in range(3):
            assert await world.rebuild() == "swapped"
            await world.ask("rollback")
            assert await world.done() == "swapped"
        over.set()
        assert all(count > 3 for count in await asyncio.gather(*readers))


async def test_one_can_go_back_and_what_was_gone_back_to_has_caught_up(world: Rebuilding) -> None:
    await world.append(16)
    async with world.projector():
        await world.projected()
        first = await builds(world)
        assert await world.rebuild() == "swapped"
        second = await builds(world)
        await world.append(16)
        await world.projected()
        right = await world.rows()
        await world.fetch("UPDATE evaluations SET language = 'doctored'")
        await world.ask("rollback")
        assert await world.done() == "swapped"
        assert await builds(world) == first
        assert await world.rows() == right
        await world.append(16)
        await world.projected()
        # And forth: the doctored rows were only put aside.
        await world.ask("rollback")
        assert await world.done() == "swapped"
        assert await builds(world) == second
        await world.projected()
        assert (await world.fetch("SELECT count(*) FROM evaluations WHERE language = 'doctored'"))[
            0
        ][0] == 32
        assert await world.rebuild("always") == "swapped"
        assert (await world.rows())["evaluations"] != []
        schemas = await world.fetch(
            "SELECT nspname FROM pg_namespace WHERE nspname ~ '^read_models'"
        )
        assert {row[0] for row in schemas} == {LIVE, PREVIOUS}


async def test_a_rebuild_can_be_given_up(world: Rebuilding) -> None:
    await world.append(16)
    async with world.projector():
        await world.projected()
        before = await builds(world)
        assert await world.rebuild("never") == "ready"
        await world.ask("abort")
        assert await world.done() == "idle"
        assert await builds(world) == before
        assert await world.fetch("SELECT 1 FROM pg_namespace WHERE nspname = $1", NEXT) == []


async def test_what_waits_for_the_hold_is_written_to_neither(
    world: Rebuilding, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The live projection has a batch under way just when it is swapped."""
    renaming = asyncio.Event()
    real = layout.rename

    async def slowly(connection: Connection, schema: str, name: str) -> None:
        if not renaming.is_set():
            renaming.set()
            await world.append(8)

            async def waits() -> bool:
                return bool(await world.fetch("SELECT 1 FROM pg_locks WHERE NOT granted"))

            await wait_until(waits)
        await real(connection, schema, name)

    monkeypatch.setattr(layout, "rename", slowly)
    await world.append(16)
    end = (await world.bus.state()).last
    async with world.projector():
        await world.projected()
        assert await world.rebuild() == "swapped"
        assert renaming.is_set()
        await world.projected()
        # Nor has the old checkpoint moved past what the old rows have: going back loses nothing.
        assert (await world.fetch("SELECT sequence FROM read_models_previous.checkpoints"))[0][
            0
        ] == end
    assert len((await world.rows())["evaluations"]) == 24
    assert len((await world.rows(PREVIOUS))["evaluations"]) == 16
    assert await world.bus.parked() == []


async def test_what_the_gateway_asks_for_is_done_and_shown(world: Rebuilding) -> None:
    await world.append(16)
    async with world.projector(), open_read_models(world.dsn) as models:
        await world.projected()
        projections = models.projections
        assert await projections.ask("read-models", "swap") is None
        assert await projections.ask("read-models", "rollback") is None
        assert await projections.ask("read-models", "abort") is None
        assert await projections.ask("other", "rebuild") is None
        both = await asyncio.gather(
            *(projections.ask("read-models", "rebuild", swap="never") for _ in range(2))
        )
        asked = [one for one in both if one is not None]
        assert [one.request for one in asked] == ["rebuild"]

        async def state() -> str:
            (view,) = await projections.all()
            return "" if view.request else view.state

        async def reached(wanted: str) -> bool:
            return await state() == wanted

        await wait_until(lambda: reached("ready"), within=30)
        (view,) = await projections.all()
        assert view.differences is not None
        assert view.differences.equal
        assert (view.version, view.previous, view.complete, view.error) == (2, None, True, "")
        assert view.sequence == view.progress == view.target == (await world.bus.state()).last
        assert await projections.ask("read-models", "swap") is not None
        await wait_until(lambda: reached("swapped"), within=30)
        (view,) = await projections.all()
        assert (view.previous, view.state) == (2, "swapped")
        assert view.finished_at is not None
        # Everything else is still refused.
        with pytest.raises(ReadModelsUnavailable, match="read-only"):
            await models._fetch("DELETE FROM evaluations RETURNING 1")


def test_the_version_is_counted_up_with_the_tables() -> None:
    """Change read_models.sql or what is folded into it, and PROJECTION_VERSION has to be another."""
    tables = hashlib.sha256(CURRENT.tables.encode()).hexdigest()[:12]
    assert (CURRENT.version, tables) == (2, "9fbaba2199c3")
