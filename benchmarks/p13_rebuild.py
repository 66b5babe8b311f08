"""P13: the read models made anew from the archive, against the rate of the live projector (P5's own).

Ours: the whole job of `cloche projections rebuild --swap`: segments from a real S3 server, each held to its digest,
decoded, folded into a schema beside the live one, analysed, every row and column compared, and swapped. Reference: the
same events, decoded from the log, through the projector's batches of 500, as in P5. Both on one PostgreSQL with fsync.
"""

import secrets
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from cloche_kit.archive.index import Manifest
from cloche_kit.archive.reader import ArchiveReader
from cloche_kit.memory import MemoryBus
from cloche_kit.objects import Objects
from cloche_kit.s3 import open_objects
from cloche_kit.settings import ObjectSettings
from cloche_kit.telemetry import configure
from cloche_kit.topology import EVALUATIONS
from cloche_local.ports import free_ports
from cloche_local.process import running
from cloche_local.seaweed import ACCESS_KEY, REGION, Seaweed
from cloche_projector import control, layout
from cloche_projector.batches import Batches
from cloche_projector.connections import connect
from cloche_projector.layout import CURRENT, LIVE, NAME
from cloche_projector.rebuild import Rebuild
from cloche_projector.settings import ProjectorSettings
from cloche_projector.shadow import Edges
from cloche_projector.tables import Connection
from pydantic import SecretStr
from support.rebuilding import archive_all

from benchmarks.frame import Row, interleaved, rate
from benchmarks.p5_projector import messages, projected, server_of

COUNT = 3000
# About what a segment of 8 MiB holds.
SEGMENT = 5000
# A schema of its own, so that there always are live rows to be compared with.
REFERENCE = "reference"


async def measure() -> Sequence[Row]:
    log = list(messages(COUNT))
    bus = MemoryBus()
    for stored in log:
        await bus.append(stored.subject, stored.data, msg_id=str(stored.sequence))
    async with (
        server_of() as dsn,
        store() as objects,
        connect(dsn, LIVE) as live,
        connect(dsn, REFERENCE) as other,
    ):
        await archive_all(bus, objects, events=SEGMENT)
        await layout.make(other, REFERENCE, CURRENT, "", live=True)
        settings = ProjectorSettings(postgres_dsn=SecretStr(dsn))
        telemetry = configure("projector", instance="bench")
        edges = Edges(settings, bus, ArchiveReader(objects, stream=EVALUATIONS), telemetry)

        await prepared(live, edges)

        async def ours() -> float:
            await live.execute("CHECKPOINT")
            await live.execute("UPDATE public.projections SET request = 'rebuild', swap = 'always'")
            found = await control.situation(live)
            job = Rebuild(live, edges, CURRENT)

            async def work() -> None:
                await job.rebuild(found)

            figure = await rate(len(log), work)
            row = await live.fetchrow("SELECT state, differences->>'equal' FROM public.projections")
            assert row is not None
            assert tuple(row) == ("swapped", "true")
            return figure

        async def reference() -> float:
            return await projected(other, log)

        figures = await interleaved(ours, reference)
    return [
        Row(
            name="P13 rebuild from the archive / P5's rate",
            ours=figures[0],
            reference=figures[1],
            goal=0.8,
            unit=" events/s",
            about="from the first segment to the swap, with every row compared",
        )
    ]


async def prepared(live: Connection, edges: Edges) -> None:
    """Live read models as of the end of the log, to be compared with."""
    state = await edges.bus.state()
    checkpoint = await layout.make(live, LIVE, CURRENT, state.epoch, live=True)
    batches = Batches(
        live, edges.bus, edges.telemetry, name=NAME, checkpoint=checkpoint, cache=4096, again=True
    )
    async for batch in edges.archive.read(await _manifest(edges, state.epoch), batch=2000):
        await batches.project(batch)


async def _manifest(edges: Edges, epoch: str) -> Manifest:
    found = await edges.archive.manifest(epoch)
    assert found is not None
    return found


@asynccontextmanager
async def store() -> AsyncIterator[Objects]:
    """A bucket of an S3 server of its own."""
    with tempfile.TemporaryDirectory(prefix="cloche-bench-") as folder:
        secret = secrets.token_hex(16)
        server = Seaweed(
            Path(folder) / "s3",
            port=free_ports(1)[0],
            secret_key=secret,
            log=Path(folder) / "s3.log",
        )
        settings = ObjectSettings(
            s3_endpoint=server.endpoint,
            s3_access_key=ACCESS_KEY,
            s3_secret_key=SecretStr(secret),
            s3_bucket="bench",
            s3_region=REGION,
        )
        with running(server):
            async with open_objects(settings) as objects:
                yield objects
        server.tidy()
