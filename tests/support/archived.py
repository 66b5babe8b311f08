"""The archive of a log, as storage leaves it, without a storage."""

from collections.abc import Sequence

import msgspec
from cloche_kit.archive.index import Manifest, SegmentRef, page_key
from cloche_kit.archive.segment import Segment
from cloche_kit.bus import EventBus, Stored
from cloche_kit.objects import Objects


async def archive(
    objects: Objects, epoch: str, log: Sequence[Stored], *, follows: str = "", per_segment: int = 2
) -> Manifest:
    """Put the archive of `log`, which begins at sequence 1, into the store."""
    manifest = Manifest(stream="EVALUATIONS", epoch=epoch, follows=follows)
    for begin in range(0, len(log), per_segment):
        segment = Segment()
        for stored in log[begin : begin + per_segment]:
            segment.add(stored)
        sealed = segment.seal(stream="EVALUATIONS", epoch=epoch, previous=manifest.head)
        ref = SegmentRef.of(sealed)
        await objects.put(manifest.segment_key(ref), sealed.data)
        if (page := manifest.full()) is not None:
            await objects.put(
                page_key("EVALUATIONS", epoch, page.number), msgspec.json.encode(page)
            )
        manifest = manifest.grown(ref)
    await objects.put(manifest.key, msgspec.json.encode(manifest))
    return manifest


async def messages_of(bus: EventBus) -> list[Stored]:
    """Everything that the log holds."""
    state = await bus.state()
    found = [await bus.get(sequence) for sequence in range(max(state.first, 1), state.last + 1)]
    return [stored for stored in found if stored is not None]
