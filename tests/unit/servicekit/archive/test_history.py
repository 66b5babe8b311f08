"""Streams that followed one another read as one, from any place to any other; times are found in all of them."""

from contextlib import aclosing
from datetime import timedelta

import msgspec
import pytest
from cloche_kit.archive.history import History, Lineage, Place
from cloche_kit.archive.index import epochs
from cloche_kit.archive.reader import ArchiveReader
from cloche_kit.archive.replay import Trimmed
from cloche_kit.objects import MemoryObjects
from msgspec.structs import replace
from support.archived import archive, messages_of
from support.bus import an_address, append
from support.forgetful import Forgetful
from support.recorded import BEGIN, Recorder

SUBJECT = "evaluations.main.x.lifecycle.log"


class Three:
    """Streams a1 and a2 that are gone, four messages each, and the present one with six, four of them archived."""

    def __init__(self) -> None:
        self.bus = Forgetful()
        self.objects = MemoryObjects()
        self.history = History(self.bus, ArchiveReader(self.objects, stream="EVALUATIONS"))

    async def write(self) -> "Three":
        recorder = Recorder()
        old = [recorder.raw(SUBJECT, b"%d" % n) for n in range(8)]
        await archive(self.objects, "a1", old[:4])
        await archive(
            self.objects,
            "a2",
            [replace(one, sequence=one.sequence - 4) for one in old[4:]],
            follows="a1",
        )
        for n in range(6):
            await append(self.bus, an_address().log, b"%d" % n)
        self.epoch = (await self.bus.state()).epoch
        self.log = await messages_of(self.bus)
        await archive(self.objects, self.epoch, self.log[:4], follows="a2")
        return self

    async def read(self, lineage: Lineage, after: Place, upto: Place | None = None) -> list[str]:
        found: list[str] = []
        reached = None
        source = self.history.read(lineage, after, upto or lineage.end, batch=3)
        async with aclosing(source) as passages:
            async for passage in passages:
                epoch = passage.reached.epoch
                found += [f"{epoch}-{one.sequence}" for one in passage.messages]
                assert not passage.messages or found[-1] == str(passage.reached)
                reached = passage.reached
        assert reached == (upto or lineage.end) or not found
        return found


@pytest.fixture
async def three() -> Three:
    return await Three().write()


def places(epoch: str) -> list[Place]:
    return [
        Place(name, n)
        for name, last in (("a1", 4), ("a2", 4), (epoch, 6))
        for n in range(1, last + 1)
    ]


async def test_reading_from_each_place_to_each_other_gives_what_lies_between(three: Three) -> None:
    lineage = await three.history.lineage()
    assert lineage.beginning == Place("a1")
    everything = places(three.epoch)
    for gone in (set(), {1, 2, 3}, {2}):
        three.bus.gone = gone
        for start in range(len(everything)):
            for end in range(start, len(everything)):
                found = await three.read(lineage, everything[start], everything[end])
                assert found == [str(place) for place in everything[start + 1 : end + 1]]
    assert await three.read(lineage, lineage.beginning) == list(map(str, everything))


async def test_a_time_is_found_in_whichever_stream_took_it(three: Three) -> None:
    lineage, find = await three.history.lineage(), three.history.before
    assert await find(lineage, BEGIN - timedelta(days=1)) == Place("a1", 0)
    for n in range(1, 9):
        place = await find(lineage, BEGIN + timedelta(seconds=n))
        # The end of one stream is the beginning of the next.
        assert place == (Place("a1", n - 1) if n < 5 else Place("a2", n - 5))
    for gone in (set(), {1, 2, 3}, {2}, {1, 2, 3, 4}):
        three.bus.gone = gone
        assert await find(lineage, BEGIN + timedelta(days=1)) == Place(three.epoch, 0)
        for one in three.log:
            found = await find(lineage, one.time)
            assert three.log[found.sequence].time == one.time
        late = three.log[-1].time + timedelta(seconds=1)
        assert await find(lineage, late) == lineage.end


async def test_a_stream_of_which_nothing_says_what_followed_it_is_read_when_it_is_named(
    three: Three,
) -> None:
    manifest = await three.history.archive.manifest(three.epoch)
    assert manifest is not None
    await three.objects.put(manifest.key, msgspec.json.encode(replace(manifest, follows="")))
    alone = await three.history.lineage()
    assert (alone.former, alone.last("a2")) == ((), None)
    named = await three.history.lineage(including="a2")
    assert await three.read(named, Place("a2", 3)) == [
        "a2-4",
        *(str(place) for place in places(three.epoch)[8:]),
    ]
    assert (await three.history.lineage(including="b7")).former == ()


async def test_a_circle_of_streams_ends(three: Three) -> None:
    first = await three.history.archive.manifest("a1")
    assert first is not None
    await three.objects.put(first.key, msgspec.json.encode(replace(first, follows=three.epoch)))
    assert [one.epoch for one in (await three.history.lineage()).former] == ["a1", "a2"]


async def test_what_was_trimmed_and_never_archived_is_said(three: Three) -> None:
    three.objects._objects.clear()
    three.bus.gone = {1, 2}
    lineage = await three.history.lineage()
    with pytest.raises(Trimmed) as caught:
        await three.history.before(lineage, BEGIN)
    assert caught.value.first == 3
    with pytest.raises(Trimmed):
        await three.read(lineage, lineage.beginning)
    late = three.log[-1].time + timedelta(seconds=1)
    assert await three.history.before(lineage, late) == lineage.end


async def test_epochs_are_found_without_listing_every_segment(three: Three) -> None:
    await three.objects.put("archive/EVALUATIONS2-aaa/manifest.json", b"")
    await three.objects.put("archive/OTHER-b/manifest.json", b"")
    assert await epochs(three.objects, "EVALUATIONS") == ["a1", "a2", three.epoch]
    assert await epochs(three.objects, "NONE") == []
