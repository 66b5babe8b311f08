"""The API as a client sees it, over plain sockets: what a client library costs is not to be measured."""

import asyncio
import base64
import re
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlsplit

import httpx2
import msgspec
from cloche_schemas.commands import SubmitEvaluation

LOCATION = re.compile(rb"^location: (\S+)\r$", re.IGNORECASE | re.MULTILINE)
LENGTH = re.compile(rb"^content-length: (\d+)\r$", re.IGNORECASE | re.MULTILINE)
END = b"event: end\n"
OUTPUT = b'"type":"cloche.evaluation.output-chunk.v1","attempt"'
CHUNK = re.compile(OUTPUT + rb'[^}]*"stream":"stdout"[^}]*"data":"([^"]*)"')
OVER = b'"type":"cloche.evaluation.completed.v1"'
SUCCEEDED = b'"outcome":"succeeded"'
WAIT_SECONDS = 60.0

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Gateway:
    """One gateway and a key for it."""

    def __init__(self, url: str, key: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._head = f" HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {key}\r\n"

    async def submit(self, evaluation: SubmitEvaluation, count: int) -> None:
        """Submit it so often, each when the one before was accepted, over one connection."""
        async with asyncio.timeout(WAIT_SECONDS), self._connected() as connection:
            for _ in range(count):
                await self._submit(connection, evaluation)

    async def seconds_to_accept(self, evaluation: SubmitEvaluation, count: int) -> list[float]:
        """The same; how long each took."""
        took = []
        async with asyncio.timeout(WAIT_SECONDS), self._connected() as connection:
            for _ in range(count):
                begin = time.perf_counter()
                await self._submit(connection, evaluation)
                took.append(time.perf_counter() - begin)
        return took

    async def run(self, evaluation: SubmitEvaluation, expected: bytes) -> None:
        """Submit it and watch it to its end."""
        await self.seconds_to_output(evaluation, expected)

    async def seconds_to_output(self, evaluation: SubmitEvaluation, expected: bytes) -> float:
        """From the request to the first output on the feed, over two connections that are open before.

        Returns when the evaluation has succeeded, having printed what was `expected`.
        """
        async with asyncio.timeout(WAIT_SECONDS), AsyncExitStack() as stack:
            asking = await stack.enter_async_context(self._connected())
            watching = await stack.enter_async_context(self._connected())
            begin = time.perf_counter()
            location = await self._submit(asking, evaluation)
            watching[1].write(f"GET {location}/events{self._head}\r\n".encode())
            said = await _until(watching[0], OUTPUT, b"")
            took = time.perf_counter() - begin
            said = await _until(watching[0], END, said)
        assert OVER in said, said
        assert SUCCEEDED in said, said
        printed = b"".join(base64.b64decode(data) for data in CHUNK.findall(said))
        assert printed == expected, said
        return took

    async def metrics(self) -> str:
        """What Prometheus is told."""
        async with httpx2.AsyncClient() as client:
            return (await client.get(f"http://{self._host}:{self._port}/metrics")).text

    async def _submit(self, connection: Connection, evaluation: SubmitEvaluation) -> str:
        body = msgspec.json.encode(evaluation)
        length = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        connection[1].write(f"POST /v1/evaluations{self._head}{length}".encode() + body)
        head = await connection[0].readuntil(b"\r\n\r\n")
        found = LOCATION.search(head)
        assert found, head
        length_of_answer = LENGTH.search(head)
        assert length_of_answer, head
        await connection[0].readexactly(int(length_of_answer[1]))
        return found[1].decode()

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Connection]:
        reader, writer = await asyncio.open_connection(self._host, self._port)
        try:
            yield reader, writer
        finally:
            writer.close()


async def _until(reader: asyncio.StreamReader, expected: bytes, said: bytes) -> bytes:
    """Read on until `expected` has been said. Frames are short and come whole, so chunking does not cut it."""
    while expected not in said:
        data = await reader.read(65536)
        assert data, f"the answer ended: {said!r}"
        said += data
    return said
