"""What storage forgets once it is old enough, and what never: over a log and a store in memory, at times of ours."""

from datetime import UTC, datetime, timedelta

import pytest
from cloche_kit.bus import BusUnavailable, Stored
from cloche_kit.memory import MemoryBus
from cloche_kit.objects import BINARY, MemoryObjects, ObjectInfo, PreconditionFailed
from cloche_storage.manifest import Fenced
from msgspec.structs import replace
from support.archive import World
from support.keeping import Keeper
from support.recorded import address_of, queued, started, story

ONE, TWO = address_of(1), address_of(2)
THEIRS = address_of(3, "theirs")
WROTE = story(("stdout", b"x" * 200))


async def a_past(objects: MemoryObjects | None = None) -> World:
    """Three evaluations of two tenants that are over, with what storage says of them at the end: 1 to 15."""
    world = World(objects)
    for address in (ONE, THEIRS, TWO):
        await world.append(address, *WROTE)
    return world


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


async def test_never_beyond_what_is_archived() -> None:
    async with Keeper.of(await a_past()) as keeper:
        await keeper.world.append(address_of(9), *WROTE)
        await keeper.say(15)
        keeper.ledger._manifest = replace(keeper.ledger.manifest, archived=14)
        await keeper.later(8)
        assert await keeper.left() == list(range(1, 20))
        keeper.ledger._manifest = replace(keeper.ledger.manifest, archived=15)
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
        keeper.ledger._manifest = replace(keeper.ledger.manifest, archived=16)
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


# --- the archive ------------------------------------------------------------------------------------------------------


async def test_the_archive_forgets_lines_and_its_chain_still_closes() -> None:
    async with Keeper.of(await a_past()) as keeper:
        reader_before = await keeper.replayed("evaluations.theirs.>")
        keeper.tenant("main", archive_days=10)
        before = await keeper.accounts()
        await keeper.later(11)
        assert await keeper.replayed() == reader_before
        assert await keeper.replayed("evaluations.main.>") == []
        accounts = await keeper.accounts()
        assert accounts.archive["main"].count == accounts.archive["main"].bytes == 0
        assert accounts.archive["theirs"].count == len(reader_before)
        assert accounts.rewriting is None
        assert before.archive == {}
        # What was forgotten is not looked at again.
        writes = keeper.world.objects._objects.copy()
        await keeper.later(0.5)
        changed = {
            key
            for key, (info, _) in keeper.world.objects._objects.items()
            if writes[key][0] is not info
        }
        assert not [key for key in changed if key.endswith(".zst")]


async def test_what_holds_nothing_of_the_tenant_is_not_written_again() -> None:
    async with Keeper.of(await a_past()) as keeper:
        before = dict(keeper.world.objects._objects)
        keeper.tenant("theirs", archive_days=10)
        await keeper.later(11)
        after = keeper.world.objects._objects
        written = [key for key in before if key.endswith(".zst") and after[key] is not before[key]]
        assert 0 < len(written) < keeper.ledger.manifest.segments


async def test_a_tenant_that_is_set_apart_later_is_caught_up_with() -> None:
    async with Keeper.of(await a_past(), retention_archive_days=10) as keeper:
        keeper.tenant("theirs", archive_days=20)
        await keeper.later(11)
        theirs = await keeper.replayed()
        assert theirs == await keeper.replayed("evaluations.theirs.>") != []
        assert await keeper.left() == []
        await keeper.later(10)
        assert await keeper.replayed() == []
        assert (await keeper.accounts()).archive["theirs"].bytes == 0


async def test_the_archive_forgets_nothing_that_the_stream_still_holds() -> None:
    async with Keeper.of(await a_past(), retention_archive_days=10) as keeper:
        await keeper.say(15, 1)
        await keeper.later(20)
        assert await keeper.replayed() == list(range(1, 16))
        await keeper.say(15)
        await keeper.later(0)
        assert await keeper.replayed() == await keeper.left() == []


class Crash(BaseException):
    """The process is gone."""


class Mortal(MemoryObjects):
    """A store whose writer dies before or after its `left`-th write."""

    def __init__(self, *, after: bool) -> None:
        super().__init__()
        self.left = -1
        self.after = after

    async def put(
        self,
        key: str,
        data: bytes,
        *,
        if_none_match: bool = False,
        if_match: str | None = None,
        content_type: str = BINARY,
    ) -> ObjectInfo | PreconditionFailed:
        if self.left == 0 and not self.after:
            raise Crash
        put = await super().put(key, data, if_none_match=if_none_match, if_match=if_match)
        if self.left == 0:
            raise Crash
        self.left -= 1
        return put


@pytest.mark.parametrize("after", [False, True])
async def test_killed_between_any_two_steps_it_ends_in_the_same_way(after: bool) -> None:
    """Stream, archive and accounts are those of a life without a crash, wherever the writer dies."""
    for step in range(60):
        objects = Mortal(after=after)
        async with Keeper.of(await a_past(objects)) as keeper:
            keeper.tenant("main", archive_days=10)
            keeper.tenant("theirs", archive_days=12)
            objects.left = step
            died = False
            for days in (11, 2):
                try:
                    await keeper.later(days)
                except Crash:
                    died = True
                    objects.left = -1
                    await keeper.take()
                    await keeper.round()
            accounts = await keeper.accounts()
            assert await keeper.left() == []
            # Each segment that was read for this had the digest that is in the index.
            assert await keeper.replayed() == []
            assert {(one.count, one.bytes) for one in accounts.archive.values()} == {(0, 0)}
            assert accounts.rewriting is None
        if not died:
            assert step > 6
            return
    raise AssertionError("it never ends")


async def test_a_writer_that_was_overtaken_brings_nothing_back() -> None:
    async with Keeper.of(await a_past(), retention_archive_days=10) as keeper:
        overtaken = keeper.retention
        await keeper.later(1)
        await keeper.take()
        await keeper.later(10)
        assert await keeper.replayed() == []
        await overtaken.look()
        with pytest.raises(Fenced):
            await overtaken.round()
        assert await keeper.replayed() == []


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
