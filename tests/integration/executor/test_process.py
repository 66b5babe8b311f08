"""The executor as a process over a real log: it runs programs, survives outages, and ends as it should."""

import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cloche_executor.engines.bwrap_process import descendants
from cloche_kit.jetstream import open_bus
from cloche_schemas.events import AttemptFailed, AttemptStarted
from cloche_schemas.values import Limits
from support.bus import bus_settings
from support.docker import containers
from support.evaluations import Client
from support.executor_process import ExecutorProcess
from support.http import get
from support.nats import NatsServer
from support.waiting import wait_until

ACK_WAIT = 6.0
SLOW_COUNT = """
import sys, time
for number in range(60):
    sys.stdout.write(f"{number}\\n" * 300)
    time.sleep(0.05)
"""
WHOLE_COUNT = b"".join(b"%d\n" % number * 300 for number in range(60))


@pytest.fixture
async def client(nats_server: NatsServer) -> AsyncIterator[Client]:
    settings = bus_settings(nats_server.url, work_ack_wait=ACK_WAIT, stream_max_bytes=256 << 20)
    async with open_bus(settings, name="client") as bus:
        yield Client(bus)


@asynccontextmanager
async def executor(
    folder: Path, server: NatsServer, **environment: str
) -> AsyncIterator[ExecutorProcess]:
    known = {"CLOCHE_WORK_ACK_WAIT": str(ACK_WAIT)}
    async with ExecutorProcess.running(folder, server.url, **(known | environment)) as process:
        yield process


@pytest.mark.parametrize(
    ("engine", "runtime"),
    [("bubblewrap", "bwrap"), pytest.param("docker", "runc", marks=pytest.mark.docker)],
)
async def test_it_runs_a_program_and_says_how_it_is(
    client: Client, nats_server: NatsServer, tmp_path: Path, engine: str, runtime: str
) -> None:
    async with executor(tmp_path / "e", nats_server, CLOCHE_ENGINE=engine) as process:
        status = json.loads(process.status_file.read_bytes())
        assert (status["engine"], status["runtime"]) == (engine, runtime)
        assert "pids" in status["enforced"]
        address = await client.submit("print('hello'); raise SystemExit(3)")
        end = await client.completed(address)
        assert (end.outcome, end.exit_code) == ("failed", 3)
        assert await client.output(address) == b"hello\n"
        assert (await get(process.port, "/livez"))[0] == 200
        assert (await get(process.port, "/readyz"))[0] == 200
        metrics = (await get(process.port, "/metrics"))[1]
        assert (
            f'cloche_executor_attempts_total{{domain="program",end="failed",engine="{engine}"}} 1.0'
            in metrics
        )
        assert await process.stop() == 0


async def test_told_to_stop_it_ends_what_runs_as_our_failure_in_time(
    client: Client, nats_server: NatsServer, tmp_path: Path
) -> None:
    async with executor(tmp_path / "e", nats_server) as process:
        address = await client.submit("import time; print('on it'); time.sleep(600)")
        await wait_until(lambda: client.chunks(address), within=10)
        inside = programs(process.process.pid)
        assert inside
        assert await process.stop() == 0
    assert not [pid for pid in inside if _alive(pid)]
    failed = (await client.events(address))[-1]
    assert isinstance(failed, AttemptFailed)
    assert failed.reason == "executor_stopped"


async def test_killed_its_sandbox_dies_with_it_and_the_next_executor_ends_the_attempt(
    client: Client, nats_server: NatsServer, tmp_path: Path
) -> None:
    async with executor(tmp_path / "one", nats_server, CLOCHE_WORK_ACK_WAIT="2") as process:
        address = await client.submit("import time; print('first'); time.sleep(600)")
        await wait_until(lambda: client.chunks(address), within=10)
        inside = programs(process.process.pid)
        os.kill(process.process.pid, signal.SIGKILL)
        await wait_until(lambda: not [pid for pid in inside if _alive(pid)])
    async with executor(tmp_path / "two", nats_server):
        await client.reached(address, "AttemptFailed", within=20)
        failed = (await client.events(address))[-1]
        assert isinstance(failed, AttemptFailed)
        assert failed.reason == "executor_lost"
        await client.requeue(address)
        await client.reached(address, "AttemptStarted", within=10)
        await wait_until(lambda: client.chunks(address, attempt=2), within=10)
        await client.cancel(address)
        end = await client.completed(address, within=10)
    assert (end.outcome, end.attempt) == ("cancelled", 2)
    assert await client.output(address, attempt=2) == b"first\n"


