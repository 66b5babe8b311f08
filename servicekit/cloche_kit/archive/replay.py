"""The whole history of a stream, for ever: the archive first, then the stream itself, without a seam.

The stream forgets what was archived long enough ago (retention), and may forget it for one tenant sooner than for
another, so what it holds at its beginning may have holes. The archive has none.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from cloche_schemas import subjects

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
    while True:
        past = archived(bus, archive, after=after, filters=filters, batch=batch)
        async with aclosing(past) as pieces:
            async for messages, reached in pieces:
                after = reached
                if messages:
                    yield messages
        async with aclosing(bus.follow(after=after, filters=filters, batch=batch)) as source:
            async for messages in source:
                if not await _without_a_hole(bus, archive, after, messages):
                    break
                yield messages
                after = messages[-1].sequence


async def recorded(
    bus: EventBus,
    archive: ArchiveReader,
    *,
    after: int,
    upto: int,
    filters: Sequence[str] = (),
    batch: int = 500,
) -> AsyncGenerator[tuple[list[Stored], int], None]:
    """As `replay`, but it ends: messages beyond `after` up to `upto`, and the sequence that is reached with them.

    `upto` is at most the end of the stream. The last piece, which may be empty, reaches it.
    """
    while after < upto:
        for part in (archived, _on_the_stream):
            source = part(bus, archive, after=after, filters=filters, batch=batch)
            async with aclosing(source) as pieces:
                async for messages, reached in pieces:
                    if reached >= upto:
                        yield [one for one in messages if one.sequence <= upto], upto
                        return
                    yield messages, reached
                    after = reached


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


async def _on_the_stream(
    bus: EventBus,
    archive: ArchiveReader,
    *,
    after: int,
    filters: Sequence[str] = (),
    batch: int = 500,
) -> AsyncGenerator[tuple[list[Stored], int], None]:
    """As `archived`, what the stream has. Ends early where it was trimmed meanwhile, else at the end that it had."""
    end = (await bus.state()).last
    found = [await bus.last(filter_) for filter_ in filters or (subjects.ALL,)]
    last = max((one.sequence for one in found if one is not None), default=0)
    if last > after:
        async with aclosing(bus.follow(after=after, filters=filters, batch=batch)) as source:
            async for messages in source:
                if not await _without_a_hole(bus, archive, after, messages):
                    return
                after = messages[-1].sequence
                yield messages, after
                if after >= last:
                    break
    if after < end and await _without_a_hole(bus, archive, after, []):
        yield [], end


async def _without_a_hole(
    bus: EventBus, archive: ArchiveReader, after: int, messages: Sequence[Stored]
) -> bool:
    """Whether nothing was trimmed between `after` and the `messages` that came next, before they were read."""
    if messages and messages[-1].sequence == after + len(messages):
        return True
    state = await bus.state()
    if whole(state, after):
        return True
    manifest = await archive.manifest(state.epoch)
    return state.first <= after + 1 if manifest is None else manifest.archived <= after


def whole(state: StreamState, after: int) -> bool:
    """The stream holds everything beyond `after`."""
    return state.first <= after + 1 and (not state.deleted or after >= state.last)
