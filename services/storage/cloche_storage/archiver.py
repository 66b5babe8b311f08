"""Every message of the log into segments, in order. The checkpoint moves only past what the store has confirmed.

A crash between a segment and the manifest leaves a segment beyond the checkpoint. It is harmless: the same messages
are archived again, under the same key or in another segment, no index ever names the one left behind, and it is
deleted (leftovers.py).
"""

import asyncio
import time
from contextlib import aclosing
from datetime import datetime
from typing import Any

from cloche_kit.archive.index import SegmentRef
from cloche_kit.archive.segment import Sealed, Segment
from cloche_kit.bus import EventBus, Stored
from cloche_kit.crashpoint import crashpoint
from cloche_kit.log import age
from cloche_kit.logs import get_logger
from cloche_kit.objects import Objects

from cloche_storage import metrics
from cloche_storage.leftovers import Leftovers
from cloche_storage.manifest import Ledger
from cloche_storage.patience import patiently
from cloche_storage.placing import placed
from cloche_storage.settings import StorageSettings

BATCH = 200
# Compressing less is done before a thread would have begun.
THREAD_BYTES = 128 << 10

log = get_logger(__name__)


class Archiver:
    """The writer of segments, while this process holds the lease."""

    def __init__(
        self, bus: EventBus, objects: Objects, ledger: Ledger, settings: StorageSettings
    ) -> None:
        self._bus = bus
        self._objects = objects
        self._ledger = ledger
        self._settings = settings
        self._leftovers = Leftovers(objects)
        self._segment = Segment()
        self._begun = 0.0
        self._oldest: datetime | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Archive until `stop`, then seal what is left. `Fenced`, `StreamLost`."""
        after = self._ledger.manifest.archived
        await patiently(lambda: self._leftovers.look(self._ledger.manifest))
        stopped = asyncio.ensure_future(stop.wait())
        coming: asyncio.Future[list[Stored]] | None = None
        async with aclosing(self._bus.follow(after=after, batch=BATCH)) as source:
            try:
                while not stop.is_set():
                    coming = coming or asyncio.ensure_future(anext(source))
                    either: set[asyncio.Future[Any]] = {coming, stopped}
                    await asyncio.wait(
                        either,
                        timeout=self._patience(),
                        return_when=asyncio.FIRST_COMPLETED,
                    )
                    if coming.done():
                        batch, coming = coming.result(), None
                        await self._add(batch)
                    await self._keep_time()
            finally:
                stopped.cancel()
                if coming is not None:
                    coming.cancel()
                    await asyncio.wait({coming})
        await self._seal()

    async def _add(self, batch: list[Stored]) -> None:
        for stored in batch:
            if not self._segment.events:
                self._begun, self._oldest = time.monotonic(), stored.time
            self._segment.add(stored)
            if self._segment.size >= self._settings.segment_bytes:
                await self._seal()

    async def _keep_time(self) -> None:
        if self._segment.events and self._age_left() <= 0:
            await self._seal()
        elif self._ledger.due <= 0:
            await self._ledger.renew()

    def _age_left(self) -> float:
        return self._begun + self._settings.segment_seconds - time.monotonic()

    def _patience(self) -> float:
        due = self._ledger.due
        return max(0.0, min(due, self._age_left()) if self._segment.events else due)

    async def _seal(self) -> None:
        segment = self._segment
        if not segment.events:
            return
        manifest = self._ledger.manifest

        def seal() -> Sealed:
            return segment.seal(
                stream=manifest.stream, epoch=manifest.epoch, previous=manifest.head
            )

        sealed = seal() if segment.size < THREAD_BYTES else await asyncio.to_thread(seal)
        ref = SegmentRef.of(sealed)
        key = manifest.segment_key(ref)
        crashpoint("sealed")
        await placed(self._objects, key, sealed.data)
        crashpoint("segment-placed")
        await self._ledger.advance(ref)
        await self._leftovers.passed(self._ledger.manifest)
        self._segment = Segment()
        metrics.ARCHIVED.set(segment.last)
        metrics.SEGMENTS.inc()
        metrics.SEGMENT_BYTES.inc(ref.size)
        if self._oldest is not None:
            metrics.ARCHIVED_SECONDS.observe(age(self._oldest))
        log.debug("sealed", key=key, events=segment.events, bytes=ref.size)
