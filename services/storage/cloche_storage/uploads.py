"""Uploads that nobody completes hold parts that no listing shows, for ever. What is old enough is given back.

Whoever still writes one of them, slower than that, is told so by the store and reads its output again from the log.
"""

import asyncio
from contextlib import suppress

from cloche_kit.logs import get_logger
from cloche_kit.objects import Objects, ObjectsUnavailable

from cloche_storage import metrics
from cloche_storage.settings import StorageSettings

#: Where large objects are written piece by piece: outputs by storage, blobs by gateways and storage.
PREFIXES = ("outputs/", "blobs/")

log = get_logger(__name__)


async def tidy_uploads(objects: Objects, settings: StorageSettings, stop: asyncio.Event) -> None:
    """Look for them now and then, until `stop`. A store that is away is asked the next time."""
    while not stop.is_set():
        for prefix in PREFIXES:
            with suppress(ObjectsUnavailable):
                count = await objects.abort_uploads(prefix, older=settings.upload_age_seconds)
                if count:
                    metrics.UPLOADS_ABORTED.inc(count)
                    log.warning("uploads_aborted", prefix=prefix, count=count)
        with suppress(TimeoutError):
            async with asyncio.timeout(settings.upload_check_seconds):
                await stop.wait()
