"""API keys as text: how they are made, how they are taken apart, and what of them is kept.

``cloche_<id>_<secret>``: the prefix lets scanners for leaked secrets find them, the id names the record, the secret has
192 random bits. So much randomness needs no slow hash (OWASP Cryptographic Storage): its SHA-256 is kept.
"""

import hashlib
import hmac
import re
import secrets
from datetime import datetime
from typing import Literal

from cloche_schemas.access import API_KEY, KeyRecord
from msgspec import Struct

_KEY = re.compile(API_KEY)
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_ID_LETTERS = 12
_TENANT_LETTERS = 16
# What a key is compared with whose id nobody has: that takes as long, and never fits.
_NOBODY = "0" * 64


class ApiKey(Struct, frozen=True):
    """A key taken apart."""

    id: str
    secret: str

    def __str__(self) -> str:
        return f"cloche_{self.id}_{self.secret}"

    def __repr__(self) -> str:
        return f"ApiKey({self.id!r})"

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.secret.encode()).hexdigest()


def new_key() -> ApiKey:
    return ApiKey(_letters(_ID_LETTERS), secrets.token_hex(24))


def new_tenant() -> str:
    """The token of a new tenant: it says nothing of whose it is."""
    return "t" + _letters(_TENANT_LETTERS)


def parse(text: str) -> ApiKey | None:
    """None if no key looks like this."""
    match = _KEY.fullmatch(text)
    return None if match is None else ApiKey(match[1], match[2])


def proves(key: ApiKey, record: KeyRecord | None) -> bool:
    """Whether the key is the one of the record, in a time that does not tell how much of it fits."""
    kept = _NOBODY if record is None else record.digest
    return hmac.compare_digest(key.digest, kept) and record is not None


def status_of(record: KeyRecord, now: datetime) -> Literal["active", "expired", "revoked"]:
    if record.revoked_at is not None:
        return "revoked"
    if record.expires_at is not None and record.expires_at <= now:
        return "expired"
    return "active"


def _letters(count: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(count))
