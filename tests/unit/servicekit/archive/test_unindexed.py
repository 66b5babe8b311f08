"""Archives from before there was an index are read whole, whatever a crash has left among their segments."""

import msgspec
import pytest
import zstandard
from cloche_kit.archive import lines
from cloche_kit.archive.index import manifest_key
from cloche_kit.archive.reader import ArchiveReader
from cloche_kit.archive.segment import Damaged, key_of
from cloche_kit.bus import Stored
from cloche_kit.objects import MemoryObjects
from support.recorded import Recorder, address_of, story


class Old:
    """The archive of 30 messages as it was written then: segments without a header, a manifest without an index."""

    def __init__(self) -> None:
        self.objects = MemoryObjects()
        recorder = Recorder()
        self.log = [m for n in range(10) for m in recorder.events(address_of(n), story())]

    async def segment(self, first: int, last: int) -> str:
        rows = [lines.encode(one) for one in self.log[first - 1 : last]]
        data = zstandard.ZstdCompressor().compress(b"\n".join((*rows, b"")))
        key = key_of("S", "e", first, last)
        await self.objects.put(key, data)
        return key

    async def manifest(self, archived: int) -> None:
        told = {"version": 1, "stream": "S", "epoch": "e", "archived": archived, "segments": 3}
        await self.objects.put(manifest_key("S", "e"), msgspec.json.encode(told))

    async def read(self, after: int = 0) -> list[Stored]:
        reader = ArchiveReader(self.objects, stream="S")
        manifest = await reader.manifest("e")
        assert manifest is not None
        return [one async for batch in reader.read(manifest, after=after) for one in batch]


@pytest.fixture
async def old() -> Old:
    made = Old()
    for first, last in ((1, 10), (11, 20), (21, 30)):
        await made.segment(first, last)
    await made.manifest(30)
    return made


@pytest.mark.parametrize("after", [0, 1, 10, 15, 29, 30])
async def test_every_message_is_there_once(old: Old, after: int) -> None:
    assert await old.read(after) == old.log[after:]


async def test_segments_over_one_another_and_beyond_the_end_bring_nothing_twice(old: Old) -> None:
    await old.segment(1, 4)
    await old.segment(8, 14)
    await old.segment(25, 30)
    assert await old.read() == old.log
    await old.manifest(20)
    assert await old.read() == old.log[:20]
    # One that a crash left behind reaches beyond the checkpoint: then that is how far it is read.
    await old.segment(17, 23)
    await old.objects.delete(key_of("S", "e", 11, 20))
    await old.segment(11, 18)
    reader = ArchiveReader(old.objects, stream="S")
    manifest = await reader.manifest("e")
    assert manifest is not None
    assert (manifest.archived, await old.read()) == (23, old.log[:23])


async def test_an_archive_without_anything_yet(old: Old) -> None:
    await old.manifest(0)
    assert await old.read() == []


async def test_a_segment_that_is_gone_or_none_is_noticed(old: Old) -> None:
    key = await old.segment(21, 30)
    await old.objects.delete(key)
    with pytest.raises(Damaged, match="end at 20"):
        await old.read()
    await old.objects.put(key, b"no segment")
    with pytest.raises(Damaged, match=key):
        await old.read()
