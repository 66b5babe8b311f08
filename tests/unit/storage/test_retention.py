"""What storage forgets once it is old enough, and what never: over a log and a store in memory, at times of ours."""

from datetime import UTC, datetime, timedelta

import pytest
from cloche_kit.archive.index import Manifest
from cloche_kit.bus import BusUnavailable, Stored
from cloche_kit.memory import MemoryBus
from msgspec.structs import replace
from support.archive import World
from support.keeping import WROTE, Keeper, a_past
from support.rebuilding import archive_all
from support.recorded import address_of, queued, started

ONE = address_of(1)


async def test_what_is_older_than_the_period_leaves_the_stream_and_stays_in_the_archive() -> None:
    async with Keeper.of(await a_past()) as keeper:
        everything = await keeper.left()
        assert everything == list(range(1, 16))
        await keeper.later(6.9)
        assert await keeper.left() == everything
        await keeper.later(0.2)
        assert await keeper.left() == []
        assert await keeper.replayed() == everything
        assert await keeper.world.output(ONE, "stdout") == b"x" * 200
        # What comes now is young.
        await keeper.world.append(address_of(9), *WROTE)
        await keeper.later(0)
        assert await keeper.left() == [16, 17, 18, 19]


def ended_at(manifest: Manifest, sequence: int) -> Manifest:
    """The same archive before it had come further."""
    recent = tuple(ref for ref in manifest.recent if ref.last <= sequence)
    return replace(manifest, archived=sequence, recent=recent)


async def test_never_beyond_what_is_archived() -> None:
    async with Keeper.of(await a_past()) as keeper:
        await keeper.world.append(address_of(9), *WROTE)
        await keeper.say(15)
        now = keeper.ledger.manifest
        keeper.ledger._manifest = ended_at(now, 14)
        await keeper.later(8)
        assert await keeper.left() == list(range(1, 20))
        keeper.ledger._manifest = now
        await keeper.later(0)
        assert await keeper.left() == [16, 17, 18, 19]


async def test_never_beyond_what_is_settled() -> None:
    async with Keeper.of(await a_past()) as keeper:
        # Its end is at 12; an evaluation that ended then is still being put together, from chunks before.
        keeper.ledger.settled = 11
        await keeper.later(8)
        assert await keeper.left() == list(range(1, 16))
        keeper.ledger.settled = 15
        await keeper.later(0)
        assert await keeper.left() == []


async def test_never_beyond_what_is_projected() -> None:
    async with Keeper.of(await a_past()) as keeper:
        await keeper.say(6)
        await keeper.later(8)
        assert await keeper.left() == list(range(7, 16))


async def test_never_beyond_the_beginning_of_what_is_open() -> None:
    async with Keeper.of(await a_past()) as keeper:
        await keeper.say(15, 5)
        await keeper.later(8)
        assert await keeper.left() == list(range(5, 16))


@pytest.mark.parametrize("who", ["nobody", "of another log", "silent"])
async def test_while_no_projector_says_how_far_it_is_nothing_is_trimmed(who: str) -> None:
    async with Keeper.of(await a_past()) as keeper:
        board = keeper.world.bus.progress
        if who == "nobody":
            board._said.clear()
        if who == "of another log":
            [(name, word)] = (await board.said()).items()
            await board.say(name, replace(word, epoch="another"))
        await keeper.later(8, said=who == "of another log")
        assert await keeper.left() == list(range(1, 16))
        # Somebody projects again.
        await keeper.say()
        await keeper.later(0)
        assert await keeper.left() == []


async def test_outputs_that_have_nothing_more_to_read_hold_nothing_back() -> None:
    """They are only told of output and ends: after what is queued, they cannot say that they have come so far."""
    async with Keeper.of(await a_past()) as keeper:
        await keeper.world.append(address_of(9), queued())
        keeper.ledger._manifest = await archive_all(keeper.world.bus, keeper.world.objects)
        assert keeper.ledger.settled == 15
        await keeper.say(16, 16)
        await keeper.later(8)
        assert await keeper.left() == [16]


async def test_tenants_have_periods_of_their_own() -> None:
    async with Keeper.of(await a_past()) as keeper:
        theirs = await keeper.world.bus.count("evaluations.theirs.>")
        keeper.tenant("theirs", stream_days=30)
        await keeper.later(8)
        left = await keeper.world.everything()
        assert {one.subject.split(".")[1] for one in left} == {"theirs"}
        assert len(left) == theirs
        await keeper.later(23)
        assert await keeper.left() == []

    async with Keeper.of(await a_past()) as keeper:
        keeper.tenant("theirs", stream_days=0)
        keeper.tenant("main", stream_days=1)
        await keeper.later(2)
        assert {one.subject.split(".")[1] for one in await keeper.world.everything()} == {"theirs"}
        await keeper.later(2000)
        assert len(await keeper.left()) == theirs
        keeper.tenant("theirs")
        await keeper.later(0)
        assert await keeper.left() == []


async def test_no_period_is_so_short_that_a_redelivery_misses_its_history() -> None:
    async with Keeper.of(await a_past(), retention_stream_days=0.001) as keeper:
        await keeper.later(0.02)
        assert len(await keeper.left()) == 15
        await keeper.later(0.03)
        assert await keeper.left() == []


async def test_of_a_tenant_whose_record_cannot_be_read_nothing_is_forgotten() -> None:
    async with Keeper.of(await a_past(), retention_archive_days=9) as keeper:
        keeper.policies.take(Stored("access.tenants.theirs", 1, keeper.now, b'{"later": true}'))
        await keeper.later(100)
        assert len(await keeper.left()) == await keeper.world.bus.count("evaluations.theirs.>") > 0
        assert await keeper.replayed("evaluations.main.>") == []


async def test_until_the_access_log_was_read_nothing_is_forgotten() -> None:
    async with Keeper.of(await a_past(), retention_output_days=1) as keeper:
        keeper.policies.ready = False
        await keeper.later(100)
        assert len(await keeper.left()) == 15
        assert await keeper.world.output(ONE, "stdout") is not None


# --- a full log -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("age", [0, 60])
async def test_a_nearly_full_log_makes_room_and_loses_nothing(age: float) -> None:
    world = World()
    world.bus = MemoryBus(max_bytes=60_000)
    world.log.bus = world.bus
    for number in range(10):
        await world.append(address_of(number), *WROTE)
    async with Keeper.of(world, retention_pressure_age_seconds=age) as keeper:
        over = (await world.bus.state()).last
        await keeper.retention.look()
        with pytest.raises(BusUnavailable, match="maximum bytes"):
            await until_full(world)
        last = (await world.bus.state()).last
        keeper.now = datetime.now(UTC) + timedelta(seconds=1)
        await keeper.say(last, over + 1)
        for _ in range(20):
            await keeper.retention.look()
        state = await world.bus.state()
        # Nothing else is old enough by its period.
        assert await keeper.replayed() == list(range(1, last + 1))
        if age:
            assert state.first == 1
            return
        assert state.bytes < 0.9 * 60_000
        # No more than it takes, and none that is open.
        assert 1 < state.first <= over + 1
        await world.append(address_of(999), queued())


async def until_full(world: World) -> None:
    for number in range(20, 200):
        await world.append(address_of(number), queued(), started())
