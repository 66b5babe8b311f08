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
    """The archive holds exactly what the log holds."""
    reader = ArchiveReader(objects, stream="EVALUATIONS")
    batches = reader.read(await manifest_of(bus, objects))
    archived = [one async for batch in batches for one in batch]
    last = (await bus.state()).last
    stored = await asyncio.gather(*(bus.get(sequence) for sequence in range(1, last + 1)))
    assert [(one.sequence, one.subject, one.data) for one in archived] == [
        (one.sequence, one.subject, one.data) for one in stored if one is not None
    ]
