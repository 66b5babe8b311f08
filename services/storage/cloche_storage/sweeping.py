"""A walk over the objects that are no archive: output, artifacts and inputs. What is old enough is deleted, the rest
counted by whom it belongs to.

The walk goes on where it was, page by page, also in another process; a whole one says how much there is.
"""

from contextlib import aclosing
from datetime import datetime
from typing import Literal

from cloche_kit.archive.accounts import Amount, Sweep
from cloche_kit.logs import get_logger
from cloche_kit.objects import ObjectInfo, Objects
from msgspec import Struct
from msgspec.structs import replace

from cloche_storage import metrics
from cloche_storage.book import Book
from cloche_storage.policies import Policies
from cloche_storage.settings import StorageSettings

# In the order of their keys: the walk goes through one after the other.
PREFIXES = ("blobs/", "outputs/")
Class = Literal["output", "artifacts"]

log = get_logger(__name__)


class Owned(Struct, frozen=True):
    """Whose object it is, and how long it is kept: as output or as an artifact."""

    tenant: str
    class_: Class


class Sweeper:
    """For the holder of the lease. `ObjectsUnavailable`; `Fenced`."""

    def __init__(
        self, objects: Objects, book: Book, policies: Policies, settings: StorageSettings
    ) -> None:
        self._objects = objects
        self._book = book
        self._policies = policies
        self._settings = settings

    async def sweep(self, now: datetime) -> None:
        """One piece of a walk, at most `retention_objects` objects; a new one some time after the last one began."""
        accounts = await self._book.read()
        sweep = accounts.sweep
        if sweep is None:
            begun = accounts.swept_at
            pause = self._settings.retention_sweep_seconds
            if begun is not None and (now - begun).total_seconds() < pause:
                return
            sweep = Sweep(begun_at=now)
        sweep, whole = await self._piece(sweep, now)
        if whole:
            await self._book.write(objects=sweep.found, swept_at=sweep.begun_at, sweep=None)
        else:
            await self._book.write(sweep=sweep)

    async def _piece(self, sweep: Sweep, now: datetime) -> tuple[Sweep, bool]:
        found = {class_: dict(amounts) for class_, amounts in sweep.found.items()}
        left, after = self._settings.retention_objects, sweep.after
        for prefix in PREFIXES:
            # Keys of another prefix are all before it, or all behind it.
            if after > prefix and not after.startswith(prefix):
                continue
            async with aclosing(self._objects.list(prefix, after=after)) as listed:
                async for info in listed:
                    if not left:
                        return replace(sweep, after=after, found=found), False
                    left, after = left - 1, info.key
                    owned = owner_of(info.key)
                    if owned is None or await self._expired(info, owned, now):
                        continue
                    of_class = found.setdefault(owned.class_, {})
                    amount = of_class.get(owned.tenant, Amount())
                    of_class[owned.tenant] = amount.plus(1, info.size)
        return replace(sweep, after=after, found=found), True

    async def _expired(self, info: ObjectInfo, owned: Owned, now: datetime) -> bool:
        period = self._policies.of(owned.tenant).of(owned.class_)
        if not self._policies.ready or not _older(info, now, period):
            return False
        if info.key.startswith("blobs/"):
            # It may have been used again since the page was listed.
            newest = await self._objects.head(info.key)
            if newest is None or not _older(newest, now, period):
                return newest is None
        await self._objects.delete(info.key)
        metrics.FORGOTTEN.labels(owned.class_).inc(info.size)
        log.info("expired", key=info.key, bytes=info.size)
        return True


def owner_of(key: str) -> Owned | None:
    """`outputs/<tenant>/<evaluation>/<attempt>/<stream>` or `blobs/<tenant>/<sha256>`; None of any other object."""
    match key.split("/"):
        case ["outputs", tenant, _, _, stream]:
            return Owned(tenant, "artifacts" if stream == "artifacts" else "output")
        case ["blobs", tenant, _]:
            return Owned(tenant, "artifacts")
        case _:
            return None


def _older(info: ObjectInfo, now: datetime, period: float) -> bool:
    return (
        period > 0 and info.modified is not None and (now - info.modified).total_seconds() > period
    )
