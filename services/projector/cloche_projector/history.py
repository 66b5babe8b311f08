"""The history for whoever folds it from the beginning: what is archived from the archive, the rest from the log.

A projector that goes on from its checkpoint takes what it can from the log (cloche_kit.archive.replay). Folding anew
goes the other way: the log is left to those that are live, and that the archive is enough is seen each time.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from cloche_kit.archive.reader import ArchiveReader
from cloche_kit.archive.replay import replay
from cloche_kit.bus import EventBus, Stored


async def history(
    bus: EventBus, archive: ArchiveReader, *, after: int, batch: int
) -> AsyncGenerator[list[Stored], None]:
    """Everything beyond `after` in order, then what comes, in batches of 1 to `batch`. Close it with `aclosing`.

    Raises what `replay` raises.
    """
    manifest = await archive.manifest((await bus.state()).epoch)
    if manifest is not None and manifest.archived > after:
        past = archive.read(manifest, after=after, batch=batch)
        async with aclosing(past), aclosing(gathered(past, batch)) as batches:
            async for messages in batches:
                yield messages
        after = manifest.archived
    async with aclosing(replay(bus, archive, after=after, batch=batch)) as rest:
        async for messages in rest:
            yield messages


async def gathered(
    source: AsyncGenerator[list[Stored], None], most: int
) -> AsyncGenerator[list[Stored], None]:
    """The same messages in batches of `most`, but for the last one: segments may be short."""
    waiting: list[Stored] = []
    async for messages in source:
        waiting += messages
        while len(waiting) >= most:
            yield waiting[:most]
            waiting = waiting[most:]
    if waiting:
        yield waiting
