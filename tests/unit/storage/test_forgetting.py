"""Lines that the archive forgets: for whom, how far, and the same whoever dies in between."""

import pytest
import zstandard
from cloche_kit.archive import lines
from cloche_kit.archive.accounts import Amount, accounts_key
from cloche_kit.archive.segment import Damaged, Opened, repack
from cloche_kit.objects import BINARY, MemoryObjects, ObjectInfo, PreconditionFailed
from cloche_storage.manifest import Fenced
from support.keeping import Keeper, a_past


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
        assert [one.sequence for one in await keeper.world.archived()] == list(range(1, 16))
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
            # Of each something stays, so that nothing can be taken off twice unseen.
            await keeper.say(15, 11)
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
            assert await keeper.left() == [11, 12, 13, 14, 15]
            # Each segment that was read for this had the digest that is in the index.
            kept = await keeper.world.archived()
            assert {one.sequence for one in kept} == {11, 12, 13, 14, 15}
            for tenant in ("main", "theirs"):
                sizes = [len(lines.encode(one)) + 1 for one in kept if f".{tenant}." in one.subject]
                assert accounts.archive[tenant] == Amount(len(sizes), sum(sizes))
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


@pytest.mark.parametrize("most", [1, 3])
async def test_a_round_looks_at_no_more_than_it_may_and_the_next_goes_on(most: int) -> None:
    async with Keeper.of(
        await a_past(), retention_archive_days=10, retention_segments=most
    ) as keeper:
        segments = keeper.ledger.manifest.segments
        await keeper.later(11)
        assert (await keeper.accounts()).counted == keeper.ledger.manifest.recent[most - 1].last
        assert len(await keeper.replayed()) > 0
        for _ in range(2 * segments):
            await keeper.later(0)
        assert await keeper.replayed() == []
        accounts = await keeper.accounts()
        assert {(one.count, one.bytes) for one in accounts.archive.values()} == {(0, 0)}


async def test_a_segment_from_before_there_were_headers_is_forgotten_as_well() -> None:
    rows = [lines.encode(stored) for stored in (await (await a_past()).everything())]
    data = zstandard.compress(b"\n".join((*rows, b"")))
    opened = Opened.of("old", data)
    assert opened.header is None
    again, digest = repack(opened, [lines.forget(rows[0]), *rows[1:]])
    assert digest == opened.digest == Opened.of("old", again).digest
    assert len(Opened.of("old", again).messages()) == len(rows) - 1


async def test_a_damaged_segment_is_left_as_it_is() -> None:
    async with Keeper.of(await a_past(), retention_archive_days=10) as keeper:
        await keeper.round()
        manifest = keeper.ledger.manifest
        key = manifest.segment_key(manifest.recent[0])
        for damage in (b"damaged", None):
            if damage is None:
                await keeper.world.objects.delete(key)
            else:
                await keeper.world.objects.put(key, damage)
            with pytest.raises(Damaged, match=key):
                await keeper.later(11)
        found = await keeper.world.objects.get(manifest.segment_key(manifest.recent[1]))
        assert found is not None
        assert len(Opened.of("next", found[1]).messages()) == manifest.recent[1].events


async def test_accounts_that_cannot_be_read_are_begun_anew() -> None:
    async with Keeper.of(await a_past()) as keeper:
        await keeper.round()
        before = await keeper.accounts()
        key = accounts_key("EVALUATIONS", keeper.ledger.manifest.epoch)
        await keeper.world.objects.put(key, b"{torn")
        await keeper.take()
        await keeper.round()
        assert (await keeper.accounts()).archive == before.archive != {}
