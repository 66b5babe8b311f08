"""Archive and stream against one another: the archive holds exactly what the log holds."""

import asyncio

from cloche_kit.archive.index import Manifest
from cloche_kit.archive.reader import ArchiveReader
from cloche_kit.jetstream import JetStreamBus
from cloche_kit.objects import Objects


async def manifest_of(bus: JetStreamBus, objects: Objects) -> Manifest:
    epoch = (await bus.state()).epoch
    found = await ArchiveReader(objects, stream="EVALUATIONS").manifest(epoch)
    assert found is not None
    return found


async def in_archive(bus: JetStreamBus, objects: Objects) -> bool:
    return (await manifest_of(bus, objects)).archived == (await bus.state()).last


async def compare_archive(bus: JetStreamBus, objects: Objects) -> None:
    """The archive holds every message once, and of those that the log still has each byte."""
    manifest = await manifest_of(bus, objects)
    batches = ArchiveReader(objects, stream="EVALUATIONS").read(manifest)
    archived = [one async for batch in batches for one in batch]
    state = await bus.state()
    assert [one.sequence for one in archived] == list(range(1, state.last + 1))
    kept = await asyncio.gather(*(bus.get(one.sequence) for one in archived))
    for one, stored in zip(archived, kept, strict=True):
        assert stored is None or (one.subject, one.data) == (stored.subject, stored.data)
    assert state.first - 1 + state.deleted == sum(stored is None for stored in kept)
