"""A Docker daemon that dies, hangs or lacks the image: our failure, said so, and over without a restart."""

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from cloche_domain import RetryPending
from cloche_executor import work
from cloche_executor.engines import conversation, docker_daemon
from cloche_schemas.events import AttemptStarted
from cloche_schemas.subjects import Address
from cloche_schemas.values import Limits
from support.daemon_proxy import DaemonProxy
from support.image_copy import ImageCopy, copy_of
from support.waiting import wait_until
from support.whole_executor import executor

pytestmark = [
    pytest.mark.docker,
    # The SDK forgets to close a socket that could not be connected; one that was tells its peer here.
    pytest.mark.filterwarnings(
        r"ignore:unclosed <socket.socket fd=\d+, family=1, type=1, proto=0>"
    ),
]
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
