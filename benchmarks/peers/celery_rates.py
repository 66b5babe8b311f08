"""Runs in the peers' environment: a task that does nothing through celery on Redis; prints how many a second.

python celery_rates.py REDIS_URL COUNT AT_ONCE

Tasks are acked late, when they have been executed, as Cloche does; no result is kept. Celery's worker runs tasks in
processes, and more of them than cores would only slow it down: one for each core. `AT_ONCE` is what it fetches ahead.
That a task has run, its worker says by a byte on a local socket, which is cheaper than any result.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from typing import Any

SAID = "CLOCHE_BENCH_SAID"
URL = "CLOCHE_BENCH_URL"


def make_app(url: str) -> Any:
    """Not installed where this is checked."""
    celery: Any = import_module("celery")
    app = celery.Celery("celery_rates", broker=url)
    app.conf.update(task_acks_late=True, task_ignore_result=True, worker_hijack_root_logger=False)
    return app


def say() -> None:
    """One that a worker's process keeps would be shared with those forked from it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        told.sendto(b".", os.environ[SAID])


def measure(url: str, count: int, at_once: int) -> float:
    with (
        tempfile.TemporaryDirectory() as folder,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ears,
    ):
        place = str(Path(folder) / "said")
        ears.bind(place)
        os.environ.update({SAID: place, URL: url})
        task = import_module("celery_rates").nothing
        cores = os.cpu_count() or 1
        worker = subprocess.Popen(
            [
                *(sys.executable, "-m", "celery", "--app", "celery_rates:app", "worker"),
                *(
                    "--concurrency",
                    str(cores),
                    "--prefetch-multiplier",
                    str(max(1, at_once // cores)),
                ),
                *(
                    "--without-gossip",
                    "--without-mingle",
                    "--without-heartbeat",
                    "--loglevel",
                    "WARNING",
                ),
            ],
            cwd=Path(__file__).parent,
            stdout=sys.stderr,
        )
        try:
            several(task, ears, 50)
            begin = time.perf_counter()
            several(task, ears, count)
            took = time.perf_counter() - begin
        finally:
            worker.terminate()
            worker.wait()
    return count / took


def several(task: Any, ears: socket.socket, count: int) -> None:
    """Submit so many, and hear of each one's end. A datagram that nobody reads yet makes its sender wait."""
    for _ in range(count):
        task.delay()
    for _ in range(count):
        ears.recv(1)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    sys.stdout.write(f"{measure(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))}\n")
elif SAID in os.environ:
    app = make_app(os.environ[URL])

    @app.task(name="nothing")  # type: ignore[untyped-decorator]
    def nothing() -> None:
        say()
