"""A Docker daemon that dies, hangs or lacks the image: our failure, said so, and over without a restart."""

import asyncio
import gc
import json
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cloche_domain import RetryPending
from cloche_executor import metrics, work
from cloche_executor.app import Deps, serve
from cloche_executor.engines import conversation, docker_daemon
from cloche_executor.engines.choose import Choice, Wanted, choose
from cloche_executor.settings import ExecutorSettings
from cloche_kit.log import EventLog
from cloche_kit.memory import MemoryBus
from cloche_kit.telemetry import configure
from cloche_schemas.events import AttemptFailed, AttemptStarted
from cloche_schemas.subjects import Address
from cloche_schemas.values import Limits
from support.daemon_proxy import DaemonProxy
from support.docker import containers
from support.evaluations import Client
from support.http import get
from support.image_copy import ImageCopy, copy_of
from support.waiting import wait_until

pytestmark = [
    pytest.mark.docker,
    # The SDK forgets to close a socket that could not be connected; one that was tells its peer here.
    pytest.mark.filterwarnings(
        r"ignore:unclosed <socket.socket fd=\d+, family=1, type=1, proto=0>"
    ),
]
# Longer than anything here takes, so that no lease is lost and every end is the one that is looked for.
ACK_WAIT = 30.0
WARM = 1
LONG = "import time; print('on it', flush=True); time.sleep(600)"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What takes an executor half a minute to be sure of, it is sure of here in seconds."""
    monkeypatch.setattr(docker_daemon, "PING_SECONDS", 1.0)
    monkeypatch.setattr(docker_daemon, "SLOW_SECONDS", 1.0)
    monkeypatch.setattr(conversation, "HANDOVER_SECONDS", 3.0)
    monkeypatch.setattr(work, "REAP_SECONDS", 0.5)
    yield
    # What the SDK forgot is not the next test's fault.
    gc.collect()


@pytest.fixture
async def proxy(tmp_path: Path) -> AsyncIterator[DaemonProxy]:
    async with DaemonProxy(tmp_path / "d.sock").running() as made:
        yield made


@pytest.fixture
def image() -> Iterator[ImageCopy]:
    with copy_of("python") as copy:
        yield copy


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


async def test_a_daemon_that_dies_under_a_program_and_comes_back(
    proxy: DaemonProxy, tmp_path: Path
) -> None:
    async with executor(proxy, tmp_path) as it:
        client = it.client
        running = await client.submit(LONG)
        await wait_until(lambda: client.chunks(running), within=10)
        await proxy.die()
        lost = await it.failed(running)
        assert lost.reason == "sandbox_lost"
        assert "nobody knows how the program ended" in lost.detail
        assert await it.away()
        # The next one finds out that nothing can be started; those after it wait for better times.
        refused = await client.submit("print('refused at first')")
        failed = await it.failed(refused)
        assert failed.reason == "engine_unavailable"
        assert "the Docker daemon does not answer" in failed.detail
        waiting = await client.submit("print('waited')")
        await client.requeue(refused)
        for _ in range(3):
            assert await it.away()
            await asyncio.sleep(0.5)
        assert await client.types(waiting) == ["EvaluationQueued"]
        assert (await client.types(refused))[-1] == "EvaluationQueued"

        await proxy.recover()
        await wait_until(it.ready, within=10)
        await it.succeeds(waiting, 1, b"waited\n")
        await it.succeeds(refused, 2, b"refused at first\n")
        await client.requeue(running)
        await wait_until(lambda: client.chunks(running, attempt=2), within=20)
        await client.cancel(running)
        assert (await client.completed(running, within=20)).outcome == "cancelled"
        await it.nothing_but_what_waits()


async def test_a_daemon_that_dies_again_and_again(proxy: DaemonProxy, tmp_path: Path) -> None:
    async with executor(proxy, tmp_path) as it:
        for round_ in range(3):
            await proxy.die()
            address = await it.client.submit(f"print({round_})")
            assert (await it.failed(address)).reason == "engine_unavailable"
            assert await it.away()
            await proxy.recover()
            await wait_until(it.ready, within=10)
            await it.client.requeue(address)
            await it.succeeds(address, 2, b"%d\n" % round_)
        await it.nothing_but_what_waits()


async def test_a_daemon_that_hangs_when_a_program_is_to_begin(
    proxy: DaemonProxy, tmp_path: Path
) -> None:
    async with executor(proxy, tmp_path) as it:
        proxy.hang()
        addresses = [await it.client.submit(f"print({number})") for number in range(2)]
        for address in addresses:
            failed = await it.failed(address)
            assert failed.reason == "engine_unavailable"
            assert "the Docker daemon does not answer" in failed.detail
        assert await it.away()
        await proxy.recover()
        await wait_until(it.ready, within=10)
        for number, address in enumerate(addresses):
            await it.client.requeue(address)
            await it.succeeds(address, 2, b"%d\n" % number)
        # What it had been asked for while it hung it has done by now, for nobody.
        await it.nothing_but_what_waits()


async def test_a_daemon_that_hangs_for_many_has_hands_free_when_it_is_back(
    proxy: DaemonProxy, tmp_path: Path
) -> None:
    async with executor(proxy, tmp_path) as it:
        for round_ in range(3):
            proxy.hang()
            addresses = [await it.client.submit(f"print({round_})") for _ in range(6)]
            failed = await it.failed(addresses[0])
            assert failed.reason == "engine_unavailable"
            await wait_until(it.away)
            await proxy.recover()
            await wait_until(it.ready, within=10)
            for address in addresses:
                state = (await it.client.state(address)).state
                if isinstance(state, RetryPending):
                    await it.client.requeue(address)

            async def over(of: list[Address] = addresses) -> bool:
                return all(["EvaluationCompleted" in await it.client.types(one) for one in of])

            await wait_until(over, within=30)
        await it.nothing_but_what_waits()


async def test_a_daemon_that_hangs_beyond_a_program_s_time(
    proxy: DaemonProxy, tmp_path: Path
) -> None:
    async with executor(proxy, tmp_path) as it:
        address = await it.client.submit(LONG, limits=Limits(wall_seconds=3))
        await wait_until(lambda: it.client.chunks(address), within=10)
        proxy.hang()
        failed = await it.failed(address)
        # That its time was over is certain, and that it has ended is not.
        assert failed.reason == "engine_unavailable"
        assert await it.away()
        await proxy.recover()
        await wait_until(it.ready, within=10)
        await it.client.requeue(address)
        end = await it.client.completed(address, within=20)
        assert (end.outcome, end.attempt, end.limit) == ("timed_out", 2, "wall_seconds")
        await it.nothing_but_what_waits()


async def test_a_hang_that_is_over_before_the_program_costs_nothing(
    proxy: DaemonProxy, tmp_path: Path
) -> None:
    async with executor(proxy, tmp_path) as it:
        address = await it.client.submit(
            "import time\nfor n in range(4):\n    print(n, flush=True)\n    time.sleep(0.5)"
        )
        await wait_until(lambda: it.client.chunks(address), within=10)
        proxy.hang()
        assert await it.away()
        await asyncio.sleep(1)
        await proxy.recover()
        await it.succeeds(address, 1, b"0\n1\n2\n3\n")
        await wait_until(it.ready, within=10)
        await it.nothing_but_what_waits()


async def test_an_image_that_is_gone_and_comes_back(
    proxy: DaemonProxy, tmp_path: Path, image: ImageCopy
) -> None:
    # A sandbox that waits would keep the image: the daemon takes away its name alone then.
    async with executor(proxy, tmp_path, image=f"python={image.reference}", warm=0) as it:
        await it.succeeds(await it.client.submit("print('first')"), 1, b"first\n")
        await asyncio.to_thread(image.remove)
        assert await it.away()
        missing = [await it.client.submit(f"print({number})") for number in range(2)]
        for address in missing:
            failed = await it.failed(address)
            assert failed.reason == "image_missing"
        assert image.reference in failed.detail
        assert "cloche images build python" in failed.detail
        assert await it.away()
        await asyncio.to_thread(image.make)
        await wait_until(it.ready, within=10)
        for number, address in enumerate(missing):
            await it.client.requeue(address)
            await it.succeeds(address, 2, b"%d\n" % number)


async def test_an_image_that_was_made_anew_is_the_next_attempt_s(
    proxy: DaemonProxy, tmp_path: Path, image: ImageCopy
) -> None:
    """An attempt that has begun has said which image it runs in, and that is gone."""
    async with executor(proxy, tmp_path, image=f"python={image.reference}", warm=0) as it:
        await it.succeeds(await it.client.submit("print('old')"), 1, b"old\n")
        await asyncio.to_thread(image.remove)
        await asyncio.to_thread(image.make)
        address = await it.client.submit("print('new')")
        failed = await it.failed(address)
        assert failed.reason == "image_missing"
        assert f"{image.reference} is another image by now" in failed.detail
        await it.client.requeue(address)
        await it.succeeds(address, 2, b"new\n")
        started = [e for e in await it.client.events(address) if isinstance(e, AttemptStarted)]
        assert len({event.image_digest for event in started}) == 2
