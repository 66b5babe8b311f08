"""The stream PARKED: messages that a handler could not digest, with why, where and by whom.

A message lies on a subject of its own (tenant, handler, stream's epoch, sequence) that must be empty when it is parked:
so it is parked once, however often that is tried. Its bytes are the payload; the rest is JSON in a header.
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from cloche_kit import jetstream_api as api
from cloche_kit.bus import BusError, Expectation, Parked, Stored
from cloche_kit.connection import Connection
from cloche_kit.letters import filter_of, is_handler, letter_subject, subject_of
from cloche_kit.publisher import Publisher
from cloche_kit.topology import PARKED

HEADER = "Cloche-Parked"
LONGEST_DETAIL = 4096
# Left of the largest payload for headers.
HEADER_ROOM = 64 << 10
# Letters may be as large as a request: so few at a time that a batch arrives within its time-out.
READ_BATCH = 32


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
    """Parks messages of the log whose epoch is `epoch`, and is the adapter of `Letters`."""

    def __init__(self, connection: Connection, epoch: str) -> None:
        self._connection = connection
        self._epoch = epoch
        self._publisher = Publisher(connection, PARKED)

    async def park(self, parked: Parked) -> None:
        """See `EventBus.park`. Of a message too large to be carried, only the note is kept: the log has it."""
        if not is_handler(parked.handler):
            raise BusError(f"not a handler's name: {parked.handler!r}")
        stored = parked.stored
        subject = subject_of(replace(parked, epoch=self._epoch))
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

    async def read(
        self, tenant: str | None, *, handler: str | None = None, after: int = 0, most: int = 100
    ) -> list[Parked]:
        """See `Letters`."""
        filter_ = filter_of(tenant, handler)
        found: list[Stored] = []
        while len(found) < most:
            query = {
                "seq": (found[-1].sequence if found else after) + 1,
                "next_by_subj": filter_,
                "batch": min(most - len(found), READ_BATCH),
            }
            batch, left = await api.direct(self._connection, PARKED, query)
            found += batch
            if not batch or left == 0:
                break
        return [_parked(stored) for stored in found]

    async def get(self, tenant: str | None, letter: str) -> Parked | None:
        """See `Letters`."""
        subject = letter_subject(tenant, letter)
        if subject is None:
            return None
        stored = await api.message(self._connection, PARKED, {"last_by_subj": subject})
        return None if stored is None else _parked(stored)

    async def remove(self, parked: Parked) -> None:
        """See `Letters`."""
        await api.delete(self._connection, PARKED, parked.sequence)


def _parked(stored: Stored) -> Parked:
    note = msgspec.json.decode(stored.headers[HEADER], type=_Note)
    return Parked(
        stored=Stored(note.subject, note.sequence, note.time, stored.data, note.headers),
        handler=note.handler,
        reason=note.reason,
        detail=note.detail,
        deliveries=note.deliveries,
        epoch=stored.subject.split(".")[-2],
        sequence=stored.sequence,
        parked_at=stored.time,
    )
