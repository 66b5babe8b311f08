"""A log in memory that no longer holds what it is told to forget, as a stream that was purged."""

from collections.abc import Iterator

from cloche_kit.bus import Stored
from cloche_kit.memory import MemoryBus
from cloche_kit.memory_log import MemoryLog


class _Overlaid(MemoryLog):
    def __init__(self) -> None:
        super().__init__()
        self.gone: set[int] = set()

    @property
    def first(self) -> int:
        oldest = next(self.beyond(0), None)
        return oldest.sequence if oldest is not None else self.end + bool(self.end)

    @property
    def deleted(self) -> int:
        return sum(self.first < number <= self.end for number in self.gone)

    def get(self, sequence: int) -> Stored | None:
        return None if sequence in self.gone else super().get(sequence)

    def beyond(self, position: int) -> Iterator[Stored]:
        return (one for one in super().beyond(position) if one.sequence not in self.gone)

    def _sequences(self, filter_: str) -> list[int]:
        return [number for number in super()._sequences(filter_) if number not in self.gone]


class Forgetful(MemoryBus):
    """It holds everything but the sequences in `gone`, which come back when they are taken out of it."""

    def __init__(self) -> None:
        super().__init__()
        self._log: _Overlaid = _Overlaid()

    @property
    def gone(self) -> set[int]:
        return self._log.gone

    @gone.setter
    def gone(self, sequences: set[int]) -> None:
        self._log.gone = sequences
