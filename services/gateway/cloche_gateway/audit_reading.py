"""The audit log as administrators read it: pages backwards from the newest entry, and everything forwards.

There is no index: a page looks at so many messages and no more, however few entries fit, and its cursor goes on from
there. Only the time narrows down where to look.
"""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from datetime import datetime, timedelta
from hashlib import sha256

import msgspec
from cloche_kit.bus import Stored
from cloche_kit.ledgers import AuditLog
from cloche_kit.logs import get_logger
from cloche_schemas.audit import AUDIT_TYPE, AuditEntry, AuditOutcome
from msgspec import Raw, Struct

from cloche_gateway.cursors import AuditCursor

WINDOW = 64
# A page looks at no more windows than that.
MOST_WINDOWS = 64
# An entry may have waited before it was written, by clocks that differ.
WAITED = timedelta(days=1)
APART = timedelta(minutes=1)
_log = get_logger(__name__)


class _Message(Struct, frozen=True):
    type: str
    data: tuple[Raw, ...]


_messages = msgspec.json.Decoder(_Message)
_line = msgspec.json.Decoder(AuditEntry)


class Wanted(Struct, frozen=True, kw_only=True):
    """A filter; what is None does not matter. `since` counts in, `until` does not."""

    tenant: str | None = None
    key: str | None = None
    action: str | None = None
    outcome: AuditOutcome | None = None
    target: str | None = None
    address: str | None = None
    request_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def fits(self, entry: AuditEntry) -> bool:
        """`key` is also found where it was only named; `target` with everything below it."""
        return (
            self.tenant in {None, entry.tenant}
            and self.key in {None, entry.key, entry.claimed or None}
            and self.action in {None, entry.action}
            and self.outcome in {None, entry.outcome}
            and (self.target is None or _within(entry.target, self.target))
            and self.address in {None, entry.address}
            and self.request_id in {None, entry.request_id}
            and (self.since is None or entry.at >= self.since)
            and (self.until is None or entry.at < self.until)
        )

    @property
    def mark(self) -> str:
        """What a cursor knows its filter by."""
        return sha256(msgspec.json.encode(self)).hexdigest()[:16]


class Selection(Struct, frozen=True):
    """Entries that fit, newest first, and the cursor where there may be more."""

    items: tuple[AuditEntry, ...]
    cursor: AuditCursor | None = None


class Found(Struct, frozen=True):
    """An entry and its place: the sequence of its message, and which of it."""

    entry: AuditEntry
    sequence: int
    index: int


async def newest(
    log: AuditLog, wanted: Wanted, *, before: AuditCursor | None, limit: int
) -> Selection:
    """The newest `limit` entries that fit, of those before the cursor."""
    state = await log.state()
    top = state.last if before is None else before.sequence
    if wanted.until is not None:
        top = min(top, await log.sequence_before(wanted.until + WAITED))
    items: list[AuditEntry] = []
    place = before
    for _ in range(MOST_WINDOWS):
        bottom = max(top - WINDOW + 1, state.first, 1)
        if top < bottom:
            return Selection(tuple(items))
        window = [one for one in await _window(log, bottom, top) if one.sequence <= top]
        for one in reversed(window):
            for found in reversed(list(_entries(one))):
                if before is not None and not _older(found, before):
                    continue
                if wanted.fits(found.entry):
                    if len(items) == limit:
                        return Selection(tuple(items), place)
                    items.append(found.entry)
                place = AuditCursor(found.sequence, found.index, wanted.mark)
        if wanted.since is not None and window and window[0].time < wanted.since - APART:
            return Selection(tuple(items))
        top = bottom - 1
        place = AuditCursor(bottom, 0, wanted.mark)
    return Selection(tuple(items), place if top >= max(state.first, 1) else None)


async def all_of(log: AuditLog, wanted: Wanted) -> AsyncGenerator[list[Raw], None]:
    """Everything that fits and is there now, oldest first, as it was written, in batches that may be empty."""
    whole = wanted == Wanted()
    async with aclosing(messages_of(log, since=wanted.since)) as batches:
        async for batch in batches:
            lines = [line for stored in batch for line in _raw_entries(stored)]
            yield lines if whole else [line for line in lines if wanted.fits(_line.decode(line))]


async def messages_of(
    log: AuditLog, *, since: datetime | None = None
) -> AsyncGenerator[list[Stored], None]:
    """Every message that is there now, oldest first."""
    state = await log.state()
    place = max(state.first, 1)
    if since is not None:
        # What was written before has entries of before alone.
        place = max(place, await log.sequence_before(since - APART) + 1)
    while place <= state.last:
        batch = [one for one in await log.read(place, WINDOW) if one.sequence <= state.last]
        if not batch:
            return
        yield batch
        place = batch[-1].sequence + 1


async def _window(log: AuditLog, bottom: int, top: int) -> list[Stored]:
    """Every message from `bottom` to `top`; large ones come in several answers."""
    found: list[Stored] = []
    while bottom <= top:
        batch = await log.read(bottom, top - bottom + 1)
        if not batch:
            break
        found += batch
        bottom = batch[-1].sequence + 1
    return found


def _entries(stored: Stored) -> Iterator[Found]:
    for index, line in enumerate(_raw_entries(stored)):
        yield Found(_line.decode(line), stored.sequence, index)


def _raw_entries(stored: Stored) -> tuple[Raw, ...]:
    """The entries of a message; none of one that nobody understands, which verification names."""
    try:
        message = _messages.decode(stored.data)
        for line in message.data:
            _line.decode(line)
    except msgspec.DecodeError as error:
        _log.warning("audit_message_unknown", sequence=stored.sequence, error=str(error))
        return ()
    return message.data if message.type == AUDIT_TYPE else ()


def _older(found: Found, cursor: AuditCursor) -> bool:
    return (found.sequence, found.index) < (cursor.sequence, cursor.index)


def _within(target: str, wanted: str) -> bool:
    return target == wanted or target.startswith(wanted.rstrip("/") + "/")
