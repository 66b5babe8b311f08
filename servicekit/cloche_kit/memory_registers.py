"""`Registers` of the bus in memory."""

import itertools
import time
from collections.abc import Callable

from cloche_kit.registers import Register


class MemoryRegisters:
    """See `Registers`."""

    def __init__(self, sound: Callable[[], None]) -> None:
        self._sound = sound
        self._records: dict[str, Register] = {}
        self._revisions = itertools.count(1)

    async def read(self, name: str) -> Register | None:
        """See `Registers`."""
        self._sound()
        return self._records.get(name)

    async def write(self, name: str, data: bytes, *, after: int) -> int | None:
        """See `Registers`."""
        self._sound()
        there = self._records.get(name)
        if (there.revision if there else 0) != after:
            return None
        self._records[name] = Register(data, next(self._revisions))
        return self._records[name].revision

    async def clock(self) -> int:
        """See `Registers`."""
        self._sound()
        return time.time_ns()
