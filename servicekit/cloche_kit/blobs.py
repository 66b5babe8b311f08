"""Objects named after what they hold: ``blobs/<tenant>/<sha256>``. Equal bytes of a tenant are stored once.

An object's age is the time since somebody last referred to it, to within a day: whoever meets one that is older makes
it new again. So what nobody has referred to for long can be told by the store's own listing.
"""

import hashlib
from contextlib import aclosing
from datetime import UTC, datetime

from cloche_kit.objects import ObjectInfo, ObjectMissing, Objects, ObjectsError

PREFIX = "blobs/"
REFRESH_SECONDS = 86_400.0


class ObjectDamaged(ObjectsError):  # noqa: N818
    """What the store gives is not what its name says."""


def blob_key(tenant: str, sha256: str) -> str:
    return f"{PREFIX}{tenant}/{sha256}"


async def refer(objects: Objects, tenant: str, sha256: str) -> ObjectInfo | None:
    """What is known of a blob that is referred to now; None if there is none. `ObjectsUnavailable`."""
    key = blob_key(tenant, sha256)
    found = await objects.head(key)
    if found is None or found.modified is None:
        return found
    if (datetime.now(UTC) - found.modified).total_seconds() > REFRESH_SECONDS:
        return found if await objects.touch(key) else None
    return found


async def store(objects: Objects, tenant: str, data: bytes) -> str:
    """The digest of `data`, which is a blob by now. `ObjectsUnavailable`."""
    sha256 = hashlib.sha256(data).hexdigest()
    if await refer(objects, tenant, sha256) is None:
        await objects.put(blob_key(tenant, sha256), data)
    return sha256


async def fetch(objects: Objects, tenant: str, sha256: str) -> bytes:
    """The bytes of a blob, whole in memory. `ObjectMissing`, `ObjectDamaged`, `ObjectsUnavailable`."""
    key = blob_key(tenant, sha256)
    try:
        data = await _whole(objects, key)
    except ObjectMissing:
        # Somebody may have made it new just then, which is no reason to take it for gone.
        data = await _whole(objects, key)
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ObjectDamaged(f"{key}: its bytes have another digest")
    return data


async def _whole(objects: Objects, key: str) -> bytes:
    data = bytearray()
    async with aclosing(objects.get_range(key)) as pieces:
        async for piece in pieces:
            data += piece
    return bytes(data)


async def beginning(objects: Objects, tenant: str, sha256: str, size: int) -> bytes:
    """Its first `size` bytes, unchecked. `ObjectMissing`, `ObjectsUnavailable`."""
    key = blob_key(tenant, sha256)
    async with aclosing(objects.get_range(key, end=size)) as pieces:
        return b"".join([piece async for piece in pieces])
