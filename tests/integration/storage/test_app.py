"""Storage as a process serves it: health, alarm, stop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
from cloche_kit.log import EventLog
from cloche_kit.memory import MemoryBus
from cloche_kit.objects import MemoryObjects
from cloche_kit.telemetry import configure
from cloche_storage.app import serve
from cloche_storage.deps import Deps
from cloche_storage.settings import StorageSettings
from support.recorded import address_of, append, story
from support.waiting import wait_until

ONE = address_of(1)


@asynccontextmanager
async def served(
    bus: MemoryBus, objects: MemoryObjects, folder: Path
) -> AsyncIterator[httpx2.AsyncClient]:
    telemetry = configure("storage", instance="t")
    port_file = folder / "port"
    settings = StorageSettings(
        instance="t", port_file=port_file, segment_seconds=0.05, lease_seconds=0.5
    )
    stop = asyncio.Event()
    deps = Deps(bus, EventLog(bus, telemetry, instance="t"), telemetry, objects)
    work = asyncio.create_task(serve(deps, settings, stop))
    try:
        await wait_until(port_file.exists)
        url = f"http://127.0.0.1:{int(port_file.read_text())}"
        async with httpx2.AsyncClient(base_url=url) as client:
            yield client
    finally:
        stop.set()
        await asyncio.wait_for(work, 5)
        port_file.unlink()


async def test_readiness_tells_of_both_stores_and_metrics_of_the_archive(tmp_path: Path) -> None:
    bus, objects = MemoryBus(), MemoryObjects()
    log = EventLog(bus, configure("test", instance="t"), instance="t")
    async with served(bus, objects, tmp_path) as client:
        await append(log, ONE, *story(("stdout", b"x")))

        async def archived() -> bool:
            metrics = (await client.get("/metrics")).text
            return "cloche_storage_archived 5.0" in metrics

        await wait_until(archived)
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()["checks"]) == (200, {"log": True, "objects": True})
        bus.available = False
        assert (await client.get("/readyz")).status_code == 503


@pytest.mark.parametrize("how", ["foreign", "shorter", "gone", "gone while reading"])
async def test_a_log_that_is_not_the_archive_s_raises_the_alarm_and_nothing_is_written(
    how: str, tmp_path: Path
) -> None:
    bus, objects = MemoryBus(), MemoryObjects()
    log = EventLog(bus, configure("test", instance="t"), instance="t")
    async with served(bus, objects, tmp_path) as client:
        await append(log, ONE, *story())
        await wait_until(lambda: any(key.endswith("4.ndjson.zst") for key in objects._objects))
        if how == "gone while reading":
            bus.lose()
            await wait_until(lambda: alarmed(client))
    before = {key: data for key, (_, data) in objects._objects.items() if "manifest" not in key}
    epoch = bus._epoch
    if how == "gone":
        bus.lose()
    elif how != "gone while reading":
        bus = MemoryBus()
        bus._epoch = epoch if how == "shorter" else "another"
    async with served(bus, objects, tmp_path) as client:
        await wait_until(lambda: alarmed(client))
        alarm = (await client.get("/readyz")).json()["alarm"]
        assert "log" in alarm
    after = {key: data for key, (_, data) in objects._objects.items() if "manifest" not in key}
    assert after == before


async def alarmed(client: httpx2.AsyncClient) -> bool:
    return (await client.get("/livez")).status_code == 503


async def test_a_manifest_that_cannot_be_read_raises_the_alarm_until_it_can(tmp_path: Path) -> None:
    bus, objects = MemoryBus(), MemoryObjects()
    log = EventLog(bus, configure("test", instance="t"), instance="t")
    async with served(bus, objects, tmp_path):
        await append(log, ONE, *story())
        await wait_until(lambda: any(key.endswith("4.ndjson.zst") for key in objects._objects))
    [key] = [key for key in objects._objects if key.endswith("manifest.json")]
    right = objects._objects[key][1]
    await objects.put(key, right[: len(right) // 2])
    async with served(bus, objects, tmp_path) as client:
        await wait_until(lambda: alarmed(client))
        alarm = (await client.get("/readyz")).json()["alarm"]
        assert alarm.startswith(f"the archive is damaged: {key}: no manifest")
        assert objects._objects[key][1] == right[: len(right) // 2]
        # A store that gave wrong bytes and has come to its senses: nobody has to restart anything.
        await objects.put(key, right)
        await append(log, address_of(2), *story())

        async def archived() -> bool:
            live = (await client.get("/livez")).status_code == 200
            return live and any(key.endswith("8.ndjson.zst") for key in objects._objects)

        await wait_until(archived, within=10)
