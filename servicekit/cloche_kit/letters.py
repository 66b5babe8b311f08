"""Dead letters: what lies on PARKED, as those see it who list it, send it on its way again or throw it away.

Part of the event bus (`EventBus.letters`); the adapters are parking.py and memory_letters.py, held to it by
tests/contract/test_letters.py. Errors are the bus's.

A letter belongs to the tenant of its message's subject, or to nobody. Its id is made of handler, epoch and sequence of
the message, so that it means the same letter for ever, also when it is gone.
"""

import re
from typing import Protocol

from cloche_schemas.subjects import SubjectError, parse

from cloche_kit.bus import Parked

#: Stands for a tenant where there is none; no tenant's token looks like it.
NOBODY = "_"
_ID = re.compile(r"([A-Za-z0-9_-]{1,64})-([0-9a-f]{1,32})-([0-9]{1,20})")
_HANDLER = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Letters(Protocol):
    async def read(
        self, tenant: str | None, *, handler: str | None = None, after: int = 0, most: int = 100
    ) -> list[Parked]:
        """The oldest letters of `tenant` (None: of nobody) beyond the place `after` on PARKED, in order. May be stale
        by a moment."""
        ...

    async def get(self, tenant: str | None, letter: str) -> Parked | None:
        """One letter by its id, through the leader. None if `tenant` has none of that id."""
        ...

    async def remove(self, parked: Parked) -> None:
        """Throw it away for good. Idempotent."""
        ...


def letter_id(parked: Parked) -> str:
    return f"{parked.handler}-{parked.epoch}-{parked.stored.sequence}"


def letter_subject(tenant: str | None, letter: str) -> str | None:
    """Where the letter of this id lies if it is `tenant`'s; None if no letter has such an id."""
    match = _ID.fullmatch(letter)
    if match is None:
        return None
    handler, epoch, sequence = match.groups()
    return f"parked.{tenant or NOBODY}.{handler}.{epoch}.{sequence}"


def subject_of(parked: Parked) -> str:
    """Where it lies on PARKED: a subject of its own, so that it is there once."""
    tenant = owner_of(parked.stored.subject) or NOBODY
    return f"parked.{tenant}.{parked.handler}.{parked.epoch}.{parked.stored.sequence}"


def filter_of(tenant: str | None, handler: str | None) -> str:
    """What `Letters.read` reads."""
    return f"parked.{tenant or NOBODY}.{handler or '*'}.>"


def is_handler(name: str) -> bool:
    return _HANDLER.fullmatch(name) is not None


def owner_of(subject: str) -> str | None:
    """The tenant whose evaluation a message on `subject` would be about; None: nobody's."""
    try:
        return parse(subject).tenant
    except SubjectError:
        return None
