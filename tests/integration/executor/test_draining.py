"""An executor process that is told to stop while programs run, over a real log."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cloche_kit.jetstream import open_bus
from cloche_schemas.events import AttemptFailed, AttemptStarted
from support.bus import bus_settings
from support.evaluations import Client
from support.fake_executor import FakeExecutorProcess
from support.nats import NatsServer
from support.waiting import wait_until

# So long that nothing here comes again by itself: what another executor runs was given back.
ACK_WAIT = 60.0
# For a process to end on a busy machine, and far less than it may drain.
LONG = 40.0


@pytest.fixture
async def client(nats_server: NatsServer) -> AsyncIterator[Client]:
    async with open_bus(bus_settings(nats_server.url, work_ack_wait=ACK_WAIT), name="c") as bus:
        yield Client(bus)


def environment(name: str, **more: str) -> dict[str, str]:
    return {"CLOCHE_WORK_ACK_WAIT": str(ACK_WAIT), "CLOCHE_INSTANCE": name} | more


async def test_what_runs_ends_by_itself_and_what_waits_is_run_by_another(
    client: Client, nats_server: NatsServer, tmp_path: Path
) -> None:
    drain = environment("a", CLOCHE_SLOTS="1", CLOCHE_DRAIN_SECONDS="600")
    async with FakeExecutorProcess.running(tmp_path / "a", nats_server.url, **drain) as process:
        running = await client.submit("1.5")
        await wait_until(lambda: client.chunks(running), within=10)
        waiting = [await client.submit("0") for _ in range(3)]
        assert await process.stop(within=LONG) == 0
    end = await client.completed(running, within=0)
    assert (end.outcome, end.attempt) == ("succeeded", 1)
    assert await client.output(running) == b"begun and done"
    async with FakeExecutorProcess.running(tmp_path / "b", nats_server.url, **environment("b")):
        for address in waiting:
            end = await client.completed(address, within=10)
            assert (end.outcome, end.attempt) == ("succeeded", 1)
    for address in waiting:
        started = [e for e in await client.events(address) if isinstance(e, AttemptStarted)]
        assert [event.executor for event in started] == ["b"]


async def test_what_does_not_end_within_the_drain_is_our_failure_and_runs_elsewhere(
    client: Client, nats_server: NatsServer, tmp_path: Path
) -> None:
    drain = environment("a", CLOCHE_DRAIN_SECONDS="1", CLOCHE_STOP_SECONDS="5")
    async with FakeExecutorProcess.running(tmp_path / "a", nats_server.url, **drain) as process:
        address = await client.submit("600")
        await wait_until(lambda: client.chunks(address), within=10)
        begun = time.monotonic()
        assert await process.stop(within=LONG) == 0
        assert time.monotonic() - begun >= 1.0
    failed = await client.failed(address, within=0)
    assert isinstance(failed, AttemptFailed)
    assert (failed.reason, failed.domain) == ("executor_stopped", "infrastructure")
    await client.requeue(address)
    async with FakeExecutorProcess.running(tmp_path / "b", nats_server.url, **environment("b")):
        await wait_until(lambda: client.chunks(address, attempt=2), within=10)
        await client.cancel(address)
        assert (await client.completed(address)).attempt == 2


async def test_an_idle_one_is_gone_at_once_however_long_it_may_drain(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    drain = environment("a", CLOCHE_DRAIN_SECONDS="600")
    async with FakeExecutorProcess.running(tmp_path / "a", nats_server.url, **drain) as process:
        assert await process.stop(within=LONG) == 0
