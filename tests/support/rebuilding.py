"""A log that forgets, its archive, and projectors of any version over a real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import asyncpg
import msgspec
from cloche_kit.archive.index import Manifest, SegmentRef, page_key
from cloche_kit.archive.reader import ArchiveReader
from cloche_kit.archive.segment import Segment
from cloche_kit.bus import Appended, EventBus, Stored
from cloche_kit.memory import MemoryBus
from cloche_kit.objects import MemoryObjects, Objects
from cloche_kit.telemetry import configure
from cloche_kit.topology import EVALUATIONS
from cloche_projector import layout
from cloche_projector.layout import CURRENT, Projection
from cloche_projector.projector import Projector
from cloche_projector.settings import ProjectorSettings
from cloche_schemas.projections import Differences
from support.mixture import events_of
from support.recorded import Recorder, address_of
from support.waiting import wait_until

TABLES = ("evaluations", "outputs", "cases", "idempotency_keys", "texts", "tallies")


async def archive_all(bus: EventBus, objects: Objects, *, events: int = 100) -> Manifest:
    """Everything that the log holds beyond its archive, as segments of at most `events`."""
    epoch = (await bus.state()).epoch
    reader = ArchiveReader(objects, stream=EVALUATIONS)
    manifest = await reader.manifest(epoch) or Manifest(stream=EVALUATIONS, epoch=epoch)
    log = await _beyond(bus, manifest.archived)
    for at in range(0, len(log), events):
        segment = Segment()
        for stored in log[at : at + events]:
            segment.add(stored)
        sealed = segment.seal(stream=EVALUATIONS, epoch=epoch, previous=manifest.head)
        ref = SegmentRef.of(sealed)
        await objects.put(manifest.segment_key(ref), sealed.data)
        if (page := manifest.full()) is not None:
            await objects.put(page_key(EVALUATIONS, epoch, page.number), msgspec.json.encode(page))
        manifest = manifest.grown(ref)
    await objects.put(manifest.key, msgspec.json.encode(manifest))
    return manifest


async def _beyond(bus: EventBus, after: int) -> list[Stored]:
    """Everything that the log holds after `after`."""
    last, found = (await bus.state()).last, list[Stored]()
    if last > after:
        async with aclosing(bus.follow(after=after)) as batches:
            async for batch in batches:
                found += batch
                if batch[-1].sequence >= last:
                    break
    return found


class Rebuilding:
    """Projectors come and go; `made` counts the evaluations on the log."""

    def __init__(self, dsn: str, objects: Objects | None = None) -> None:
        self.dsn = dsn
        self.bus = MemoryBus()
        self.objects = objects or MemoryObjects()
        self.recorder = Recorder()
        self.made = 0

    @property
    def archive(self) -> ArchiveReader:
        return ArchiveReader(self.objects, stream=EVALUATIONS)

    def projector_of(self, projection: Projection = CURRENT, **changes: object) -> Projector:
        told = {"postgres_dsn": self.dsn, "standby_seconds": 0.02, "projector_rebuild_batch": 100}
        settings = ProjectorSettings.model_validate(told | changes)
        telemetry = configure("projector", instance="t")
        return Projector(settings, self.bus, self.archive, telemetry, projection)

    @asynccontextmanager
    async def projector(
        self, projection: Projection = CURRENT, **changes: object
    ) -> AsyncIterator[Projector]:
        """A projector at work; at the end gone without a word."""
        projector = self.projector_of(projection, **changes)
        work = asyncio.create_task(projector.run())
        try:
            yield projector
        finally:
            work.cancel()
            await asyncio.wait({work})

    async def append(self, count: int) -> None:
        """So many more evaluations, of every sort."""
        for number in range(self.made, self.made + count):
            for stored in self.recorder.events(address_of(number), events_of(number)):
                id_ = f"{stored.subject}:{stored.sequence}"
                taken = await self.bus.append(stored.subject, stored.data, msg_id=id_)
                assert isinstance(taken, Appended)
        self.made += count

    async def fetch(self, query: str, *arguments: object) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.dsn)
        try:
            return await connection.fetch(query, *arguments)
        finally:
            await connection.close()

    async def ask(self, request: str, swap: str = "auto") -> None:
        """As the API does."""
        await self.fetch(
            "UPDATE public.projections SET request = $1, swap = $2, finished_at = NULL",
            request,
            swap,
        )

    async def control(self) -> dict[str, Any]:
        return dict((await self.fetch("SELECT * FROM public.projections"))[0])

    async def done(self) -> str:
        """The state once nothing is asked for any more."""

        async def over() -> bool:
            row = await self.control()
            return row["request"] is None and row["finished_at"] is not None

        await wait_until(over, within=60.0, every=0.05)
        return str((await self.control())["state"])

    async def rebuild(self, swap: str = "auto") -> str:
        await self.ask("rebuild", swap)
        return await self.done()

    async def differences(self) -> Differences:
        """What the last comparison found."""
        return msgspec.json.decode((await self.control())["differences"], type=Differences)

    async def projected(self) -> None:
        """Return when the live rows are as of the log."""

        async def caught_up() -> bool:
            last = (await self.bus.state()).last
            try:
                found = await self.fetch("SELECT sequence FROM read_models.checkpoints")
            except asyncpg.PostgresError:
                return False
            return [row[0] for row in found] == [last]

        await wait_until(caught_up, within=60.0, every=0.02)

    async def rows(self, schema: str = layout.LIVE) -> dict[str, list[tuple[object, ...]]]:
        """Every row and every column."""
        found: dict[str, list[tuple[object, ...]]] = {}
        for table in TABLES:
            query = f"SELECT * FROM {schema}.{table} ORDER BY {table}::text"  # noqa: S608 - ours
            found[table] = [tuple(row) for row in await self.fetch(query)]
        return found
