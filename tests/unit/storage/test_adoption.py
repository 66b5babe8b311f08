"""An archive of version 1, made by hand as its writer made it, is taken over whole and goes on chained."""

import asyncio
from datetime import timedelta
from itertools import pairwise

import msgspec
import pytest
import zstandard
from cloche_kit.archive import index, lines
from cloche_kit.archive.segment import Damaged, Opened, key_of
from cloche_kit.archive.verify import verify
from cloche_kit.bus import Stored
from cloche_storage import adoption
from cloche_storage.manifest import Ledger
from support.archive import World
from support.recorded import address_of, story
from support.waiting import wait_until

FIRST = address_of(1)


def segment_v1(messages: list[Stored]) -> bytes:
    text = b"".join(lines.encode(stored) + b"\n" for stored in messages)
    return zstandard.ZstdCompressor().compress(text)


def manifest_v1(epoch: str, archived: int) -> bytes:
    fields = {
        "version": 1, "stream": "EVALUATIONS", "epoch": epoch, "archived": archived, "settled": 0,
        "segments": 5, "events": 99, "stored_bytes": 1, "writer": "", "term": 3, "beat": 7,
    }  # fmt: skip
    return msgspec.json.encode(fields)


async def world_of(*ranges: tuple[int, int], archived: int) -> World:
    """A log of 26 messages, of which these ranges lie in segments of version 1."""
    world = World()
    for number in (1, 2):
        await world.append(address_of(number), *story(*(("stdout", b"x"),) * 10))
    log = await world.everything()
    epoch = (await world.bus.state()).epoch
    for first, last in ranges:
        key = key_of("EVALUATIONS", epoch, first, last)
        await world.objects.put(key, segment_v1(log[first - 1 : last]))
    key = index.manifest_key("EVALUATIONS", epoch)
    await world.objects.put(key, manifest_v1(epoch, archived))
    return world


async def chained(world: World) -> list[Opened]:
    manifest = await world.manifest()
    reader = world.reader
    return [await reader.open(manifest, ref) async for ref in reader.segments(manifest)]


@pytest.mark.parametrize(
    "ranges",
    [
        [(1, 4), (5, 9), (10, 20)],
        # A crash after 5 to 11 was put: archived again as 5 to 9 and 10 to 20.
        [(1, 4), (5, 11), (5, 9), (10, 20)],
        # The other way round: what was archived again is longer than the leftover.
        [(1, 4), (5, 6), (5, 9), (10, 20)],
        # A leftover beyond the checkpoint.
        [(1, 4), (5, 9), (10, 20), (21, 23)],
        # One that ends where another ends: the longer one counts.
        [(1, 9), (5, 9), (1, 4), (10, 20)],
    ],
)
async def test_it_is_read_whole_and_nothing_twice(
    ranges: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "PAGE_SEGMENTS", 2)
    world = await world_of(*ranges, archived=20)
    async with world.storage():
        await world.append(address_of(3), *story())
        await wait_until(world.caught_up())
    log = await world.everything()
    assert await world.archived() == log
    manifest = await world.manifest()
    assert (manifest.version, manifest.events, manifest.indexed) == (2, len(log), True)
    segments = await chained(world)
    assert manifest.segments == len(segments)
    old = [opened for opened in segments if opened.header is None]
    assert [one.lines[-1][1].sequence for one in old][-1] == 20
    for before, after in pairwise(segments[len(old) - 1 :]):
        assert after.header is not None
        assert after.header.previous == before.digest
    # Nothing beyond the checkpoint is left that no index names.
    [*keys] = [key async for key in world.segment_keys() if key >= key_of_(world, manifest, 21)]
    assert keys == [manifest.segment_key(ref) for ref in manifest.recent if ref.first > 20]


def key_of_(world: World, manifest: index.Manifest, first: int) -> str:
    return key_of(manifest.stream, manifest.epoch, first, 0)


async def test_times_are_found_in_what_was_taken_over() -> None:
    world = await world_of((1, 4), (5, 20), archived=20)
    async with world.storage():
        await wait_until(world.caught_up())
    log = await world.everything()
    manifest = await world.manifest()
    for stored in log[:20]:
        before = await world.reader.sequence_before(
            manifest, stored.time + timedelta(microseconds=1)
        )
        assert before >= stored.sequence


async def test_an_empty_one_is_simply_continued() -> None:
    world = await world_of(archived=0)
    async with world.storage():
        await wait_until(world.caught_up())
    assert await world.archived() == await world.everything()


@pytest.mark.parametrize("missing", [(1, 4), (5, 9), (10, 20)])
async def test_one_with_a_hole_is_not_taken_over(missing: tuple[int, int]) -> None:
    ranges = [one for one in [(1, 4), (5, 9), (10, 20)] if one != missing]
    world = await world_of(*ranges, archived=20)
    with pytest.raises(Damaged, match=f"no segment ends at {missing[1]}"):
        await adoption.adopt(world.objects, await world.manifest(), _nothing)


@pytest.mark.parametrize("data", [b"garbage", segment_v1([])])
async def test_one_with_a_segment_that_is_none_is_not_taken_over(data: bytes) -> None:
    world = await world_of((1, 4), (5, 20), archived=20)
    epoch = (await world.bus.state()).epoch
    await world.objects.put(key_of("EVALUATIONS", epoch, 5, 20), data)
    with pytest.raises(Damaged, match="00005-"):
        await adoption.adopt(world.objects, await world.manifest(), _nothing)


async def test_until_then_nobody_reads_it_as_an_empty_one() -> None:
    world = await world_of((1, 20), archived=20)
    with pytest.raises(Damaged, match="no index"):
        await world.archived()


async def test_taking_over_a_long_one_keeps_the_lease() -> None:
    world = await world_of(*((n, n) for n in range(1, 21)), archived=20)
    ledger = Ledger(world.objects, stream="EVALUATIONS", instance="a", lease=0.0)
    assert await ledger.acquire(world.bus.state, accept="", stop=_never())
    # With a lease of no time a sign of life is due after each segment.
    assert ledger.manifest.beat >= 20
    assert ledger.manifest.indexed


async def test_a_manifest_that_was_lost_is_made_anew_from_the_segments() -> None:
    world = World()
    for number in range(4):
        await world.append(address_of(number), *story(("stdout", b"x")))
    async with world.storage(segment_bytes=1500):
        await wait_until(world.caught_up())
    lost = await world.manifest()
    least = {"version": 1, "stream": lost.stream, "epoch": lost.epoch, "archived": lost.archived}
    await world.objects.put(lost.key, msgspec.json.encode(least))
    async with world.storage():
        await world.append(address_of(9), *story())
        await wait_until(world.caught_up())
    assert await world.archived() == await world.everything()
    now = await world.manifest()
    assert now.recent[: lost.segments] == lost.recent
    report = await verify(world.objects, stream=lost.stream, epoch=lost.epoch)
    assert (report.findings, report.adopted) == ([], 0)


async def _nothing() -> None:
    pass


def _never() -> "asyncio.Event":
    return asyncio.Event()
