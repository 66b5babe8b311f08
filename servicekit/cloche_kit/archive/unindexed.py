"""Archives from before there was an index: their manifest says how far they come, and the store which segments exist.

The keys are gone through in order. A writer that crashed or was overtaken may have left segments beyond the checkpoint
or over one another (ADR 0003), all with the same lines, so a segment counts where it brings anything new.
"""

import asyncio

from msgspec.structs import replace

from cloche_kit.archive.index import Manifest, SegmentRef
from cloche_kit.archive.segment import Damaged, Opened, folder
from cloche_kit.objects import Objects

_SUFFIX = ".ndjson.zst"


def lacks_index(manifest: Manifest) -> bool:
    """Some of its segments are in no index."""
    return manifest.version < 2 and manifest.archived > 0


async def indexed(objects: Objects, manifest: Manifest) -> Manifest:
    """The manifest with every segment in `recent`. Reads all of them; `Damaged`."""
    found: list[SegmentRef] = []
    reached = 0
    below = folder(manifest.stream, manifest.epoch)
    for key in [info.key async for info in objects.list(below) if info.key.endswith(_SUFFIX)]:
        first, last = (int(part) for part in key[len(below) : -len(_SUFFIX)].split("-"))
        if last <= reached or max(first - 1, reached) >= manifest.archived:
            continue
        found.append(await _ref_of(objects, key, first, last))
        reached = last
    if reached < manifest.archived:
        raise Damaged(manifest.key, f"its segments end at {reached}, not at {manifest.archived}")
    # One that was left behind may reach further; what it holds is on the log, too.
    return replace(manifest, archived=reached, recent=tuple(found), pages=0)


async def _ref_of(objects: Objects, key: str, first: int, last: int) -> SegmentRef:
    stored = await objects.get(key)
    if stored is None:
        raise Damaged(key, "it is missing")
    opened = await asyncio.to_thread(Opened.of, key, stored[1])
    times = [line.time for _, line in opened.lines if not line.forgotten]
    if not times:
        raise Damaged(key, "there is nothing in it")
    return SegmentRef(
        first=first,
        last=last,
        events=len(opened.lines),
        begins=times[0],
        ends=times[-1],
        size=len(stored[1]),
        digest=opened.digest,
    )
