"""Storage and projector as processes on real servers, killed with SIGKILL while evaluations go on."""

import os
import secrets
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import asyncpg
import msgspec
import pytest
from cloche_kit.jetstream import JetStreamBus, open_bus
from cloche_kit.log import EventLog
from cloche_kit.s3 import open_objects
from cloche_kit.settings import ObjectSettings
from cloche_kit.telemetry import configure
from cloche_local.ports import free_ports
from cloche_local.postgres import Postgres
from cloche_local.process import Component, running
from cloche_local.seaweed import ACCESS_KEY, Seaweed
from cloche_schemas.events import OutputArchived
from cloche_schemas.views import EvaluationView
from pydantic import SecretStr
from support.bus import bus_settings
from support.nats import NatsServer
from support.reconciled import compare_archive, in_archive
from support.recorded import address_of, append, chunks, completed, queued, started
from support.service_process import Process
from support.waiting import wait_until

EVALUATIONS = 12


@contextmanager
def processes(folder: Path, environment: dict[str, str]) -> Iterator[dict[str, Process]]:
    both = {name: Process(name, folder, environment) for name in ("storage", "projector")}
    for process in both.values():
        process.start()
    try:
        yield both
    finally:
        for process in both.values():
            process.end()


class Servers:
    """The three servers of a system of its own. `kill` ends them like a crash, and starts them on the same data."""

    def __init__(self, folder: Path, nats: NatsServer) -> None:
        self._nats = nats
        password, secret = secrets.token_hex(8), secrets.token_hex(16)
        postgres_port, s3_port = free_ports(2)
        postgres = Postgres(
            folder / "postgres",
            port=postgres_port,
            password=password,
            log=folder / "postgres.log",
            durable=False,
        )
        s3 = Seaweed(folder / "s3", port=s3_port, secret_key=secret, log=folder / "s3.log")
        # SIGQUIT: at once, without a checkpoint, and none of its children lingers.
        self._components: list[tuple[Component, int]] = [
            (postgres, signal.SIGQUIT),
            (s3, signal.SIGKILL),
        ]
        self._running = ExitStack()
        self._start()
        postgres.execute("CREATE DATABASE killed")
        self.dsn = postgres.dsn("killed")
        self.s3 = ObjectSettings(
            s3_endpoint=s3.endpoint, s3_access_key=ACCESS_KEY, s3_secret_key=SecretStr(secret)
        )

    @property
    def environment(self) -> dict[str, str]:
        return {
            "CLOCHE_NATS_URL": self._nats.url,
            "CLOCHE_STREAM_MAX_BYTES": str(64 << 20),
            "CLOCHE_POSTGRES_DSN": self.dsn,
            "CLOCHE_S3_ENDPOINT": self.s3.s3_endpoint,
            "CLOCHE_S3_ACCESS_KEY": self.s3.s3_access_key,
            "CLOCHE_S3_SECRET_KEY": self.s3.s3_secret_key.get_secret_value(),
            "CLOCHE_S3_BUCKET": self.s3.s3_bucket,
            "CLOCHE_SEGMENT_SECONDS": "0.1",
            "CLOCHE_LEASE_SECONDS": "0.8",
        }

    async def kill(self) -> None:
        self._nats.kill()
        self._running.close()
        self._start()
        await self._nats.start()

    def stop(self) -> None:
        self._running.close()

    def _start(self) -> None:
        for component, at_end in self._components:
            self._running.enter_context(running(component, at_end=at_end))


@pytest.fixture
def servers(nats_server: NatsServer, tmp_path: Path) -> Iterator[Servers]:
    started_servers = Servers(tmp_path, nats_server)
    yield started_servers
    started_servers.stop()


@pytest.mark.parametrize("killed", ["services", "servers"])
async def test_killed_again_and_again_they_end_with_every_byte_and_every_row(
    servers: Servers, nats_server: NatsServer, tmp_path: Path, killed: str
) -> None:
    async with (
        open_bus(bus_settings(nats_server.url), name="test") as bus,
        open_objects(servers.s3) as objects,
    ):
        log = EventLog(bus, configure("test", instance="t"), instance="t")
        outputs = {
            number: chunks(*((("stdout", os.urandom(2000)),) * 10), ("stderr", b"%d" % number))
            for number in range(EVALUATIONS)
        }
        with processes(tmp_path, servers.environment) as both:
            for number, output in outputs.items():
                address = address_of(number)
                await append(log, address, queued(), started(), *output[:6])
                if number % 4 == 3 and killed == "servers":
                    await servers.kill()
                    await wait_until(bus.ready, within=10)
                elif number % 4 == 3:
                    for process in both.values():
                        process.end()
                        process.start()
                await append(log, address, *output[6:], completed(output))

            async def archived() -> bool:
                histories = [await log.read(address_of(number)) for number in outputs]
                return all(
                    isinstance(history.entries[-1].event, OutputArchived) for history in histories
                )

            await wait_until(archived, within=30)
            await wait_until(lambda: projected(bus, servers.dsn), within=15)
            await wait_until(lambda: in_archive(bus, objects), within=15)
            assert both["storage"].end(signal.SIGTERM) == 0, both["storage"].log()
            assert both["projector"].end(signal.SIGTERM) == 0, both["projector"].log()
        assert await bus.parked() == []
        for number, output in outputs.items():
            recorded = b"".join(chunk.data for chunk in output if chunk.stream == "stdout")
            key = f"outputs/main/{address_of(number).evaluation}/1/stdout"
            found = await objects.get(key)
            assert found is not None
            assert found[1] == recorded
        assert await objects.abort_uploads("") == 0
        await compare_archive(bus, objects)
    await compare_rows(servers.dsn)


async def projected(bus: JetStreamBus, dsn: str) -> bool:
    connection = await asyncpg.connect(dsn)
    try:
        sequence = await connection.fetchval("SELECT sequence FROM checkpoints")
    except asyncpg.UndefinedTableError:
        # Killed before it had made its tables, each time; the one that is left makes them.
        return False
    finally:
        await connection.close()
    return bool(sequence == (await bus.state()).last)


async def compare_rows(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    rows = await connection.fetch("SELECT view::text FROM evaluations ORDER BY id")
    outputs = await connection.fetch("SELECT size FROM outputs WHERE stream = 'stdout'")
    await connection.close()
    views = [msgspec.json.decode(row[0], type=EvaluationView) for row in rows]
    assert len(views) == EVALUATIONS
    assert {(view.status, view.sequence, len(view.archived)) for view in views} == {
        ("completed", 4, 2)
    }
    assert [row[0] for row in outputs] == [20_000] * EVALUATIONS
