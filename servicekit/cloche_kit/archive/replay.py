"""The whole history of a stream, for ever: the archive first, then the stream itself, without a seam.

The stream forgets what was archived long enough ago (retention), and may forget it for one tenant sooner than for
another, so what it holds at its beginning may have holes. The archive has none.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from cloche_kit.archive.reader import ArchiveReader
from cloche_kit.bus import EventBus, Stored, StreamState


class Trimmed(Exception):  # noqa: N818
    """The stream no longer holds what is asked for, and no archive does. `first`: the first sequence that there is."""

    def __init__(self, after: int, first: int) -> None:
        super().__init__(f"nothing between {after + 1} and {first - 1} is left")
        self.first = first


async def replay(
    bus: EventBus,
    archive: ArchiveReader,
    *,
    after: int = 0,
    filters: Sequence[str] = (),
    batch: int = 500,
) -> AsyncGenerator[list[Stored], None]:
    """Messages beyond `after` in order: what is archived, what is stored, then what comes. Close it with `aclosing`.

    Batches of 1 to `batch`. `Trimmed`, `Damaged` (archive), `ObjectsUnavailable`, and what `EventBus.follow` raises.
    """
    async with aclosing(archived(bus, archive, after=after, filters=filters, batch=batch)) as past:
        async for messages, reached in past:
            after = reached
            if messages:
                yield messages
    async with aclosing(bus.follow(after=after, filters=filters, batch=batch)) as source:
        async for messages in source:
            yield messages


async def archived(
    bus: EventBus,
    archive: ArchiveReader,
    *,
    after: int,
    filters: Sequence[str] = (),
    batch: int = 500,
) -> AsyncGenerator[tuple[list[Stored], int], None]:
    """What only the archive is sure to have beyond `after`: messages, and the sequence that is reached with them.

    Nothing while the stream itself is whole from there on.
    """
    while not whole(state := await bus.state(), after):
        manifest = await archive.manifest(state.epoch)
        if manifest is None or manifest.archived <= after:
            # Only what is archived is ever trimmed; so beyond the archive's end the stream is whole.
            if state.first > after + 1:
                raise Trimmed(after, state.first)
            return
        source = archive.read(manifest, after=after, filters=filters, batch=batch)
        async with aclosing(source) as batches:
            async for messages in batches:
                yield messages, messages[-1].sequence
        after = manifest.archived
        yield [], after


def whole(state: StreamState, after: int) -> bool:
    """The stream holds everything beyond `after`."""
    return state.first <= after + 1 and (not state.deleted or after >= state.last)
