"""Taking over an archive whose writer knew no index: its segments are listed once and entered into one.

Segments of that time may overlap: a crash left one beyond the checkpoint, and the same messages were archived again.
But each began where the checkpoint stood, so from the checkpoint backwards one always ends right before the next.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing

import msgspec
from cloche_kit.archive.index import Manifest, SegmentRef, page_key
from cloche_kit.archive.segment import Damaged, Opened, folder, key_of, range_of
from cloche_kit.objects import Objects
from msgspec.structs import replace

from cloche_storage.patience import patiently
from cloche_storage.placing import JSON, placed

VERSION = Manifest(stream="", epoch="").version


async def adopt(
    objects: Objects, manifest: Manifest, still_ours: Callable[[], Awaitable[None]]
) -> Manifest:
    """`manifest` with everything up to its checkpoint in the index; the segments stay as they are.

    `still_ours` is awaited after each segment, and raises if the archive is not. `Damaged` if one is missing or is
    not one.
    """
    grown = replace(
        manifest, version=VERSION, archived=0, segments=0, events=0, stored_bytes=0, head="",
        recent=(), pages=0,
    )  # fmt: skip
    for first, last in await _way_to(objects, manifest):
        ref = await _looked_at(objects, manifest, first, last)
        if (page := grown.full()) is not None:
            key = page_key(grown.stream, grown.epoch, page.number)
            await placed(objects, key, msgspec.json.encode(page), content_type=JSON)
        grown = grown.grown(ref)
        await still_ours()
    return grown


async def _way_to(objects: Objects, manifest: Manifest) -> list[tuple[int, int]]:
    """Ranges of the segments that lead to the checkpoint, none of them overlapping another."""
    where = folder(manifest.stream, manifest.epoch)
    firsts: dict[int, int] = {}
    async with aclosing(objects.list(where)) as found:
        async for info in found:
            if (range_ := range_of(info.key)) is not None:
                # Of two that end together the longer one, whoever looks.
                firsts.setdefault(range_[1], range_[0])
    ranges, last = [], manifest.archived
    while last:
        if last not in firsts or firsts[last] > last:
            raise Damaged(where, f"no segment ends at {last}")
        ranges.append((firsts[last], last))
        last = firsts[last] - 1
    return ranges[::-1]


async def _looked_at(objects: Objects, manifest: Manifest, first: int, last: int) -> SegmentRef:
    key = key_of(manifest.stream, manifest.epoch, first, last)
    found = await patiently(lambda: objects.get(key))
    if found is None:
        raise Damaged(key, "it is missing")
    opened = await asyncio.to_thread(Opened.of, key, found[1])
    sequences = [line.sequence for _, line in opened.lines]
    if sequences != list(range(first, last + 1)):
        raise Damaged(key, f"it does not hold {first} to {last}, each once and in order")
    return SegmentRef(
        first=first,
        last=last,
        events=len(sequences),
        begins=opened.lines[0][1].time,
        ends=opened.lines[-1][1].time,
        size=len(found[1]),
        digest=opened.digest,
    )
