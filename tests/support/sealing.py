"""An archive of what lies on a log now, without a storage that writes it."""

import msgspec
from cloche_kit.archive.index import Manifest, SegmentRef
from cloche_kit.archive.segment import Segment
from cloche_kit.bus import EventBus
from cloche_kit.objects import Objects
from cloche_kit.topology import EVALUATIONS


async def sealed(bus: EventBus, objects: Objects) -> Manifest:
    """Archive the whole log as one segment."""
    state = await bus.state()
    segment = Segment()
    for sequence in range(1, state.last + 1):
        stored = await bus.get(sequence)
        assert stored is not None
        segment.add(stored)
    made = segment.seal(stream=EVALUATIONS, epoch=state.epoch, previous="")
    manifest = Manifest(stream=EVALUATIONS, epoch=state.epoch)
    ref = SegmentRef.of(made)
    manifest = manifest.grown(ref)
    await objects.put(manifest.segment_key(ref), made.data)
    await objects.put(manifest.key, msgspec.json.encode(manifest))
    return manifest
