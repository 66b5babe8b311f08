"""The composition root: real edges, and the process's life over any edges."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from cloche_kit.archive.reader import ArchiveReader
from cloche_kit.bus import EventBus, StreamLost
from cloche_kit.health import Health, health_server
from cloche_kit.jetstream import open_bus
from cloche_kit.logs import get_logger
from cloche_kit.run import settle_memory
from cloche_kit.s3 import open_objects
from cloche_kit.telemetry import Telemetry, configured
from cloche_kit.topology import EVALUATIONS
from msgspec import Struct

from cloche_projector.projector import Projector
from cloche_projector.settings import ProjectorSettings

log = get_logger(__name__)


class Deps(Struct, frozen=True):
    """The edges. PostgreSQL is not among them: the lock makes connecting a part of the projection's life."""

    bus: EventBus
    archive: ArchiveReader
    telemetry: Telemetry


@asynccontextmanager
async def connected(settings: ProjectorSettings) -> AsyncIterator[Deps]:
    """The real edges."""
    telemetry = configured("projector", settings)
    try:
        async with open_bus(settings, name="projector") as bus, open_objects(settings) as objects:
            yield Deps(bus, ArchiveReader(objects, stream=EVALUATIONS), telemetry)
    finally:
        telemetry.shutdown()


async def serve(deps: Deps, settings: ProjectorSettings, stop: asyncio.Event) -> None:
    """Project and answer health checks until `stop`. A lost stream is an alarm, and nothing is projected any more."""
    projector = Projector(settings, deps.bus, deps.archive, deps.telemetry)

    async def postgres() -> bool:
        return projector.connected

    health = Health("projector", settings.instance, {"log": deps.bus.ready, "postgres": postgres})
    async with health_server(health, settings):
        settle_memory()
        work = asyncio.create_task(_project(projector, health), name="projector")
        lag = asyncio.create_task(projector.measure_lag(), name="lag")
        stopped = asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if health.alarm is not None:
                await stopped
        finally:
            for task in (work, lag, stopped):
                task.cancel()
            await asyncio.wait({work, lag, stopped})
        if not work.cancelled():
            work.result()


async def _project(projector: Projector, health: Health) -> None:
    try:
        await projector.run()
    except StreamLost as error:
        health.alarm = f"the log is not the one that the rows were made from: {error}"
        log.exception("stream_lost")
