"""The gateway as a process, over a real log and a real PostgreSQL."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import msgspec
from cloche_kit.jetstream import open_bus
from cloche_kit.log import EventLog, Written
from cloche_kit.telemetry import configure
from cloche_projector.migrate import migrate
from cloche_schemas.events import AttemptFailed, AttemptStarted, LifecycleEvent
from cloche_schemas.subjects import Address
from support.bus import bus_settings
from support.gateway import BEARER, HELLO, KEY, read_events
from support.nats import NatsServer
from support.waiting import wait_until

PATH = "/v1/evaluations"


@asynccontextmanager
async def gateway_process(
    nats: NatsServer, dsn: str, folder: Path
) -> AsyncIterator[tuple[asyncio.subprocess.Process, httpx2.AsyncClient]]:
    file = folder / "port"
    environment = {
        **os.environ,
        "CLOCHE_NATS_URL": nats.url,
        "CLOCHE_STREAM_MAX_BYTES": str(64 << 20),
        "CLOCHE_POSTGRES_DSN": dsn,
        "CLOCHE_API_KEY": KEY,
        "CLOCHE_PORT": "0",
        "CLOCHE_PORT_FILE": str(file),
        "CLOCHE_S3_ENDPOINT": "http://127.0.0.1:9",
        # There is no store, and in some tests no database either: it starts without.
        "CLOCHE_START_SECONDS": "0",
        "CLOCHE_RETRY_BASE_SECONDS": "0.1",
    }
    with (folder / "gateway.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "cloche_gateway", env=environment, stderr=log, stdout=log
        )
    try:
        await wait_until(file.exists, within=20.0)
        async with httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{file.read_text().strip()}", headers=BEARER, timeout=30.0
        ) as client:
            yield process, client
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def append(log: EventLog, address: Address, event: LifecycleEvent) -> None:
    history = await log.read(address)
    assert isinstance(await log.append(address, event, after=history.position), Written)


async def test_it_takes_tells_and_retries_and_is_gone_at_once_with_a_stream_open(
    nats_server: NatsServer, postgres_dsn: str, tmp_path: Path
) -> None:
    await migrate(postgres_dsn)
    async with gateway_process(nats_server, postgres_dsn, tmp_path) as (process, client):
        assert (await client.get("/readyz")).status_code == 200
        accepted = (await client.post(PATH, json=HELLO)).json()
        assert (await client.get(accepted["links"]["self"])).json()["status"] == "queued"
        async with (
            client.stream("GET", accepted["links"]["events"]) as answer,
            open_bus(bus_settings(nats_server.url), name="executor") as bus,
        ):
            events = read_events(answer)
            assert (await anext(events)).name == "queued"
            log = EventLog(bus, configure("executor", instance="e"), instance="e")
            address = Address("main", accepted["id"])
            started = AttemptStarted(attempt=1, executor="e", nonce="n", engine="docker")
            await append(log, address, started)
            await append(log, address, AttemptFailed(attempt=1, reason="executor_lost"))
            names = [(await anext(events)).name for _ in range(3)]
            assert names == ["started", "attempt-failed", "queued"]
            begun = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert [event.name async for event in events] == ["reconnect"]
            assert await process.wait() == 0
            assert time.monotonic() - begun < 2.0
    logged = (tmp_path / "gateway.log").read_text()
    assert KEY not in logged
    assert "Traceback" not in logged


async def test_it_takes_submissions_while_postgresql_is_away(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    dsn = "postgresql://cloche@127.0.0.1:9/cloche"
    async with gateway_process(nats_server, dsn, tmp_path) as (_, client):
        accepted = await client.post(PATH, json=HELLO)
        assert accepted.status_code == 202
        one = await client.get(accepted.headers["location"])
        assert (one.status_code, one.json()["status"]) == (200, "queued")
        assert (await client.get(PATH)).status_code == 503
        assert (await client.get("/readyz")).status_code == 503


async def test_while_the_log_is_away_it_says_so_and_recovers(
    nats_server: NatsServer, postgres_dsn: str, tmp_path: Path
) -> None:
    await migrate(postgres_dsn)
    async with gateway_process(nats_server, postgres_dsn, tmp_path) as (_, client):
        nats_server.kill()
        answer = await client.post(PATH, json=HELLO)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        await nats_server.start()

        async def accepted() -> bool:
            return (await client.post(PATH, json=HELLO)).status_code == 202

        await wait_until(accepted, within=20.0, every=0.1)


async def test_a_submission_that_the_log_can_never_take_is_too_large_and_not_a_trouble_of_ours(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    # The server's max_payload is the default of 1 MiB here; an event is larger than the body that it carries. What is
    # expected stays in it, unlike what is read: nothing of this can be moved to the store.
    dsn = "postgresql://cloche@127.0.0.1:9/cloche"
    body = msgspec.json.encode(
        {"code": "#" * 530, "cases": [{"expected_stdout": "#" * 1025}] * 1000}
    )
    assert (1 << 20) - 50 < len(body) <= 1 << 20
    async with gateway_process(nats_server, dsn, tmp_path) as (_, client):
        headers = {"Content-Type": "application/json"}
        answer = await client.post(PATH, content=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
