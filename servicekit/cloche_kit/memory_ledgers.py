"""`Ledgers` of the bus in memory."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime

from cloche_kit.bus import Appended, Conflict, Expectation, Stored, StreamState
from cloche_kit.ledgers import Ledgers
from cloche_kit.memory_log import MemoryLog


class MemoryRecords:
    """See `AuditLog`. `sound` raises while the server is away. Nothing is forgotten."""

    def __init__(self, epoch: str, sound: Callable[[], None]) -> None:
        self.messages = MemoryLog()
        self._epoch = epoch
        self._sound = sound
        self._changed = asyncio.Event()

    async def append(
        self, subject: str, data: bytes, *, msg_id: str, expect: Expectation | None = None
    ) -> Appended | Conflict:
        self._sound()
        await asyncio.sleep(0)
        if expect is not None:
            last = self.messages.last_on(expect.filter)
            if (last.sequence if last else 0) != expect.sequence:
                found = self.messages.find(subject, msg_id, after=expect.sequence)
                return Conflict(expect.sequence) if found is None else Appended(found, True)
        sequence = self.messages.end + 1
        headers = {"Nats-Msg-Id": msg_id}
        self.messages.add(Stored(subject, sequence, datetime.now(UTC), data, headers))
        self._changed.set()
        self._changed = asyncio.Event()
        return Appended(sequence)

    async def state(self) -> StreamState:
        self._sound()
        log = self.messages
        return StreamState(self._epoch, log.first, log.end, log.deleted, log.bytes)

    async def follow(self, *, after: int) -> AsyncGenerator[list[Stored], None]:
        while True:
            changed = self._changed
            found = list(self.messages.beyond(after))
            if found:
                after = found[-1].sequence
                yield found
            else:
                await changed.wait()

    async def read(self, first: int, most: int) -> list[Stored]:
        self._sound()
        return list(self.messages.beyond(max(first, 1) - 1))[:most]

    async def sequence_before(self, time: datetime) -> int:
        self._sound()
        return self.messages.before(time)


def memory_ledgers(epoch: str, sound: Callable[[], None]) -> Ledgers:
    return Ledgers(*(MemoryRecords(epoch, sound) for _ in range(3)))
