"""A TCP proxy between a client and a server that can lose what the server says."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Proxy:
    """Passes bytes both ways. While `deaf`, what the server says is lost; `cut` then breaks the connections."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._writers: set[asyncio.StreamWriter] = set()
        self.port = 0
        self.deaf = False
        self.lost = 0

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def has_lost(self, more_than: int) -> bool:
        """Whether so many bytes of the server's and more were lost by now."""
        return self.lost > more_than

    def cut(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Proxy"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self.cut()
            await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            upstream, out = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            # The server is down: whoever wants to speak to it is told at once.
            writer.transport.abort()
            return
        self._writers |= {writer, out}
        try:
            await asyncio.gather(
                self._pass(reader, out, from_server=False),
                self._pass(upstream, writer, from_server=True),
            )
        finally:
            self._writers -= {writer, out}
            writer.close()
            out.close()

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, from_server: bool
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                if from_server and self.deaf:
                    self.lost += len(data)
                else:
                    writer.write(data)
                    await writer.drain()
        writer.close()
