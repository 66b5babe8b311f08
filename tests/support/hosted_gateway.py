"""Whole gateways in this process over a real log: REST, scheduler and keeper, stopped and started again."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
from cloche_gateway.app import serve
from cloche_gateway.deps import Deps
from cloche_gateway.memory_read_models import MemoryReadModels
from cloche_kit.jetstream import open_bus
from cloche_kit.log import EventLog
from cloche_kit.objects import MemoryObjects
from cloche_kit.telemetry import configure
from support.bus import bus_settings
from support.gateway import BEARER, settings_with
from support.waiting import wait_until


@asynccontextmanager
async def gateway(
    url: str, name: str = "g1", **changes: object
) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of a gateway that runs while inside, on the NATS server at `url`."""
    stop = asyncio.Event()
    telemetry = configure("gateway", instance=name)
    with tempfile.TemporaryDirectory(prefix="cloche-gateway-") as folder:
        file = Path(folder) / "port"
        settings = settings_with(port_file=file, **changes)
        async with open_bus(bus_settings(url), name=name) as bus:
            deps = Deps(
                bus=bus,
                access=bus.access,
                schedules=bus.schedules,
                log=EventLog(bus, telemetry, instance=name),
                telemetry=telemetry,
                objects=MemoryObjects(),
                read_models=MemoryReadModels(),
            )
            serving = asyncio.create_task(serve(deps, settings, stop))
            try:
                await wait_until(lambda: file.exists() or serving.done(), within=20)
                assert not serving.done(), serving.exception()
                async with httpx2.AsyncClient(
                    base_url=f"http://127.0.0.1:{file.read_text().strip()}",
                    headers=BEARER,
                    timeout=20.0,
                ) as client:
                    yield client
            finally:
                stop.set()
                async with asyncio.timeout(10):
                    await serving
