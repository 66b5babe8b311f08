"""P11: one evaluation's events to 1,000 clients by SSE, in bursts of 20, against one `StreamingResponse` send an event.

Ours is the whole way: 20 output events are appended to a real log, the gateway (`python -m cloche_gateway`, in its own
process) reads them, and every client has all of them. The reference (one_send_an_event.py) is a process of its own as
well, and is given the same 20 events by one request; it has no log, no keys and no filters. The clients are those of
event_clients.py for both. Each burst begins when the one before has arrived everywhere.
"""

import asyncio
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import msgspec
from cloche_kit.bus import Appended, EventBus
from cloche_kit.jetstream import open_bus
from cloche_schemas import codec
from cloche_schemas.codec import Stamp
from cloche_schemas.events import OutputChunk
from cloche_schemas.subjects import Address
from support.bus import bus_settings
from support.nats import NatsServer
from support.service_process import Process
from support.waiting import wait_until

from benchmarks.event_clients import Clients, need_files
from benchmarks.frame import Measure, Row, interleaved, rate

CLIENTS = 1000
BURST = 20
BURSTS = 5
ROUNDS = 5
DATA = b"x" * 200
MARK = b"event: output-chunk\n"
KEY = secrets.token_hex(16)
START_SECONDS = 120.0


async def measure() -> list[Row]:
    need_files()
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cloche-bench-")))
        measured = await interleaved(
            await ours(stack, folder), await reference(stack, folder), rounds=ROUNDS
        )
    return [
        Row(
            name="P11 events to 1,000 clients",
            ours=measured[0],
            reference=measured[1],
            goal=10.0,
            about="SSE in bursts of 20, from the log to every client / one StreamingResponse send an event",
        )
    ]


async def ours(stack: AsyncExitStack, folder: Path) -> Measure:
    """Events a second through a gateway that 1,000 clients are connected to."""
    server = await stack.enter_async_context(NatsServer.temporary())
    bus = await stack.enter_async_context(open_bus(bus_settings(server.url), name="p11"))
    port = await wait_for(stack.enter_context(gateway(server.url, folder)))
    address = await submitted(port)
    numbers = iter(range(10**9))
    await append(bus, address, numbers, 1)
    path = f"/v1/evaluations/{address.evaluation}/events"
    request = f"GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {KEY}\r\n\r\n"
    clients = await stack.enter_async_context(
        Clients.connected(port, request.encode(), count=CLIENTS, mark=MARK, first=1)
    )
    given = 1

    async def bursts() -> None:
        nonlocal given
        for _ in range(BURSTS):
            await append(bus, address, numbers, BURST)
            given += BURST
            await clients.each(given)

    return lambda: rate(CLIENTS * BURST * BURSTS, bursts)


async def reference(stack: AsyncExitStack, folder: Path) -> Measure:
    """The same for a stream as it is usually written."""
    port = await wait_for(stack.enter_context(stream(folder)))
    clients = await stack.enter_async_context(
        Clients.connected(
            port,
            b"GET /events HTTP/1.1\r\nHost: bench\r\n\r\n",
            count=CLIENTS,
            mark=MARK,
            first=1,
        )
    )
    http = await stack.enter_async_context(
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60.0)
    )
    address = Address("main", "01900000-0000-7000-8000-000000000000")
    body = msgspec.json.encode([msgspec.Raw(event(address, number)) for number in range(BURST)])
    given = 1

    async def bursts() -> None:
        nonlocal given
        for _ in range(BURSTS):
            answer = await http.post("/burst", content=body)
            assert answer.status_code == 204
            given += BURST
            await clients.each(given)

    return lambda: rate(CLIENTS * BURST * BURSTS, bursts)


@contextmanager
def gateway(nats_url: str, folder: Path) -> Iterator[Path]:
    """A gateway while inside; the file that its port is written to. Nothing here needs rows or objects."""
    environment = {
        "CLOCHE_NATS_URL": nats_url,
        "CLOCHE_STREAM_MAX_BYTES": str(256 << 20),
        "CLOCHE_POSTGRES_DSN": "postgresql://cloche@127.0.0.1:9/cloche",
        "CLOCHE_S3_ENDPOINT": "http://127.0.0.1:9",
        "CLOCHE_API_KEY": KEY,
        "CLOCHE_START_SECONDS": "0",
        "CLOCHE_PORT": "0",
        # The side that waits for its turn is silent for long.
        "CLOCHE_PING_SECONDS": "3600",
    }
    process = Process("gateway", folder, environment)
    process.start()
    try:
        yield folder / "gateway.port"
    finally:
        process.end()


@contextmanager
def stream(folder: Path) -> Iterator[Path]:
    """The reference while inside."""
    file = folder / "reference.port"
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.one_send_an_event", str(file)])
    try:
        yield file
    finally:
        process.kill()
        process.wait()


async def wait_for(file: Path) -> int:
    """The port that a server writes when it listens."""

    def port() -> int:
        return int(file.read_text() or 0) if file.exists() else 0

    await wait_until(port, within=START_SECONDS)
    return port()


async def submitted(port: int) -> Address:
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        headers = {"Authorization": f"Bearer {KEY}"}
        answer = await client.post("/v1/evaluations", json={"code": "print(1)"}, headers=headers)
    assert answer.status_code == 202, answer.text
    return Address("main", answer.json()["id"])


async def append(bus: EventBus, address: Address, numbers: Iterator[int], count: int) -> None:
    async def one(number: int) -> None:
        result = await bus.append(
            address.output(1), event(address, number), msg_id=f"{address.evaluation}:{number}"
        )
        assert isinstance(result, Appended)

    await asyncio.gather(*(one(next(numbers)) for _ in range(count)))


def event(address: Address, number: int) -> bytes:
    chunk = OutputChunk(
        attempt=1, stream="stdout", index=number, offset=number * len(DATA), data=DATA
    )
    stamp = Stamp(
        id=f"{address.evaluation}:1:output:{number}",
        source="/cloche/executor/bench",
        address=address,
        time=datetime.now(UTC),
        sequence=number + 1,
    )
    return codec.encode(chunk, stamp)
