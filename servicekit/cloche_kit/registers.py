"""Small records that several processes change by compare-and-set, and one clock for all of them.

Part of the event bus (`EventBus.budgets`). The adapters are jetstream_registers.py and memory_registers.py, held to it
by tests/contract/test_registers.py. Errors are the bus's. A record is kept for ever, its history is not.
"""

from typing import Protocol

from msgspec import Struct


class Register(Struct, frozen=True):
    """A record as it lies there. `revision` is its own, and greater than that of every one before."""

    data: bytes
    revision: int


class Registers(Protocol):
    async def read(self, name: str) -> Register | None:
        """The record, never stale. None if there is none. `name` is one or more tokens of a subject."""
        ...

    async def write(self, name: str, data: bytes, *, after: int) -> int | None:
        """Put it in the place of revision `after` (0: there is none); its revision.

        None if somebody else has written since: nothing was changed then.
        """
        ...

    async def clock(self) -> int:
        """The time that everybody goes by: the store's, in nanoseconds since 1970, as it was within this call."""
        ...
