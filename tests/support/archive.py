"""A log and a store in memory that storages come to and go from, and a store that fails on demand."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from cloche_kit.archive.index import Manifest
from cloche_kit.archive.reader import ArchiveReader
from cloche_kit.archive.segment import range_of
from cloche_kit.archive.signing import Signer
from cloche_kit.bus import Stored
from cloche_kit.log import EventLog
from cloche_kit.memory import MemoryBus
from cloche_kit.objects import (
    BINARY,
    PART_BYTES,
    MemoryObjects,
    ObjectInfo,
    ObjectsUnavailable,
    PreconditionFailed,
    Upload,
    _MemoryUpload,
)
from cloche_kit.telemetry import Telemetry, configure
from cloche_schemas.events import EvaluationEvent, OutputArchived
from cloche_schemas.subjects import Address
from cloche_storage.deps import Deps
from cloche_storage.settings import StorageSettings
from cloche_storage.storage import Storage
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from support.recorded import append


class _FlakyUpload(_MemoryUpload):
    def __init__(
        self,
        key: str,
        part_bytes: int,
        *,
        uploads: dict[int, _MemoryUpload],
        store: Callable[[str, bytes], ObjectInfo],
        trip: Callable[[str], None],
    ) -> None:
        super().__init__(key, part_bytes, uploads=uploads, store=store)
        self._trip = trip

    async def _part(self, data: bytes) -> None:
        self._trip(self.key)
        await super()._part(data)


class Flaky(MemoryObjects):
    """A store that can be switched off, or fail at the next calls on keys with a prefix."""

    def __init__(self) -> None:
        super().__init__()
        self.down = False
        self.failures: dict[str, int] = {}
        self.failed = 0

    async def put(
        self,
        key: str,
        data: bytes,
        *,
        if_none_match: bool = False,
        if_match: str | None = None,
        content_type: str = "",
    ) -> ObjectInfo | PreconditionFailed:
        self.trip(key)
        return await super().put(key, data, if_none_match=if_none_match, if_match=if_match)

    def upload(
        self, key: str, *, part_bytes: int = PART_BYTES, content_type: str = BINARY
    ) -> Upload:
        return _FlakyUpload(
            key, part_bytes, uploads=self._uploads, store=self._store, trip=self.trip
        )

    def _store(self, key: str, data: bytes) -> ObjectInfo:
        self.trip(key)
        return super()._store(key, data)

    def trip(self, key: str) -> None:
        for prefix, left in self.failures.items():
            if key.startswith(prefix) and left:
                self.failures[prefix] -= 1
                self.failed += 1
                raise ObjectsUnavailable("scripted")
        if self.down:
            self.failed += 1
            raise ObjectsUnavailable("down")


class World:
    """A log, a store, and storages that come and go."""

    def __init__(self, objects: MemoryObjects | None = None) -> None:
        self.bus = MemoryBus()
        self.objects = objects or MemoryObjects()
        self.spans = InMemorySpanExporter()
        self.telemetry: Telemetry = configure("storage", instance="t", exporter=self.spans)
        self.log = EventLog(self.bus, self.telemetry, instance="t")

    async def append(self, address: Address, *events: EvaluationEvent) -> None:
        await append(self.log, address, *events)

    @asynccontextmanager
    async def storage(
        self, name: str = "a", *, crash: bool = False, **changes: object
    ) -> AsyncIterator[Storage]:
        """A storage at work; at the end asked to stop, or gone without a word (`crash`)."""
        settings = StorageSettings.model_validate(
            {"instance": name, "segment_seconds": 0.05, "lease_seconds": 0.3} | changes
        )
        key = settings.signing_key_file
        signer = None if key is None else Signer.read(key)
        deps = Deps(self.bus, self.log, self.telemetry, self.objects, signer)
        storage = Storage(deps, settings)
        stop = asyncio.Event()
        work = asyncio.create_task(storage.run(stop))
        try:
            yield storage
            if not crash:
                stop.set()
                await asyncio.wait_for(work, 5)
        finally:
            work.cancel()
            await asyncio.wait({work})

    async def everything(self) -> list[Stored]:
        state = await self.bus.state()
        found = [await self.bus.get(sequence) for sequence in range(1, state.last + 1)]
        return [stored for stored in found if stored is not None]

    @property
    def reader(self) -> ArchiveReader:
        return ArchiveReader(self.objects, stream="EVALUATIONS")

    async def archived(self) -> list[Stored]:
        """What a reader of the archive finds."""
        manifest = await self.manifest()
        return [one async for batch in self.reader.read(manifest) for one in batch]

    async def segment_keys(self) -> AsyncIterator[str]:
        """Every segment in the store, whether or not an index names it."""
        async for info in self.objects.list("archive/"):
            if range_of(info.key) is not None:
                yield info.key

    async def manifest(self) -> Manifest:
        epoch = (await self.bus.state()).epoch
        found = await self.reader.manifest(epoch)
        return found or Manifest(stream="EVALUATIONS", epoch=epoch)

    async def output(self, address: Address, stream: str, attempt: int = 1) -> bytes | None:
        key = f"outputs/{address.tenant}/{address.evaluation}/{attempt}/{stream}"
        found = await self.objects.get(key)
        return found[1] if found else None

    async def announced(self, address: Address) -> OutputArchived | None:
        history = await self.log.read(address)
        events = [entry.event for entry in history.entries]
        archived = [event for event in events if isinstance(event, OutputArchived)]
        assert len(archived) <= 1
        return archived[0] if archived else None

    def caught_up(self) -> Callable[[], object]:
        async def check() -> bool:
            manifest = await self.manifest()
            last = (await self.bus.state()).last
            return manifest.archived == last == manifest.settled

        return check
