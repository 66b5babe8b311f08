"""All of a Cloche but its gateway, in this process: an executor and a projector over a real log and PostgreSQL.

Gateways come and go over it. Programs are children of the test (child_programs.py), the store is in memory.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
from cloche_gateway.app import serve
from cloche_gateway.deps import Deps
from cloche_gateway.read_models import open_read_models
from cloche_kit.archive.reader import ArchiveReader
from cloche_kit.jetstream import open_bus
from cloche_kit.log import EventLog
from cloche_kit.objects import MemoryObjects
from cloche_kit.telemetry import configure
from cloche_kit.topology import EVALUATIONS
from cloche_projector.migrate import migrate
from cloche_projector.projector import Projector
from cloche_projector.settings import ProjectorSettings
from support.bus import bus_settings
from support.child_programs import run_child
from support.fake_engine import FakeEngine
from support.gateway import KEY, settings_with
from support.waiting import wait_until
from support.working import working

# Programs are whole interpreters: on a busy machine they must not lose their leases by being slow.
ACK_WAIT = 10.0
SLOTS = 4


class Backstage:
    """What gateways stand before."""

    def __init__(self, nats_url: str, dsn: str, objects: MemoryObjects, folder: Path) -> None:
        self._nats_url = nats_url
        self._dsn = dsn
        self._objects = objects
        self._folder = folder

    @asynccontextmanager
    async def gateway(self) -> AsyncIterator[str]:
        """One in this process, which knows the store; its address. It has ended when this is left."""
        stop, file = asyncio.Event(), self._folder / "port"
        telemetry = configure("gateway", instance="g1")
        settings = settings_with(port_file=file)
        nats = bus_settings(self._nats_url, work_ack_wait=ACK_WAIT)
        async with open_bus(nats, name="g1") as bus, open_read_models(self._dsn) as read_models:
            deps = Deps(
                bus=bus,
                access=bus.access,
                schedules=bus.schedules,
                log=EventLog(bus, telemetry, instance="g1"),
                telemetry=telemetry,
                objects=self._objects,
                read_models=read_models,
            )
            serving = asyncio.create_task(serve(deps, settings, stop))
            try:
                await wait_until(lambda: file.exists() or serving.done(), within=20)
                assert not serving.done(), serving.exception()
                yield f"http://127.0.0.1:{file.read_text().strip()}"
            finally:
                stop.set()
                async with asyncio.timeout(10):
                    await serving

    @asynccontextmanager
    async def gateway_process(self, port: int) -> AsyncIterator[asyncio.subprocess.Process]:
        """One in a process of its own on `port`, ready when this is entered, killed when it is left."""
        environment = {
            **os.environ,
            "CLOCHE_NATS_URL": self._nats_url,
            "CLOCHE_STREAM_MAX_BYTES": str(64 << 20),
            "CLOCHE_WORK_ACK_WAIT": str(ACK_WAIT),
            "CLOCHE_POSTGRES_DSN": self._dsn,
            "CLOCHE_API_KEY": KEY,
            "CLOCHE_PORT": str(port),
            # Nobody listens there: what is read lies on the log.
            "CLOCHE_S3_ENDPOINT": "http://127.0.0.1:9",
            "CLOCHE_START_SECONDS": "0",
        }
        said = self._folder / "gateway.log"
        with said.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "cloche_gateway", env=environment, stderr=log, stdout=log
            )
        try:
            await wait_until(lambda: _ready(port), within=60.0, every=0.2, told=said.read_text)
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


@asynccontextmanager
async def backstage(nats_url: str, dsn: str, folder: Path) -> AsyncIterator[Backstage]:
    """At work while inside, on an empty log and database."""
    await migrate(dsn)
    objects = MemoryObjects()
    settings = ProjectorSettings.model_validate({"postgres_dsn": dsn, "standby_seconds": 0.02})
    archive = ArchiveReader(objects, stream=EVALUATIONS)
    async with open_bus(bus_settings(nats_url, work_ack_wait=ACK_WAIT), name="rest") as bus:
        projector = Projector(settings, bus, archive, configure("projector", instance="p1"))
        projecting = asyncio.create_task(projector.run())
        try:
            await wait_until(lambda: projector.active, within=20)
            engine = FakeEngine(run_child)
            async with working(bus, engine, slots=SLOTS, ack_wait=ACK_WAIT, objects=objects):
                yield Backstage(nats_url, dsn, objects, folder)
        finally:
            projecting.cancel()
            await asyncio.wait({projecting})


async def _ready(port: int) -> bool:
    try:
        async with httpx2.AsyncClient() as client:
            return (await client.get(f"http://127.0.0.1:{port}/readyz")).is_success
    except httpx2.TransportError:
        return False
