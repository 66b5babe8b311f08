"""A process ends as its exit code says: stopped, crashed, ended by itself, or not drained."""

import asyncio
import os
import signal
import subprocess
import sys

from cloche_kit.run import settle_memory, supervise
from cloche_kit.settings import ServiceSettings

SETTINGS = ServiceSettings(stop_seconds=0.2)


async def test_a_signal_sets_stop_and_a_drained_service_exits_with_0() -> None:
    drained = False

    async def main(stop: asyncio.Event) -> None:
        nonlocal drained
        os.kill(os.getpid(), signal.SIGTERM)
        await stop.wait()
        drained = True

    assert await supervise("gateway", SETTINGS, main) == 0
    assert drained


async def test_a_crash_exits_with_1() -> None:
    async def main(_stop: asyncio.Event) -> None:
        raise ValueError("broken")

    assert await supervise("gateway", SETTINGS, main) == 1


async def test_a_service_that_ends_by_itself_has_crashed() -> None:
    async def main(_stop: asyncio.Event) -> None:
        return

    assert await supervise("gateway", SETTINGS, main) == 1


async def test_a_service_that_does_not_drain_is_cancelled_and_exits_with_3() -> None:
    cancelled = asyncio.Event()

    async def main(stop: asyncio.Event) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        await stop.wait()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    assert await supervise("gateway", SETTINGS, main) == 3
    assert cancelled.is_set()


async def test_a_crash_while_draining_is_a_crash() -> None:
    async def main(stop: asyncio.Event) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        await stop.wait()
        raise ValueError("broken")

    assert await supervise("gateway", SETTINGS, main) == 1


PROGRAM = """
import asyncio, os, signal
from cloche_kit.run import run
from cloche_kit.settings import ServiceSettings

async def main(stop):
    os.kill(os.getpid(), signal.SIGTERM)
    await stop.wait()

run("tester", ServiceSettings(), main)
"""


def test_a_process_logs_its_life_and_exits() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 0, done.stderr
    assert '"event": "started"' in done.stderr
    assert '"event": "stopped"' in done.stderr
    assert '"service": "tester"' in done.stderr


def test_memory_is_settled_in_a_process_of_its_own() -> None:
    script = "import gc; from cloche_kit.run import settle_memory; settle_memory(); print(gc.get_freeze_count() > 0)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout.strip() == "True"
    assert callable(settle_memory)
