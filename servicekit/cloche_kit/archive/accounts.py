"""What of the archive, and of the objects beside it, belongs to whom, and what of it was forgotten.

One object beside the manifest, written by storage alone and read by the API.
"""

from datetime import datetime

import msgspec
from msgspec import Struct

from cloche_kit.archive.segment import folder

#: Stands for every tenant that has no entry of its own; no tenant's token looks like it.
EVERYBODY = "*"


class Amount(Struct, frozen=True):
    """How many there are, and their bytes: of lines uncompressed, of objects as they are stored."""

    count: int = 0
    bytes: int = 0

    def plus(self, count: int, size: int) -> "Amount":
        return Amount(self.count + count, self.bytes + size)


class Rewriting(Struct, frozen=True):
    """A segment that is about to be written again: what of it is forgotten is no longer counted."""

    first: int
    tenants: tuple[str, ...]


class Sweep(Struct, frozen=True, kw_only=True):
    """A walk over the objects, up to the key `after` so far. Amounts by class, then tenant."""

    after: str = ""
    begun_at: datetime
    found: dict[str, dict[str, Amount]] = {}


class Accounts(Struct, frozen=True, kw_only=True):
    """`counted`: lines up to this sequence are in `archive`, by tenant. `forgotten`: up to which sequence the lines of
    a tenant, or of `EVERYBODY`, were forgotten. `objects`: what the last whole walk found; it began at `swept_at`.
    """

    version: int = 1
    counted: int = 0
    archive: dict[str, Amount] = {}
    forgotten: dict[str, int] = {}
    rewriting: Rewriting | None = None
    objects: dict[str, dict[str, Amount]] = {}
    swept_at: datetime | None = None
    sweep: Sweep | None = None

    def forgotten_of(self, tenant: str) -> int:
        return self.forgotten.get(tenant, self.forgotten.get(EVERYBODY, 0))


_accounts = msgspec.json.Decoder(Accounts)


def accounts_key(stream: str, epoch: str) -> str:
    return f"{folder(stream, epoch)}accounts.json"


def decode_accounts(data: bytes) -> Accounts:
    """msgspec.DecodeError if it is none."""
    return _accounts.decode(data)
