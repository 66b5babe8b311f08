"""An executor as a process of its own, as it runs in production."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

from support.waiting import wait_until

TESTS = str(Path(__file__).parents[1])


class ExecutorProcess:
    """``python -m cloche_executor``. `folder` gets its status, its port and its log.

    `through`: a command that is given this one to become it.
    """

    MODULE = "cloche_executor"

    def __init__(
        self, folder: Path, nats_url: str, through: tuple[str, ...] = (), /, **environment: str
    ) -> None:
        folder.mkdir(exist_ok=True)
        self.status_file = folder / "status.json"
        self.port_file = folder / "port"
        self.log = folder / "log"
        self._environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(
                path for path in (TESTS, os.environ.get("PYTHONPATH")) if path
            ),
            "CLOCHE_NATS_URL": nats_url,
            "CLOCHE_ENGINE": "bubblewrap",
            "CLOCHE_STATUS_FILE": str(self.status_file),
            "CLOCHE_PORT_FILE": str(self.port_file),
            "CLOCHE_STREAM_MAX_BYTES": str(256 << 20),
            "CLOCHE_DRAIN_SECONDS": "0",
            **environment,
        }
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*through, sys.executable, "-m", self.MODULE],
                env=self._environment,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )

    @classmethod
    @asynccontextmanager
    async def running(cls, folder: Path, nats_url: str, **environment: str) -> AsyncIterator[Self]:
        """A process that is ready; killed at the end if it still runs."""
        executor = cls(folder, nats_url, **environment)
        try:
            await executor.ready()
            yield executor
        finally:
            if executor.process.poll() is None:
                executor.process.kill()
            executor.process.wait()

    def kill(self) -> None:
        """kill -9, and it is gone."""
        self.process.kill()
        self.process.wait()

    def pause(self, *, on: bool = True) -> None:
        """SIGSTOP, or SIGCONT; paused when this returns."""
        self.process.send_signal(signal.SIGSTOP if on else signal.SIGCONT)
        if on:
            os.waitpid(self.process.pid, os.WUNTRACED)

    async def ready(self) -> None:
        await wait_until(
            lambda: self.status_file.exists() or self.process.poll() is not None, within=90
        )
        assert self.process.poll() is None, self.log.read_text()

    @property
    def port(self) -> int:
        return int(self.port_file.read_text())

    async def stop(self, within: float = 12.0) -> int:
        """SIGTERM; gives the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return await asyncio.to_thread(self.process.wait, within)


class NoopExecutor(ExecutorProcess):
    """The same but for its engine, which runs nothing: ``python -m support.noop_executor``."""

    MODULE = "support.noop_executor"
