"""Dead letters as callers see them: whose they are, which of them fit a filter, and what they look like."""

import base64
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from heapq import merge

import msgspec
from cloche_kit.bus import Parked
from cloche_kit.letters import Letters, letter_id
from cloche_schemas.access import Scope
from cloche_schemas.dead_letters import DeadLetter, LetterKind
from cloche_schemas.subjects import SubjectError, parse
from msgspec import Struct
from msgspec.structs import replace

from cloche_gateway.archived import message
from cloche_gateway.authentication import Caller
from cloche_gateway.cursors import BadCursor, LetterCursor
from cloche_gateway.deps import Deps
from cloche_gateway.keyring import MAIN
from cloche_gateway.problems import ClientError, at
from cloche_gateway.scheduler import GIVEN_UP

BATCH = 32
# One request looks at no more than so many, however few of them fit.
MOST_LOOKED_AT = 3200
_OPERATE: Scope = "operate"
Owners = Sequence[str | None]


class Wanted(Struct, frozen=True, kw_only=True):
    """A filter; what is None does not matter."""

    kind: LetterKind | None = None
    reason: str | None = None
    handler: str | None = None
    since: datetime | None = None

    def fits(self, parked: Parked) -> bool:
        since = self.since
        return (
            self.kind in {None, kind_of(parked)}
            and self.reason in {None, parked.reason}
            and (since is None or (parked.parked_at is not None and parked.parked_at >= since))
        )

    @property
    def mark(self) -> str:
        """What a cursor knows its filter by."""
        return sha256(msgspec.json.encode(self)).hexdigest()[:16]


class Selection(Struct, frozen=True):
    """Letters that fit, oldest first, and the cursor where there may be more."""

    items: tuple[Parked, ...]
    next_cursor: str | None = None


def owners(caller: Caller) -> Owners:
    """Whose letters the caller sees. What belongs to no tenant is the affair of those who run the system."""
    runs_it = caller.tenant == MAIN.tenant and _OPERATE in caller.scopes
    return (caller.tenant, None) if runs_it else (caller.tenant,)


async def one(letters: Letters, whose: Owners, letter: str) -> Parked | None:
    for owner in whose:
        if (found := await letters.get(owner, letter)) is not None:
            return found
    return None


async def select(
    letters: Letters, whose: Owners, wanted: Wanted, *, cursor: str | None, limit: int, pointer: str
) -> Selection:
    """The oldest `limit` letters that fit, beyond `cursor`; `invalid_cursor` at `pointer`."""
    position = _after(cursor, wanted, pointer)
    found: list[Parked] = []
    for _ in range(MOST_LOOKED_AT // BATCH):
        batch = await _batch(letters, whose, wanted.handler, position)
        for parked in batch:
            if wanted.fits(parked):
                if len(found) == limit:
                    return Selection(tuple(found), _cursor(found[-1].sequence, wanted))
                found.append(parked)
            position = parked.sequence
        if len(batch) < BATCH:
            return Selection(tuple(found))
    return Selection(tuple(found), _cursor(position, wanted))


async def _batch(letters: Letters, whose: Owners, handler: str | None, after: int) -> list[Parked]:
    """The oldest of all owners together; fewer than `BATCH` only if there are no more."""
    parts = [await letters.read(owner, handler=handler, after=after, most=BATCH) for owner in whose]
    return list(merge(*parts, key=lambda parked: parked.sequence))[:BATCH]


async def payload_of(deps: Deps, parked: Parked) -> bytes:
    """The message. Of one too large to be put aside with its letter, what the log or its archive has."""
    if parked.stored.data or parked.epoch != (await deps.bus.state()).epoch:
        return parked.stored.data
    stored = await message(deps, parked.stored.sequence)
    return b"" if stored is None or stored.subject != parked.stored.subject else stored.data


def view_of(parked: Parked) -> DeadLetter:
    """The letter without its payload."""
    stored = parked.stored
    try:
        evaluation = parse(stored.subject).evaluation
    except SubjectError:
        evaluation = None
    return DeadLetter(
        id=letter_id(parked),
        kind=kind_of(parked),
        handler=parked.handler,
        reason=parked.reason,
        detail=parked.detail,
        evaluation=evaluation,
        deliveries=parked.deliveries,
        subject=stored.subject,
        sequence=stored.sequence,
        time=stored.time,
        parked_at=parked.parked_at,
        size=len(stored.data),
    )


def whole_view(parked: Parked, payload: bytes) -> DeadLetter:
    """The letter with its payload: as JSON if it is that, else in base64."""
    view = view_of(parked)
    try:
        msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return replace(view, payload_base64=base64.b64encode(payload).decode())
    return replace(view, payload=msgspec.Raw(payload))


def kind_of(parked: Parked) -> LetterKind:
    return "evaluation" if parked.handler == GIVEN_UP else "message"


def _after(cursor: str | None, wanted: Wanted, pointer: str) -> int:
    if cursor is None:
        return 0
    try:
        known = LetterCursor.decode(cursor)
    except BadCursor as error:
        reason = str(error)
    else:
        if known.filter == wanted.mark:
            return known.after
        reason = "it belongs to a list with another filter"
    detail = f"cursor: {reason}"
    raise ClientError("invalid_cursor", detail, errors=at(pointer, detail))


def _cursor(after: int, wanted: Wanted) -> str:
    return LetterCursor(after, wanted.mark).encode()
