"""Reading the archive from any sequence or time, over pages and manifest; what is not as it was written is noticed."""

from contextlib import aclosing
from datetime import timedelta

import msgspec
import pytest
from cloche_kit.archive import index
from cloche_kit.archive.index import Manifest, SegmentRef, page_key
from cloche_kit.archive.reader import ArchiveReader
from cloche_kit.archive.segment import Damaged, Segment
from cloche_kit.bus import Stored
from cloche_kit.objects import MemoryObjects
from support.recorded import BEGIN, Recorder

COUNT = 47


class Written:
    """An archive of `COUNT` messages, two to a segment, five segments to a page."""

    def __init__(self) -> None:
        self.objects = MemoryObjects()
        self.reader = ArchiveReader(self.objects, stream="S")
        self.manifest = Manifest(stream="S", epoch="e1")
        recorder = Recorder()
        self.log = [recorder.raw(f"evaluations.t{n % 3}", b"%d" % n) for n in range(COUNT)]

    async def write(self) -> "Written":
        for at in range(0, COUNT, 2):
            segment = Segment()
            for stored in self.log[at : at + 2]:
                segment.add(stored)
            sealed = segment.seal(stream="S", epoch="e1", previous=self.manifest.head)
            ref = SegmentRef.of(sealed)
            await self.objects.put(self.manifest.segment_key(ref), sealed.data)
            if (page := self.manifest.full()) is not None:
                await self.objects.put(page_key("S", "e1", page.number), msgspec.json.encode(page))
            self.manifest = self.manifest.grown(ref)
        await self.objects.put(self.manifest.key, msgspec.json.encode(self.manifest))
        return self

    async def read(self, after: int = 0, filters: tuple[str, ...] = ()) -> list[Stored]:
        batches = self.reader.read(self.manifest, after=after, filters=filters, batch=3)
        async with aclosing(batches) as found:
            return [one async for batch in found for one in batch]


@pytest.fixture
async def written(monkeypatch: pytest.MonkeyPatch) -> Written:
    monkeypatch.setattr(index, "PAGE_SEGMENTS", 5)
    return await Written().write()


async def test_the_manifest_is_found_by_the_stream_s_epoch(written: Written) -> None:
    assert written.manifest.pages == 4
    assert await written.reader.manifest("e1") == written.manifest
    assert await written.reader.manifest("e2") is None


@pytest.mark.parametrize("after", [0, 1, 2, 9, 10, 11, 39, 40, 41, 45, 46, 47, 99])
async def test_reading_begins_behind_any_sequence(written: Written, after: int) -> None:
    assert await written.read(after) == written.log[after:]


async def test_a_filter_leaves_out_what_does_not_fall_under_it(written: Written) -> None:
    wanted = [stored for stored in written.log[7:] if stored.subject.endswith("t1")]
    assert await written.read(7, ("evaluations.t1", "other.>")) == wanted


@pytest.mark.parametrize("number", range(1, COUNT + 1))
async def test_a_time_is_found_to_the_message(written: Written, number: int) -> None:
    reader, manifest = written.reader, written.manifest
    taken = BEGIN + timedelta(seconds=number)
    assert await reader.sequence_before(manifest, taken) == number - 1
    assert await reader.sequence_before(manifest, taken + timedelta(seconds=0.5)) == number


async def test_times_before_and_after_everything(written: Written) -> None:
    reader, manifest = written.reader, written.manifest
    assert await reader.sequence_before(manifest, BEGIN - timedelta(days=1)) == 0
    assert await reader.sequence_before(manifest, BEGIN + timedelta(days=1)) == COUNT


async def test_another_segment_in_its_place_is_noticed(written: Written) -> None:
    refs = [ref async for ref in written.reader.segments(written.manifest)]
    other = await written.objects.get(written.manifest.segment_key(refs[3]))
    assert other is not None
    await written.objects.put(written.manifest.segment_key(refs[2]), other[1])
    with pytest.raises(Damaged, match="its digest is"):
        await written.read()
    assert await written.read(after=refs[2].last) == written.log[refs[2].last :]


async def test_a_segment_that_is_gone_is_noticed(written: Written) -> None:
    [ref] = [ref async for ref in written.reader.segments(written.manifest) if ref.first == 21]
    await written.objects.delete(written.manifest.segment_key(ref))
    with pytest.raises(Damaged, match="it is missing"):
        await written.read()


@pytest.mark.parametrize("data", [b"{", b'{"number":3,"segments":[]}'])
async def test_a_page_that_is_none_is_noticed(written: Written, data: bytes) -> None:
    await written.objects.put(page_key("S", "e1", 2), data)
    with pytest.raises(Damaged, match=r"pages/00000002.json"):
        await written.read()


async def test_a_manifest_that_is_none_is_noticed(written: Written) -> None:
    await written.objects.put(written.manifest.key, b"[]")
    with pytest.raises(Damaged, match=r"manifest.json"):
        await written.reader.manifest("e1")
