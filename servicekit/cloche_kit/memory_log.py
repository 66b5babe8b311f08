"""The log of the bus in memory: messages by sequence and by subject, some of them forgotten."""

import itertools
from collections.abc import Iterator
from datetime import datetime

from cloche_kit.bus import Stored
from cloche_kit.subject_filter import matches


class MemoryLog:
    """`end` is the last sequence ever given, `first` that of the oldest message (beyond `end` if there is none)."""

    def __init__(self) -> None:
        # What was forgotten leaves its place empty.
        self._messages: list[Stored | None] = []
        self._by_subject: dict[str, list[int]] = {}
        self._first = 0
        self._held = 0
        self.bytes = 0

    @property
    def end(self) -> int:
        return len(self._messages)

    @property
    def first(self) -> int:
        return self._first + 1 if self._messages else 0

    @property
    def deleted(self) -> int:
        """How many were forgotten among those that are left."""
        return self.end - self._first - self._held

    def add(self, stored: Stored) -> None:
        """Its sequence is the next one."""
        self._messages.append(stored)
        self._by_subject.setdefault(stored.subject, []).append(stored.sequence)
        self._held += 1
        self.bytes += len(stored.data)

    def get(self, sequence: int) -> Stored | None:
        return self._messages[sequence - 1] if 0 < sequence <= self.end else None

    def on(self, filter_: str) -> list[Stored]:
        """What lies on a subject or filter, in order."""
        found = [self.get(sequence) for sequence in sorted(self._sequences(filter_))]
        return [stored for stored in found if stored is not None]

    def last_on(self, filter_: str) -> Stored | None:
        sequences = self._sequences(filter_)
        return self.get(max(sequences)) if sequences else None

    def find(self, subject: str, msg_id: str, *, after: int) -> int | None:
        """The sequence of a message with this id."""
        for sequence in self._by_subject.get(subject, ()):
            stored = self.get(sequence) if sequence > after else None
            if stored is not None and stored.headers.get("Nats-Msg-Id") == msg_id:
                return sequence
        return None

    def beyond(self, position: int) -> Iterator[Stored]:
        messages = itertools.islice(self._messages, max(position, self._first), None)
        return (stored for stored in messages if stored is not None)

    def before(self, time: datetime) -> int:
        """The sequence before the first message of that `time` or later; the end if there is none."""
        young = (stored.sequence for stored in self.beyond(0) if stored.time >= time)
        return next(young, self.end + 1) - 1

    def holds_beyond(self, position: int) -> bool:
        return next(self.beyond(position), None) is not None

    def trim(self, up_to: int, filter_: str) -> set[int]:
        """Forget what lies on `filter_` (all) up to `up_to`; the sequences that were."""
        gone = set()
        for stored in list(self.beyond(0)):
            if stored.sequence > up_to:
                break
            if not filter_ or matches(filter_, stored.subject):
                gone.add(stored.sequence)
                self._forget(stored)
        while self._first < self.end and self._messages[self._first] is None:
            self._first += 1
        return gone

    def _forget(self, stored: Stored) -> None:
        self._messages[stored.sequence - 1] = None
        self._held -= 1
        self.bytes -= len(stored.data)
        sequences = self._by_subject[stored.subject]
        sequences.remove(stored.sequence)
        if not sequences:
            del self._by_subject[stored.subject]

    def _sequences(self, filter_: str) -> list[int]:
        if "*" not in filter_ and ">" not in filter_:
            return self._by_subject.get(filter_, [])
        return [
            sequence
            for subject, sequences in self._by_subject.items()
            if matches(filter_, subject)
            for sequence in sequences
        ]
