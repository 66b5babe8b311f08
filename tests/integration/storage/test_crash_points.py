"""Storage ended by SIGKILL between any two of its writes, on the real servers: nothing is lost, and the chain holds."""

import asyncio
import os
import signal
from pathlib import Path

import pytest
from cloche_kit.archive.verify import verify
from cloche_kit.crashpoint import VARIABLE
from cloche_kit.jetstream import JetStreamBus, open_bus
from cloche_kit.log import EventLog
from cloche_kit.objects import Objects
from cloche_kit.s3 import open_objects
from cloche_kit.settings import ObjectSettings
from cloche_kit.telemetry import configure
from cloche_schemas.events import OutputArchived
from support.bus import bus_settings
from support.nats import NatsServer
from support.reconciled import compare_archive, in_archive, manifest_of
from support.recorded import address_of, append, chunks, completed, queued, started
from support.service_process import Process
from support.waiting import wait_until

ONE, TWO = address_of(1), address_of(2)
#: Size and number of chunks where it takes many to get there: a full part, and a full manifest.
PIECES = {"part-placed": (256 << 10, 24), "page-placed": (10, 110)}
#: Where it dies, and the settings that lead there.
POINTS: dict[str, dict[str, str]] = {
    "acquired": {},
    "sealed": {},
    "segment-placed": {},
    # A page is written with the segment that finds the manifest full.
    "page-placed": {"CLOCHE_SEGMENT_BYTES": "1"},
    "manifest-written": {},
    "part-placed": {},
    "output-placed": {},
}


def settings_for(nats: NatsServer, s3: ObjectSettings) -> dict[str, str]:
    return {
        "CLOCHE_NATS_URL": nats.url,
        "CLOCHE_STREAM_MAX_BYTES": str(64 << 20),
        "CLOCHE_S3_ENDPOINT": s3.s3_endpoint,
        "CLOCHE_S3_ACCESS_KEY": s3.s3_access_key,
        "CLOCHE_S3_SECRET_KEY": s3.s3_secret_key.get_secret_value(),
        "CLOCHE_S3_BUCKET": s3.s3_bucket,
        "CLOCHE_SEGMENT_SECONDS": "0.1",
        "CLOCHE_LEASE_SECONDS": "0.8",
    }


@pytest.mark.parametrize("point", POINTS)
async def test_it_dies_there_and_ends_with_every_message(
    nats_server: NatsServer, s3_settings: ObjectSettings, tmp_path: Path, point: str
) -> None:
    storage = Process("storage", tmp_path, settings_for(nats_server, s3_settings))
    async with (
        open_bus(bus_settings(nats_server.url), name="test") as bus,
        open_objects(s3_settings) as objects,
    ):
        log = EventLog(bus, configure("test", instance="t"), instance="t")
        size, count = PIECES.get(point, (10, 10))
        pieces = os.urandom(size * count)
        output = chunks(
            *[("stdout", pieces[at : at + size]) for at in range(0, size * count, size)]
        )
        await append(log, ONE, queued(), started(), *output)
        storage.start(**POINTS[point], **{VARIABLE: point})
        try:
            if point == "output-placed":
                await append(log, ONE, completed(output))
            assert await asyncio.to_thread(storage.wait, 60) == -signal.SIGKILL, storage.log()
            behind = (await bus.state()).last
            before = await report_of(bus, objects)
            assert before <= {"stray"}
            assert before or point not in {"segment-placed", "page-placed"}
            # With other cuts than before, so that what was left behind has no namesake.
            storage.start(CLOCHE_SEGMENT_BYTES="3000")
            if point != "output-placed":
                await append(log, ONE, completed(output))
            await append(log, TWO, queued(), started(), completed())
            await wait_until(lambda: announced(log), within=30)
            await wait_until(lambda: in_archive(bus, objects), within=30)
        finally:
            code = storage.end(signal.SIGTERM)
        assert code == 0, storage.log()
        assert (await manifest_of(bus, objects)).archived > behind
        await compare_archive(bus, objects)
        assert await report_of(bus, objects) == set()
        found = await objects.get(f"outputs/main/{ONE.evaluation}/1/stdout")
        assert found is not None
        assert found[1] == pieces
        assert await objects.abort_uploads("") == 0
        assert await bus.parked() == []


async def report_of(bus: JetStreamBus, objects: Objects) -> set[str]:
    """Kinds of what verification finds."""
    report = await verify(objects, stream="EVALUATIONS", epoch=(await bus.state()).epoch)
    assert report.sound, report.findings
    return {finding.kind for finding in report.findings}


async def announced(log: EventLog) -> bool:
    ends = [(await log.read(address)).entries[-1].event for address in (ONE, TWO)]
    return all(isinstance(event, OutputArchived) for event in ends)
