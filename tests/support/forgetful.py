"""A log in memory that no longer holds what it is told to forget, as a stream that was purged."""

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime

from cloche_kit.bus import Stored, StreamState
from cloche_kit.memory import MemoryBus


class Forgetful(MemoryBus):
    """It holds everything but the sequences in `gone`."""

    def __init__(self) -> None:
        super().__init__()
        self.gone: set[int] = set()

    async def state(self) -> StreamState:
        state = await super().state()
        if not self.gone:
            return state
        left = [number for number in range(1, state.last + 1) if number not in self.gone]
        first = left[0] if left else state.last + 1
        deleted = sum(number > first for number in self.gone)
        return StreamState(state.epoch, first, state.last, deleted)

    async def get(self, sequence: int) -> Stored | None:
        return None if sequence in self.gone else await super().get(sequence)

    async def history(self, tenant: str, evaluation: str) -> list[Stored]:
        found = await super().history(tenant, evaluation)
        return [stored for stored in found if stored.sequence not in self.gone]

    async def sequence_before(self, time: datetime) -> int:
        for stored in self._log:
            if stored.time >= time and stored.sequence not in self.gone:
                return stored.sequence - 1
        return len(self._log)

    def _sequences(self, filter_: str) -> list[int]:
        if not self.gone:
            return super()._sequences(filter_)
        return [number for number in super()._sequences(filter_) if number not in self.gone]

    async def follow(
        self, *, after: int, filters: Sequence[str] = (), batch: int = 500
    ) -> AsyncGenerator[list[Stored], None]:
        async for messages in super().follow(after=after, filters=filters, batch=batch):
            if kept := [one for one in messages if one.sequence not in self.gone]:
                yield kept
