"""A whole executor over a Docker daemon, in the test's own process, so that the daemon can be taken away from it."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cloche_domain import RetryPending
from cloche_executor import metrics
from cloche_executor.app import Deps, serve
from cloche_executor.engines.choose import Choice, Wanted, choose
from cloche_executor.settings import ExecutorSettings
from cloche_kit.log import EventLog
from cloche_kit.memory import MemoryBus
from cloche_kit.telemetry import configure
from cloche_schemas.events import AttemptFailed
from cloche_schemas.subjects import Address
from support.daemon_proxy import DaemonProxy
from support.docker import containers
from support.evaluations import Client
from support.http import get
from support.waiting import wait_until

# Longer than anything here takes, so that no lease is lost and every end is the one that is looked for.
ACK_WAIT = 30.0
WARM = 1


class Executor:
    """One whole executor in this process, and the client of its log."""

    def __init__(self, client: Client, port: int, installation: str, warm: int) -> None:
        self.client = client
        self._port = port
        self._installation = installation
        self._warm = warm

    async def ready(self) -> bool:
        """What /readyz says of its engine; the log is always there."""
        status, body = await get(self._port, "/readyz")
        checks = json.loads(body)["checks"]
        assert checks["bus"] is True
        assert (status == 200) == checks["engine"]
        return status == 200

    async def away(self) -> bool:
        return not await self.ready()

    async def failed(self, address: Address) -> AttemptFailed:
        """How its last attempt failed: nothing is decided about the program, and it is to be tried again."""
        failed = await self.client.failed(address, within=20)
        assert isinstance((await self.client.state(address)).state, RetryPending)
        assert "EvaluationCompleted" not in await self.client.types(address)
        return failed

    async def succeeds(self, address: Address, attempt: int, said: bytes) -> None:
        end = await self.client.completed(address, within=30)
        assert (end.outcome, end.attempt) == ("succeeded", attempt)
        assert await self.client.output(address, attempt=attempt) == said
        types = await self.client.types(address)
        assert types.count("EvaluationCompleted") == 1
        assert types.count("AttemptFailed") == attempt - 1

    async def nothing_but_what_waits(self) -> None:
        """Whatever the trouble left in the daemon is gone, soon."""

        async def clean() -> bool:
            found = await asyncio.to_thread(containers, "installation", self._installation)
            waiting = metrics.POOL_SIZE.labels("docker", "python")._value.get()
            return (len(found), int(waiting)) == (self._warm, self._warm)

        await wait_until(clean, within=20)


@asynccontextmanager
async def executor(
    proxy: DaemonProxy, folder: Path, *, image: str | None = None, warm: int = WARM
) -> AsyncIterator[Executor]:
    """It knows the daemon by the proxy alone."""
    bus, stop = MemoryBus(ack_wait=ACK_WAIT), asyncio.Event()
    telemetry = configure("executor", instance="e1")
    settings = ExecutorSettings(
        engine="docker",
        slots=2,
        warm_least=warm,
        warm_most=warm,
        sandbox_image=image,
        installation=f"test-{uuid.uuid4()}",
        port_file=folder / "port",
        status_file=folder / "status",
        work_ack_wait=ACK_WAIT,
        drain_seconds=0,
    )

    async def choose_by_proxy(wanted: Wanted) -> Choice:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("DOCKER_HOST", proxy.host)
            return await choose(wanted)

    deps = Deps(bus, EventLog(bus, telemetry, instance="e1"), telemetry, choose_by_proxy)
    serving = asyncio.create_task(serve(deps, settings, stop))
    try:
        await wait_until(lambda: (folder / "status").exists() or serving.done(), within=30)
        assert not serving.done(), serving.exception()
        port = int((folder / "port").read_text())
        made = Executor(Client(bus), port, str(settings.installation), warm)
        await wait_until(made.ready)
        await made.nothing_but_what_waits()
        yield made
    finally:
        stop.set()
        async with asyncio.timeout(20):
            await serving
    assert containers("installation", str(settings.installation)) == []
