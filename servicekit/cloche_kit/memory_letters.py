"""`Letters` of the bus in memory. What was removed is not put aside again, as the server's duplicate window has it."""

from collections.abc import Callable
from datetime import UTC, datetime

from msgspec.structs import replace

from cloche_kit.bus import BusError, Parked
from cloche_kit.letters import is_handler, letter_subject, owner_of, subject_of


class MemoryLetters:
    """See `Letters`."""

    def __init__(self, epoch: str, sound: Callable[[], None]) -> None:
        self._epoch = epoch
        self._sound = sound
        self._letters: dict[str, Parked] = {}
        self._known: set[str] = set()

    def park(self, parked: Parked) -> None:
        """See `EventBus.park`."""
        if not is_handler(parked.handler):
            raise BusError(f"not a handler's name: {parked.handler!r}")
        placed = replace(
            parked,
            epoch=self._epoch,
            sequence=len(self._known) + 1,
            parked_at=datetime.now(UTC),
        )
        subject = subject_of(placed)
        if subject not in self._known:
            self._known.add(subject)
            self._letters[subject] = placed

    def all(self) -> list[Parked]:
        return list(self._letters.values())

    async def read(
        self, tenant: str | None, *, handler: str | None = None, after: int = 0, most: int = 100
    ) -> list[Parked]:
        self._sound()
        found = [
            parked
            for parked in self._letters.values()
            if parked.sequence > after
            and owner_of(parked.stored.subject) == tenant
            and handler in {None, parked.handler}
        ]
        return found[:most]

    async def get(self, tenant: str | None, letter: str) -> Parked | None:
        self._sound()
        subject = letter_subject(tenant, letter)
        return None if subject is None else self._letters.get(subject)

    async def remove(self, parked: Parked) -> None:
        self._sound()
        self._letters.pop(subject_of(parked), None)
