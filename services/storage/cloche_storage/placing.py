"""Writing an object so that the checkpoint may pass it: it counts once the store shows it as it was written."""

from cloche_kit.objects import BINARY, ObjectInfo, Objects, ObjectsUnavailable

from cloche_storage.patience import patiently

JSON = "application/json"


async def placed(objects: Objects, key: str, data: bytes, *, content_type: str = BINARY) -> None:
    """Write `data` under `key`, again and again until it is there; however long the store is away."""

    async def place() -> None:
        put = await objects.put(key, data, content_type=content_type)
        # A store that loses or cuts what it has confirmed is asked here, while the log still has it.
        seen = await objects.head(key)
        if seen is None:
            raise ObjectsUnavailable(f"{key}: confirmed, but not there")
        if isinstance(put, ObjectInfo) and (seen.size, seen.etag) != (len(data), put.etag):
            raise ObjectsUnavailable(f"{key}: not as it was written: {seen.size} bytes")

    await patiently(place)
