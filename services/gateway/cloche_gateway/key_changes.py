"""What may become of a key: pure functions from one record to the next. A refusal is a `ClientError`."""

from datetime import datetime, timedelta

from cloche_kit.wrapping import Wrapper
from cloche_schemas.access import ChangeKey, KeyRecord, PreviousSecret
from cloche_schemas.signing import signing_key_of
from msgspec import UNSET
from msgspec.structs import replace

from cloche_gateway.keys import ApiKey, previous_of, status_of
from cloche_gateway.problems import ClientError


def wrapped(wrapper: Wrapper, key: ApiKey) -> str:
    """What the key signs with, as the access log keeps it: bound to this key and this secret of it."""
    return wrapper.wrap(signing_key_of(key.secret), context_of(key.id, key.digest))


def context_of(id_: str, digest: str) -> str:
    return f"{id_}:{digest}"


def revoked(record: KeyRecord, now: datetime, by: str) -> KeyRecord | None:
    """None if it is already."""
    return None if record.revoked_at is not None else replace(record, revoked_at=now, revoked_by=by)


def changed(record: KeyRecord, wish: ChangeKey) -> KeyRecord | None:
    """None if it is so already. `contradiction` for signatures that nobody could make."""
    fields: dict[str, object] = {
        name: value
        for name in ("name", "require_signature")
        if (value := getattr(wish, name)) is not UNSET
    }
    if wish.rates is not UNSET:
        fields["rates"] = None if wish.rates is None else wish.rates.rates()
    after = replace(record, **fields)
    if after.require_signature and not after.signing_key:
        raise ClientError(
            "key_cannot_sign", "it is older than signatures: rotate it, then its new secret can"
        )
    return None if after == record else after


def rotated(
    record: KeyRecord, key: ApiKey, signing_key: str, overlap: float, now: datetime, by: str
) -> KeyRecord:
    """With the secret of `key`; the one before is good for `overlap` seconds more.

    `key_not_active` for one that is revoked or expired. `rotation_open` while there are two already: a third would
    cut off whoever still uses the oldest.
    """
    _check_active(record, now)
    if previous_of(record, now) is not None:
        raise ClientError(
            "rotation_open", "two of its secrets are good: end one of them, then rotate it again"
        )
    previous = PreviousSecret(
        digest=record.digest,
        until=now + timedelta(seconds=overlap),
        signing_key=record.signing_key,
    )
    return replace(
        record,
        digest=key.digest,
        signing_key=signing_key,
        previous=previous if overlap else None,
        rotated_at=now,
        rotated_by=by,
    )


def without_previous(record: KeyRecord) -> KeyRecord | None:
    """The rotation is over at once. None if it is already."""
    return None if record.previous is None else replace(record, previous=None)


def without_current(record: KeyRecord, now: datetime) -> KeyRecord:
    """The rotation is taken back: the secret before it is the only one again, for as long as the key is good.

    `no_rotation` if there is no other secret to go back to.
    """
    _check_active(record, now)
    previous = previous_of(record, now)
    if previous is None:
        raise ClientError("no_rotation", "it has only one secret: DELETE /v1/keys/{key} revokes it")
    return replace(record, digest=previous.digest, signing_key=previous.signing_key, previous=None)


def _check_active(record: KeyRecord, now: datetime) -> None:
    status = status_of(record, now)
    if status != "active":
        raise ClientError("key_not_active", f"the key is {status}: make another one")
