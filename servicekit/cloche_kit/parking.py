"""The stream PARKED: messages that a handler could not digest, with why, where and by whom.

A message lies on a subject of its own (handler, stream's epoch, sequence) that must be empty when it is parked: so it
is parked once, however often that is tried. Its bytes are the payload; the rest is JSON in a header.
"""

import re
from collections.abc import Mapping
from datetime import datetime

import msgspec
from msgspec import Struct

from cloche_kit import jetstream_api as api
from cloche_kit.bus import BusError, Expectation, Parked, Stored
from cloche_kit.connection import Connection
from cloche_kit.publisher import Publisher
from cloche_kit.topology import PARKED

HEADER = "Cloche-Parked"
LONGEST_DETAIL = 4096
# Left of the largest payload for headers.
HEADER_ROOM = 64 << 10
_HANDLER = re.compile(r"[A-Za-z0-9_-]{1,64}")


class _Note(Struct, frozen=True, kw_only=True):
    """What the header carries."""

    subject: str
    sequence: int
    time: datetime
    headers: Mapping[str, str] = {}
    handler: str
    reason: str
    detail: str = ""
    deliveries: int = 1


class ParkingLot:
    """Parks messages of the log whose epoch is `epoch`."""

    def __init__(self, connection: Connection, epoch: str) -> None:
        self._connection = connection
        self._epoch = epoch
        self._publisher = Publisher(connection, PARKED)

    async def park(self, parked: Parked) -> None:
        """See `EventBus.park`. Of a message too large to be carried, only the note is kept: the log has it."""
        if _HANDLER.fullmatch(parked.handler) is None:
            raise BusError(f"not a handler's name: {parked.handler!r}")
        stored = parked.stored
        subject = f"parked.{parked.handler}.{self._epoch}.{stored.sequence}"
        note = _Note(
            subject=stored.subject,
            sequence=stored.sequence,
            time=stored.time,
            headers=stored.headers,
            handler=parked.handler,
            reason=parked.reason,
            detail=parked.detail[:LONGEST_DETAIL],
            deliveries=parked.deliveries,
        )
        fits = len(stored.data) + HEADER_ROOM <= self._connection.max_payload
        await self._publisher.append(
            subject,
            stored.data if fits else b"",
            msg_id=subject,
            expect=Expectation(subject, 0),
            headers={HEADER: msgspec.json.encode(note).decode()},
        )

    async def parked(self) -> list[Parked]:
        """See `EventBus.parked`."""
        found = await api.direct_all(self._connection, PARKED, "parked.>")
        return [_parked(stored) for stored in found]


def _parked(stored: Stored) -> Parked:
    note = msgspec.json.decode(stored.headers[HEADER], type=_Note)
    return Parked(
        stored=Stored(note.subject, note.sequence, note.time, stored.data, note.headers),
        handler=note.handler,
        reason=note.reason,
        detail=note.detail,
        deliveries=note.deliveries,
    )
