"""API keys as text: how they are made, how they are taken apart, and what of them is kept.

``cloche_<id>_<secret>``: the prefix lets scanners for leaked secrets find them, the id names the record, the secret has
192 random bits. So much randomness needs no slow hash (OWASP Cryptographic Storage): its SHA-256 is kept. After a
rotation two secrets of a key are good for a while.
"""

import hashlib
import hmac
import math
import re
import secrets
from datetime import datetime
from typing import Literal

from cloche_schemas.access import API_KEY, KeyRecord, PreviousSecret
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


def new_key(id_: str | None = None) -> ApiKey:
    """Another secret of the key `id_`, or a key of its own."""
    return ApiKey(id_ or _letters(_ID_LETTERS), secrets.token_hex(24))


def new_tenant() -> str:
    """The token of a new tenant: it says nothing of whose it is."""
    return "t" + _letters(_TENANT_LETTERS)


def parse(text: str) -> ApiKey | None:
    """None if no key looks like this."""
    match = _KEY.fullmatch(text)
    return None if match is None else ApiKey(match[1], match[2])


def proves(key: ApiKey, record: KeyRecord | None, now: datetime) -> bool:
    """Whether the key is one of the record's, in a time that does not tell how much of it fits, nor which."""
    current, before = _NOBODY, _NOBODY
    if record is not None:
        current = record.digest
        before = _NOBODY if record.previous is None else record.previous.digest
    digest = key.digest
    by_current = hmac.compare_digest(digest, current)
    by_previous = hmac.compare_digest(digest, before)
    if record is None:
        return False
    return by_current or (by_previous and previous_of(record, now) is not None)


def previous_of(record: KeyRecord, now: datetime) -> PreviousSecret | None:
    """The secret before the last rotation, if it is still good."""
    previous = record.previous
    return previous if previous is not None and previous.until > now else None


def seconds_left(record: KeyRecord, digest: str, now: datetime) -> float:
    """For how long the secret of this digest will be good, as far as is known now; 0 if it is not."""
    if status_of(record, now) != "active":
        return 0.0
    ends = [] if record.expires_at is None else [record.expires_at]
    if digest != record.digest:
        previous = previous_of(record, now)
        if previous is None or digest != previous.digest:
            return 0.0
        ends.append(previous.until)
    return min((end - now).total_seconds() for end in ends) if ends else math.inf


def status_of(record: KeyRecord, now: datetime) -> Literal["active", "expired", "revoked"]:
    if record.revoked_at is not None:
        return "revoked"
    if record.expires_at is not None and record.expires_at <= now:
        return "expired"
    return "active"


def _letters(count: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(count))
