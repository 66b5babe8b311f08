"""The lease and the fence: of two writers one goes on, and the other one's checkpoint never moves again."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
import pytest
from cloche_kit.archive.index import PAGE_SEGMENTS as PAGE
from cloche_kit.archive.index import Manifest, SegmentRef, decode_manifest, decode_page
from cloche_kit.archive.segment import Damaged
from cloche_kit.bus import StreamLost, StreamState
from cloche_kit.objects import MemoryObjects, ObjectInfo, ObjectsUnavailable, PreconditionFailed
from cloche_storage.manifest import Fenced, Ledger
from support.recorded import BEGIN

STATE = StreamState("e1", 1, 100)
KEY = "archive/S-e1/manifest.json"


def ledger_of(objects: MemoryObjects, instance: str, lease: float = 0.2) -> Ledger:
    return Ledger(objects, stream="S", instance=instance, lease=lease)


def looking_at(state: StreamState) -> Callable[[], Awaitable[StreamState]]:
    async def look() -> StreamState:
        return state

    return look


async def acquired(ledger: Ledger, state: StreamState = STATE, accept: str = "") -> Ledger:
    async with asyncio.timeout(5):
        assert await ledger.acquire(looking_at(state), accept=accept, stop=asyncio.Event())
    return ledger


async def stored(objects: MemoryObjects) -> Manifest:
    found = await objects.get(KEY)
    assert found is not None
    return decode_manifest(found[1])


def ref(last: int, *, events: int = 1, size: int = 10) -> SegmentRef:
    return SegmentRef(
        first=last - events + 1,
        last=last,
        events=events,
        begins=BEGIN,
        ends=BEGIN,
        size=size,
        digest=f"digest of {last}",
    )


async def test_the_first_writer_begins_at_nothing_and_its_progress_is_kept() -> None:
    objects = MemoryObjects()
    ledger = await acquired(ledger_of(objects, "a"))
    assert (ledger.manifest.archived, ledger.manifest.term, ledger.settled) == (0, 1, 0)
    assert ledger.manifest.key == KEY
    ledger.settled = 3
    await ledger.advance(ref(5, events=5, size=50))
    await ledger.advance(ref(9, events=4, size=50))
    assert await stored(objects) == Manifest(
        stream="S",
        epoch="e1",
        archived=9,
        settled=3,
        segments=2,
        events=9,
        stored_bytes=100,
        head="digest of 9",
        recent=(ref(5, events=5, size=50), ref(9, events=4, size=50)),
        writer="a",
        term=1,
        beat=2,
    )


async def test_of_two_at_once_one_wins_and_the_other_waits() -> None:
    objects = MemoryObjects()
    stop = asyncio.Event()
    both = [
        asyncio.create_task(
            ledger_of(objects, name).acquire(looking_at(STATE), accept="", stop=stop)
        )
        for name in ("a", "b")
    ]
    done, waiting = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    assert (len(done), len(waiting)) == (1, 1)
    stop.set()
    assert sorted([await task for task in both]) == [False, True]


async def test_a_standby_takes_over_from_a_silent_writer_and_fences_it() -> None:
    objects = MemoryObjects()
    old = await acquired(ledger_of(objects, "a"))
    await old.advance(ref(5, events=5, size=1))
    new = await acquired(ledger_of(objects, "b"))
    assert (new.manifest.archived, new.manifest.term) == (5, 2)
    with pytest.raises(Fenced, match="written by b"):
        await old.advance(ref(7, events=2, size=1))
    with pytest.raises(Fenced):
        await old.renew()
    await new.advance(ref(6, events=1, size=1))
    assert (await stored(objects)).archived == 6


async def test_a_standby_waits_while_the_writer_shows_that_it_lives() -> None:
    objects = MemoryObjects()
    writer = await acquired(ledger_of(objects, "a"))
    standby = asyncio.create_task(acquired(ledger_of(objects, "b", lease=0.15)))
    for _ in range(20):
        await asyncio.sleep(0.02)
        await writer.renew()
        assert not standby.done()
    await writer.release()
    assert (await standby).manifest.writer == "b"


class AnswersLost(MemoryObjects):
    """Writes, and then says that it did not answer."""

    lost = 0

    async def put(
        self,
        key: str,
        data: bytes,
        *,
        if_none_match: bool = False,
        if_match: str | None = None,
        content_type: str = "",
    ) -> ObjectInfo | PreconditionFailed:
        answer = await super().put(key, data, if_none_match=if_none_match, if_match=if_match)
        if self.lost:
            self.lost -= 1
            raise ObjectsUnavailable("cut")
        return answer


async def test_a_lost_answer_is_not_taken_for_another_writer() -> None:
    objects = AnswersLost()
    ledger = await acquired(ledger_of(objects, "a"))
    objects.lost = 1
    await ledger.advance(ref(5, events=5, size=1))
    # As if the writer had been told of no write at all.
    ledger._etag = '"old"'
    await ledger.advance(ref(6, events=1, size=1))
    assert (await stored(objects)).archived == 6


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (StreamState("e1", 1, 4), "ends at 4, the archive at 5"),
        (StreamState("e1", 7, 9), "begins at 7, the archive ends at 5"),
        (StreamState("e2", 1, 9), "set CLOCHE_ACCEPT_STREAM=e2"),
    ],
)
async def test_a_stream_that_does_not_continue_the_archive_is_lost(
    state: StreamState, said: str
) -> None:
    objects = MemoryObjects()
    ledger = await acquired(ledger_of(objects, "a"))
    await ledger.advance(ref(5, events=5, size=1))
    await ledger.release()
    with pytest.raises(StreamLost, match=said):
        await acquired(ledger_of(objects, "b"), state)


async def test_a_stream_that_is_fully_archived_may_be_empty() -> None:
    objects = MemoryObjects()
    ledger = await acquired(ledger_of(objects, "a"))
    await ledger.advance(ref(5, events=5, size=1))
    await ledger.release()
    await acquired(ledger_of(objects, "b"), StreamState("e1", 6, 5))


async def test_a_log_without_its_beginning_and_without_an_archive_is_lost() -> None:
    with pytest.raises(StreamLost, match="begins at 3"):
        await acquired(ledger_of(MemoryObjects(), "a"), StreamState("e1", 3, 5))


async def test_a_new_stream_is_archived_once_somebody_has_said_so() -> None:
    objects = MemoryObjects()
    await acquired(ledger_of(objects, "a"))
    new = await acquired(ledger_of(objects, "b"), StreamState("e2", 1, 4), accept="e2")
    assert (new.manifest.archived, new.manifest.follows) == (0, "e1")


class Overtaken(MemoryObjects):
    """Another writer takes the archive, and writes a segment, right after its manifest was looked for."""

    async def get(self, key: str) -> tuple[ObjectInfo, bytes] | None:
        found = await super().get(key)
        if found is None and not self._objects:
            other = Manifest(stream="S", epoch="e1", writer="other", term=1)
            await super().put(key, msgspec.json.encode(other))
        return found


async def test_a_writer_that_was_overtaken_at_the_very_beginning_stands_by() -> None:
    ledger = await acquired(ledger_of(Overtaken(), "a"))
    # Once the other one has been silent for the lease.
    assert (ledger.manifest.writer, ledger.manifest.term) == ("a", 2)


async def test_a_manifest_that_vanished_is_no_reason_to_begin_anew() -> None:
    objects = MemoryObjects()
    await objects.put("archive/S-e1/00000000000000000001-00000000000000000002.ndjson.zst", b"")
    for accept in ("", "e1"):
        with pytest.raises(Damaged, match="archive/S-e1/: its manifest is gone"):
            await acquired(ledger_of(objects, "a"), accept=accept)


async def test_older_segments_move_to_pages_and_the_manifest_stays_small() -> None:
    objects = MemoryObjects()
    ledger = await acquired(ledger_of(objects, "a"))
    for last in range(1, 2 * PAGE + 4):
        await ledger.advance(ref(last))
    manifest = await stored(objects)
    assert (manifest.pages, manifest.segments, manifest.archived) == (2, 203, 203)
    assert [one.last for one in manifest.recent] == [201, 202, 203]
    found = await objects.get("archive/S-e1/pages/00000001.json")
    assert found is not None
    page = decode_page(found[1])
    assert [one.last for one in page.segments] == list(range(101, 201))
    assert page.number == 1