@pytest.mark.docker
async def test_killed_it_leaves_a_container_that_the_next_executor_removes(
    client: Client, nats_server: NatsServer, tmp_path: Path
) -> None:
    known = {"CLOCHE_WORK_ACK_WAIT": "2", "CLOCHE_ENGINE": "docker"}
    async with executor(tmp_path / "one", nats_server, **known) as process:
        address = await client.submit("import time; print('first'); time.sleep(600)")
        await wait_until(lambda: client.chunks(address), within=10)
        os.kill(process.process.pid, signal.SIGKILL)
        assert len(containers("evaluation", address.evaluation)) == 1
    async with executor(tmp_path / "two", nats_server, **known):
        await client.reached(address, "AttemptFailed", within=20)
        await wait_until(lambda: not containers("evaluation", address.evaluation), within=5)


async def test_paused_beyond_its_ack_wait_it_gives_way_and_stops_its_sandbox_when_it_wakes(
    client: Client, nats_server: NatsServer, tmp_path: Path
) -> None:
    short = {"CLOCHE_WORK_ACK_WAIT": "2"}
    async with executor(tmp_path / "one", nats_server, **short) as paused:
        address = await client.submit("import time; print('first'); time.sleep(600)")
        await wait_until(lambda: client.chunks(address), within=10)
        inside = programs(paused.process.pid)
        paused.process.send_signal(signal.SIGSTOP)
        async with executor(tmp_path / "two", nats_server, **short):
            await client.reached(address, "AttemptFailed", within=20)
            paused.process.send_signal(signal.SIGCONT)
            await wait_until(lambda: not [pid for pid in inside if _alive(pid)], within=10)
            await client.requeue(address)
            await wait_until(lambda: client.chunks(address, attempt=2), within=10)
            await client.cancel(address)
            assert (await client.completed(address, within=10)).attempt == 2
    types = await client.types(address)
    assert (types.count("AttemptStarted"), types.count("AttemptFailed")) == (2, 1)


async def test_the_log_s_server_killed_in_the_middle_costs_neither_a_byte_nor_the_attempt(
    client: Client, nats_server: NatsServer, tmp_path: Path
) -> None:
    async with executor(tmp_path / "e", nats_server):
        address = await client.submit(SLOW_COUNT)
        await wait_until(lambda: client.chunks(address), within=10)
        nats_server.kill()
        await nats_server.start()
        end = await client.completed(address, within=30)
    assert (end.outcome, end.attempt) == ("succeeded", 1)
    assert await client.output(address) == WHOLE_COUNT
    assert end.stdout.total_bytes == len(WHOLE_COUNT)
    types = await client.types(address)
    assert types == ["EvaluationQueued", "AttemptStarted", "EvaluationCompleted"]


async def test_two_executors_share_the_work_and_run_everything_once(
    client: Client, nats_server: NatsServer, tmp_path: Path
) -> None:
    async with (
        executor(tmp_path / "a", nats_server, CLOCHE_SLOTS="2", CLOCHE_INSTANCE="a"),
        executor(tmp_path / "b", nats_server, CLOCHE_SLOTS="2", CLOCHE_INSTANCE="b"),
    ):
        addresses = [
            await client.submit(f"print({n})", limits=Limits(wall_seconds=20)) for n in range(12)
        ]
        for number, address in enumerate(addresses):
            end = await client.completed(address, within=20)
            assert (end.outcome, end.attempt) == ("succeeded", 1)
            assert await client.output(address) == b"%d\n" % number
        started = [
            event
            for address in addresses
            for event in await client.events(address)
            if isinstance(event, AttemptStarted)
        ]
    assert len(started) == 12


def programs(pid: int) -> list[int]:
    """Processes of submissions below an executor, which has sandboxes that wait as well."""
    found = [below for below in descendants(pid) if _words(below)[:1] == [b"python3"]]
    assert found
    return found


def _words(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return []


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in {"Z", "X"}
    except OSError:
        return False
