"""A new version of the read models is rolled out beside the old one, and projectors of both do not fight."""

import pytest
from cloche_projector import rebuilder
from cloche_projector.control import Situation, Work, decide
from cloche_projector.layout import CURRENT, Projection
from cloche_projector.tables import Checkpoint
from support.rebuilding import Rebuilding, archive_all
from support.waiting import wait_until

OLD = CURRENT.version
TWO = Projection(
    OLD + 1, CURRENT.tables + "ALTER TABLE evaluations ADD COLUMN note text DEFAULT 'two';"
)


@pytest.fixture
def world(postgres_dsn: str, monkeypatch: pytest.MonkeyPatch) -> Rebuilding:
    monkeypatch.setattr(rebuilder, "BACKOFF_SECONDS", (0.02, 0.1))
    return Rebuilding(postgres_dsn)


async def version(world: Rebuilding) -> int:
    return int((await world.fetch("SELECT version FROM read_models.checkpoints"))[0][0])


async def test_the_new_one_is_made_while_the_old_one_projects_and_the_old_one_then_stands_by(
    world: Rebuilding,
) -> None:
    await world.append(24)
    await archive_all(world.bus, world.objects)
    async with world.projector() as old:
        await world.projected()
        async with world.projector(TWO) as new:
            assert await world.done() == "swapped"
            assert await version(world) == TWO.version
            await world.append(8)
            await world.projected()
            await wait_until(lambda: new.active and not old.active)
            assert (await world.fetch("SELECT DISTINCT note FROM evaluations"))[0][0] == "two"
            found = await world.differences()
            evaluations = next(t for t in found.tables if t.table == "evaluations")
            assert (found.equal, evaluations.columns_only_rebuilt) == (False, ("note",))
            assert (evaluations.columns, evaluations.only_live, evaluations.only_rebuilt) == (
                (),
                0,
                0,
            )
            # Back to the old version, by whoever can; the new one leaves it at that, also when it starts again.
            await world.ask("rollback")
            assert await world.done() == "swapped"
            await world.append(8)
            await world.projected()
            await wait_until(lambda: old.active and not new.active)
            assert (await version(world), (await world.control())["pinned"]) == (OLD, OLD)
        async with world.projector(TWO):
            await world.append(8)
            await world.projected()
            assert await version(world) == OLD
    assert len((await world.rows())["evaluations"]) == 48


async def test_alone_the_new_one_serves_the_old_rows_until_it_has_its_own(
    world: Rebuilding,
) -> None:
    await world.append(24)
    async with world.projector():
        await world.projected()
    async with world.projector(TWO) as new:
        assert await world.done() == "swapped"
        await wait_until(lambda: new.active)
        await world.append(8)
        await world.projected()
    assert await version(world) == TWO.version


async def test_where_it_is_forbidden_it_waits_to_be_asked(world: Rebuilding) -> None:
    await world.append(8)
    async with world.projector():
        await world.projected()
    async with world.projector(TWO, projector_upgrade=False) as new:
        await wait_until(lambda: new.connected)
        assert (await world.control())["state"] == "idle"
        assert await world.rebuild() == "swapped"
        await wait_until(lambda: new.active)
    assert await version(world) == TWO.version


ONE_LIVE = Checkpoint("e", 9, version=1)
TWO_LIVE = Checkpoint("e", 9, version=2)


@pytest.mark.parametrize(
    ("found", "of_one", "of_two"),
    [
        (Situation(), None, None),
        (Situation(live=ONE_LIVE), None, "rebuild"),
        (Situation(live=TWO_LIVE), None, None),
        (Situation(live=ONE_LIVE, pinned=1), None, None),
        (Situation(live=ONE_LIVE, state="failed", building=2), None, None),
        (Situation(live=ONE_LIVE, state="rebuilding", building=2), None, "rebuild"),
        (Situation(live=ONE_LIVE, retired=True, pinned=1), "tidy", None),
        (Situation(live=TWO_LIVE, request="rebuild"), None, "rebuild"),
        (Situation(live=ONE_LIVE, request="rebuild", pinned=1), "rebuild", "rebuild"),
        (Situation(live=TWO_LIVE, request="rollback", previous=ONE_LIVE), "rollback", None),
        (Situation(live=TWO_LIVE, request="rollback", previous=TWO_LIVE), None, "rollback"),
        (Situation(live=TWO_LIVE, request="rollback"), None, None),
        (Situation(live=ONE_LIVE, request="swap", next=TWO_LIVE), None, "swap"),
        (Situation(live=ONE_LIVE, request="abort", building=2), "abort", "abort"),
    ],
)
def test_who_does_what(found: Situation, of_one: Work | None, of_two: Work | None) -> None:
    assert (decide(found, 1, upgrade=True), decide(found, 2, upgrade=True)) == (of_one, of_two)
    if found.request is None:
        assert decide(found, 2, upgrade=False) is None
