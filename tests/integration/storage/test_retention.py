"""Retention on a real log, a real store and real read models: what is old goes, and everything can still be read."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from cloche_kit.archive.accounts import accounts_key, decode_accounts
from cloche_kit.archive.reader import ArchiveReader
from cloche_kit.archive.replay import archived
from cloche_kit.bus import BusUnavailable, EventBus, Stored
from cloche_kit.jetstream import JetStreamBus, open_bus
from cloche_kit.log import EventLog
from cloche_kit.objects import MemoryObjects, Objects
from cloche_kit.progress import READ_MODELS, Progress
from cloche_kit.s3 import open_objects
from cloche_kit.settings import ObjectSettings
from cloche_kit.telemetry import configure
from cloche_kit.topology import EVALUATIONS
from cloche_projector.projector import Projector
from cloche_projector.settings import ProjectorSettings
from cloche_schemas.access import TENANT_SUBJECT, TenantRecord
from cloche_schemas.events import EvaluationEvent
from cloche_schemas.subjects import Address
from cloche_storage.deps import Deps
from cloche_storage.settings import StorageSettings
from cloche_storage.storage import Storage
from support.bus import bus_settings
from support.nats import NatsServer
from support.read_side import read_side
from support.recorded import address_of, append, chunks, completed, queued, started, story
from support.waiting import wait_until

# As short as may be: a period of half a second, looked at every fifth of one.
QUICK: dict[str, object] = {
    "retention_stream_days": 1e-6,
    "retention_shortest_seconds": 0.5,
    "retention_seconds": 0.2,
    "segment_seconds": 0.1,
    "lease_seconds": 0.8,
}


@asynccontextmanager
async def storing(bus: JetStreamBus, objects: Objects, **changes: object) -> AsyncIterator[Storage]:
    telemetry = configure("storage", instance="s")
    settings = StorageSettings.model_validate({"instance": "s", **QUICK, **changes})
    log = EventLog(bus, telemetry, instance="s")
    storage = Storage(Deps(bus, log, telemetry, objects, access=bus.access), settings)
    stop = asyncio.Event()
    work = asyncio.create_task(storage.run(stop))
    policies = asyncio.create_task(storage.policies.follow())
    try:
        yield storage
        stop.set()
        await asyncio.wait_for(work, 20)
    finally:
        work.cancel()
        policies.cancel()
        await asyncio.wait({work, policies})


@asynccontextmanager
async def projecting(bus: JetStreamBus, dsn: str) -> AsyncIterator[None]:
    settings = ProjectorSettings.model_validate({"postgres_dsn": dsn, "progress_seconds": 0.2})
    projector = Projector(
        settings,
        bus,
        ArchiveReader(MemoryObjects(), stream="EVALUATIONS"),
        configure("projector", instance="p"),
    )
    work = asyncio.create_task(projector.run())
    try:
        yield
    finally:
        work.cancel()
        await asyncio.wait({work})


async def told(bus: EventBus, objects: Objects) -> list[Stored]:
    """Everything that a reader of the whole past finds: the archive, and beyond it the stream."""
    found: list[Stored] = []
    after = 0
    reader = ArchiveReader(objects, stream=EVALUATIONS)
    async with aclosing(archived(bus, reader, after=0)) as batches:
        async for messages, reached in batches:
            found += messages
            after = reached
    left = [await bus.get(number) for number in range(after + 1, (await bus.state()).last + 1)]
    return [*found, *(one for one in left if one is not None)]


async def begins(bus: EventBus) -> int:
    return (await bus.state()).first


async def test_what_is_old_leaves_the_log_and_is_found_all_the_same(
    nats_server: NatsServer, postgres_dsn: str, s3_settings: ObjectSettings
) -> None:
    async with (
        read_side(nats_server.url, postgres_dsn) as world,
        open_objects(s3_settings) as objects,
        world.projector(),
        storing(world.bus, objects),
    ):
        key = {"Idempotency-Key": "k"}
        body = {"code": "print(1)"}
        first = await world.client.post("/v1/evaluations", json=body, headers=key)
        one = Address("main", first.json()["id"])
        output = chunks(("stdout", b"hello "), ("stdout", b"world"))
        await append(world.log, one, started(), *output, completed(output))
        still_open = Address(
            "main", (await world.client.post("/v1/evaluations", json=body)).json()["id"]
        )
        await append(world.log, still_open, started())
        after_it = address_of(7)
        await append(world.log, after_it, *story(("stdout", b"x")))
        beginning = (await world.log.read(still_open)).entries[0].stored.sequence

        async def trimmed() -> bool:
            return await begins(world.bus) == beginning

        await wait_until(trimmed, within=30)
        # Of what is over, what was appended behind the open one stays with it.
        assert len((await world.log.read(after_it)).entries) == 4
        path = f"/v1/evaluations/{one.evaluation}"
        view = (await world.client.get(path)).json()
        assert (view["status"], view["outcome"]) == ("completed", "succeeded")
        assert (await world.client.get(f"{path}/output")).content == b"hello world"
        listed = (await world.client.get("/v1/evaluations")).json()["items"]
        assert one.evaluation in {each["id"] for each in listed}
        again = await world.client.post("/v1/evaluations", json=body, headers=key)
        assert (again.status_code, again.json()["id"]) == (202, one.evaluation)
        answer = await world.client.post(f"{path}/cancel")
        assert (answer.status_code, answer.json()["code"]) == (409, "already_over")
        # Once it is over, it goes as well.
        await append(world.log, still_open, completed())
        last = (await world.bus.state()).last

        async def empty() -> bool:
            state = await world.bus.state()
            return state.first > last

        await wait_until(empty, within=30)
        past = await told(world.bus, objects)
        assert [stored.sequence for stored in past] == list(
            range(1, (await world.bus.state()).last + 1)
        )


async def test_a_log_too_small_for_what_is_run_is_trimmed_before_it_is_full(
    nats_server: NatsServer, postgres_dsn: str, s3_settings: ObjectSettings
) -> None:
    """What would not fit goes through it, and all of it is found again."""
    async with (
        open_bus(bus_settings(nats_server.url, stream_max_bytes=1 << 20), name="test") as bus,
        open_objects(s3_settings) as objects,
        projecting(bus, postgres_dsn),
        storing(
            bus,
            objects,
            retention_stream_days=7,
            retention_pressure=0.5,
            retention_pressure_age_seconds=0,
        ),
    ):
        assert (await bus.state()).max_bytes == 1 << 20
        log = EventLog(bus, configure("test", instance="t"), instance="t")
        refused = 0
        for number in range(40):
            output = chunks(*((("stdout", os.urandom(12_000)),) * 4))
            events: list[EvaluationEvent] = [queued(), started(), *output, completed(output)]
            for event in events:
                while True:
                    try:
                        await append(log, address_of(number), event)
                        break
                    except BusUnavailable:
                        refused += 1
                        await asyncio.sleep(0.2)

        async def room() -> bool:
            state = await bus.state()
            return state.bytes < (1 << 19)

        await wait_until(room, within=30)
        past = await told(bus, objects)
        last = (await bus.state()).last
        assert [stored.sequence for stored in past] == list(range(1, last + 1))
        assert sum(len(stored.data) for stored in past) > 2 << 20
        assert await bus.parked() == []


async def test_killed_again_and_again_it_forgets_what_it_should_and_nothing_else(
    nats_server: NatsServer, s3_settings: ObjectSettings, tmp_path: Path
) -> None:
    environment = {
        **os.environ,
        "CLOCHE_NATS_URL": nats_server.url,
        "CLOCHE_STREAM_MAX_BYTES": str(64 << 20),
        "CLOCHE_S3_ENDPOINT": s3_settings.s3_endpoint,
        "CLOCHE_S3_ACCESS_KEY": s3_settings.s3_access_key,
        "CLOCHE_S3_SECRET_KEY": s3_settings.s3_secret_key.get_secret_value(),
        "CLOCHE_S3_BUCKET": s3_settings.s3_bucket,
        "CLOCHE_RETENTION_ARCHIVE_DAYS": "0.000001",
        **{f"CLOCHE_{name.upper()}": str(value) for name, value in QUICK.items()},
    }
    log_file = tmp_path / "storage.log"

    def start() -> subprocess.Popen[bytes]:
        with log_file.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "cloche_storage"], env=environment, stdout=log, stderr=log
            )

    async with (
        open_bus(bus_settings(nats_server.url), name="test") as bus,
        open_objects(s3_settings) as objects,
    ):
        events = EventLog(bus, configure("test", instance="t"), instance="t")
        keeps = TenantRecord(tenant="keeps", name="x", created_at=datetime.now(UTC), archive_days=0)
        await bus.access.append(TENANT_SUBJECT + "keeps", msgspec.json.encode(keeps), msg_id="1")

        async def say() -> None:
            state = await bus.state()
            now = datetime.now(UTC)
            word = Progress(epoch=state.epoch, sequence=state.last, at=now)
            await bus.progress.say(READ_MODELS, word)

        process = start()
        try:
            for turn in range(6):
                for number in range(4):
                    tenant = "keeps" if number % 2 else "main"
                    address = address_of(turn * 10 + number, tenant)
                    await append(events, address, *story(("stdout", b"x" * 100)))
                await say()
                # However far it has come by then.
                await asyncio.sleep(0.4 + 0.35 * turn)
                process.kill()
                process.wait()
                process = start()

            async def forgotten() -> bool:
                await say()
                past = await told(bus, objects)
                tenants = {stored.subject.split(".")[1] for stored in past}
                return tenants == {"keeps"} and (await bus.state()).first > (await bus.state()).last

            await wait_until(forgotten, within=60)
            past = await told(bus, objects)
            # Six turns of two evaluations, five events each with the one that storage appends.
            assert len(past) == 6 * 2 * 5
            state = await bus.state()

            async def accounted() -> bool:
                found = await objects.get(accounts_key(EVALUATIONS, state.epoch))
                accounts = decode_accounts(found[1]) if found else None
                return (
                    accounts is not None
                    and accounts.archive["main"].count == accounts.archive["main"].bytes == 0
                    and accounts.archive["keeps"].count == len(past)
                )

            await wait_until(accounted, within=20)
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0, log_file.read_text()
        assert "Traceback" not in log_file.read_text()
