"""A thousand clients of an event stream in one process, which count what they get and do nothing else with it."""

import asyncio
import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from benchmarks.frame import Missing

WAIT_SECONDS = 120.0
AT_ONCE = 50
#: Connections of both sides, with some to spare.
FILES = 8192


def need_files() -> None:
    """Let this process, and what it starts, open as many connections as it takes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < FILES:
        raise Missing(f"needs {FILES} open files, and {hard} are allowed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, FILES), hard))


class _Client(asyncio.Protocol):
    """Counts `mark` in what comes, wherever the pieces are cut."""

    def __init__(self, clients: "Clients", request: bytes) -> None:
        self._clients = clients
        self._request = request
        self._rest = b""
        self.transport: asyncio.Transport | None = None
        self.counted = 0
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's is none by its class.
        self.transport = cast("asyncio.Transport", transport)
        self.transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        mark = self._clients.mark
        text = self._rest + data
        self._rest = text[1 - len(mark) :]
        if found := text.count(mark):
            before = self.counted
            self.counted += found
            self._clients.counted(before, self.counted)

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True
        self._clients.check()


class Clients:
    """All clients of one stream."""

    def __init__(self, mark: bytes) -> None:
        self.mark = mark
        self._clients: list[_Client] = []
        self._wanted = 0
        self._left = 0
        self._all: asyncio.Future[None] | None = None

    @classmethod
    @asynccontextmanager
    async def connected(
        cls, port: int, request: bytes, *, count: int, mark: bytes, first: int
    ) -> AsyncIterator["Clients"]:
        """`count` of them, each of which has been sent `mark` `first` times."""
        made = cls(mark)
        loop = asyncio.get_running_loop()
        try:
            for begin in range(0, count, AT_ONCE):
                for _ in range(min(AT_ONCE, count - begin)):
                    _, client = await loop.create_connection(
                        lambda: _Client(made, request), "127.0.0.1", port
                    )
                    made._clients.append(client)
                await made.each(first)
            yield made
        finally:
            for client in made._clients:
                if client.transport is not None:
                    client.transport.abort()

    async def each(self, wanted: int) -> None:
        """Return when every client has been sent the mark `wanted` times."""
        self._wanted = wanted
        self._left = sum(client.counted < wanted for client in self._clients)
        self._all = asyncio.get_running_loop().create_future()
        self.check()
        async with asyncio.timeout(WAIT_SECONDS):
            await self._all

    def counted(self, before: int, now: int) -> None:
        """One client has got on."""
        if before < self._wanted <= now:
            self._left -= 1
            self.check()

    def check(self) -> None:
        if self._all is None or self._all.done():
            return
        if any(client.lost for client in self._clients):
            self._all.set_exception(AssertionError("a client was cut off"))
        elif self._left == 0:
            self._all.set_result(None)
