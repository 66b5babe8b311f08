"""Between an executor and the real Docker daemon: a socket of the test's own, so that the daemon can die and hang."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from cloche_executor.engines.docker_ping import DEFAULT_HOST
from support.waiting import wait_until

_PIECE = 64 << 10


class DaemonProxy:
    """Passes bytes both ways over a socket at `path`. Part of the test's event loop: ask it from threads only."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._real = (os.environ.get("DOCKER_HOST") or DEFAULT_HOST).removeprefix("unix://")
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()

    @property
    def host(self) -> str:
        """As in DOCKER_HOST."""
        return f"unix://{self._path}"

    async def die(self) -> None:
        """Every connection breaks, and no new one is taken."""
        if self._server is not None:
            self._server.close()
            self._server = None
            self._path.unlink(missing_ok=True)
        for writer in list(self._writers):
            writer.transport.abort()

    def hang(self) -> None:
        """Connections are taken and stay, and not a byte passes."""
        self._flowing.clear()

    async def recover(self) -> None:
        """As if nothing had been. What was said while it hung is heard now."""
        self._flowing.set()
        if self._server is None:
            self._server = await asyncio.start_unix_server(self._serve, self._path)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["DaemonProxy"]:
        await self.recover()
        try:
            yield self
        finally:
            self._flowing.set()
            await self.die()
            # What was aborted is told so in the next rounds of the loop.
            await wait_until(lambda: not self._writers)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            upstream, out = await asyncio.open_unix_connection(self._real)
            self._writers.add(out)
            try:
                await asyncio.gather(self._pass(reader, out), self._pass(upstream, writer))
            finally:
                self._writers.discard(out)
                out.close()
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(_PIECE):
                await self._flowing.wait()
                writer.write(data)
                await writer.drain()
        # Either side's end is the end of both: nobody here says half of a farewell.
        writer.close()
