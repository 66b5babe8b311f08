"""Dead letters as callers see them: whose they are, which of them fit a filter, and what they look like."""

import base64
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

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
from cloche_gateway.deps import Deps
from cloche_gateway.keyring import MAIN
from cloche_gateway.scheduler import GIVEN_UP

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


def owners(caller: Caller) -> Owners:
    """Whose letters the caller sees. What belongs to no tenant is the affair of those who run the system."""
    runs_it = caller.tenant == MAIN.tenant and _OPERATE in caller.scopes
    return (caller.tenant, None) if runs_it else (caller.tenant,)


async def one(letters: Letters, whose: Owners, letter: str) -> Parked | None:
    for owner in whose:
        if (found := await letters.get(owner, letter)) is not None:
            return found
    return None


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
