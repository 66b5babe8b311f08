"""Runs in the peers' environment: a task that does nothing through taskiq-nats; prints how many a second.

python taskiq_rates.py NATS_URL COUNT AT_ONCE

The broker is the durable one: tasks lie on a JetStream stream in files and are acked when they have been executed. No
result is kept; that a task has run, its worker says by a byte on a local socket, which is cheaper than any result.
"""

import asyncio
import os
import socket
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from typing import Any

IN_FLIGHT = 64
# Asked for at once; taskiq's own default, 1, makes a round trip of each.
BATCH = 32
SAID = "CLOCHE_BENCH_SAID"


def make_broker(url: str) -> Any:
    """Not installed where this is checked."""
    taskiq_nats: Any = import_module("taskiq_nats")
    return taskiq_nats.PullBasedJetStreamBroker(
        [url], pull_consume_batch=BATCH, pull_consume_timeout=0.2
    )


def said() -> socket.socket:
    """The worker's end."""
    told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    told.connect(os.environ[SAID])
    return told


async def measure(url: str, count: int, at_once: int) -> float:
    with (
        tempfile.TemporaryDirectory() as folder,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ears,
    ):
        place = str(Path(folder) / "said")
        ears.bind(place)
        ears.setblocking(False)
        os.environ.update({SAID: place, "CLOCHE_BENCH_URL": url})
        module = import_module("taskiq_rates")
        worker = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "taskiq", "worker", "taskiq_rates:broker"),
            *("--workers", "1", "--max-async-tasks", str(at_once)),
            *("--ack-type", "when_executed", "--log-level", "WARNING"),
            cwd=Path(__file__).parent,
            stdout=sys.stderr,
        )
        try:
            await module.broker.startup()
            await several(module.nothing, ears, 50)
            begin = time.perf_counter()
            await several(module.nothing, ears, count)
            took = time.perf_counter() - begin
            await module.broker.shutdown()
        finally:
            worker.terminate()
            await worker.wait()
    return count / took


async def several(task: Any, ears: socket.socket, count: int) -> None:
    """Submit so many, and hear of each one's end."""
    numbers = iter(range(count))

    async def one_after_another() -> None:
        for _ in numbers:
            await task.kiq()

    async def all_said() -> None:
        loop = asyncio.get_running_loop()
        for _ in range(count):
            await loop.sock_recv(ears, 1)

    await asyncio.gather(all_said(), *(one_after_another() for _ in range(IN_FLIGHT)))


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    sys.stdout.write(f"{asyncio.run(measure(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))}\n")
elif SAID in os.environ:
    broker = make_broker(os.environ["CLOCHE_BENCH_URL"])
    told = said()

    @broker.task  # type: ignore[untyped-decorator]
    async def nothing() -> None:
        told.send(b".")
