"""The queue as those see it who direct it: what waits in WORK, and what is held back in HELD.

Part of the event bus (`EventBus.queue`); the adapters are jetstream_queue.py and memory_held.py, held to it by
tests/contract/test_held.py. Errors are the bus's.
"""

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct

from cloche_kit.bus import Stored


class Held(Struct, frozen=True):
    """A queued event that waits for its turn. `stored` shows its place on EVALUATIONS; `subject` and `sequence` are
    those of HELD."""

    subject: str
    sequence: int
    stored: Stored


class Depth(Struct, frozen=True):
    """Messages by subject: ``work.<engine>.<priority>.<tenant>[.<turns>]``, waiting or running, and
    ``held.<engine>.<priority>.<tenant>.<turns>``."""

    work: Mapping[str, int]
    held: Mapping[str, int]


class Queue(Protocol):
    async def depth(self) -> Depth:
        """What there is now, by the leaders. HELD and WORK are read one after the other, HELD first, and lag a moment
        behind the log."""
        ...

    async def held(self, subject: str, *, after: int = 0, most: int = 100) -> list[Held]:
        """The oldest of a literal subject of HELD with a sequence beyond `after`, in order. May be stale by a moment:
        one that was released just now may still show."""
        ...

    async def release(self, held: Held) -> None:
        """Move it to WORK: there first, and then gone from HELD. Idempotent; two who release it at once may queue it
        twice, which the log makes harmless: the second finds its attempt taken."""
        ...

    async def drop(self, held: Held) -> None:
        """Take it out of HELD for good: its evaluation is over. Idempotent."""
        ...
