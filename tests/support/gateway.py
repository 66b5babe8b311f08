"""A gateway over edges in memory, and an executor's hand to move its evaluations."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import msgspec
from cloche_gateway.app import assemble, create_app
from cloche_gateway.connections import to_clients
from cloche_gateway.deps import Deps
from cloche_gateway.keyring import Keyring
from cloche_gateway.read_models import Row
from cloche_gateway.reading import fold_on
from cloche_gateway.schedule_book import ScheduleBook
from cloche_gateway.settings import GatewaySettings
from cloche_gateway.signed_requests import wrapper_of
from cloche_kit.bus import Stored
from cloche_kit.log import EventLog, Written
from cloche_kit.memory import MemoryBus
from cloche_kit.objects import MemoryObjects, ObjectInfo, ObjectsUnavailable
from cloche_kit.telemetry import configure
from cloche_schemas.events import (
    AttemptStarted,
    EvaluationCompleted,
    LifecycleEvent,
    OutputChunk,
    OutputEvent,
)
from cloche_schemas.subjects import Address
from cloche_schemas.values import Outcome, OutputSummary, StreamName
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from support.failing_read_models import FailingReadModels
from support.forgetful import Forgetful

KEY = "a-key-of-the-tests-0123456789"
BEARER = {"Authorization": f"Bearer {KEY}"}
HELLO = {"code": "print('hello')"}
TENANT = "main"
NO_OUTPUT = OutputSummary()
UNKNOWN = "01900000-0000-7000-8000-000000000000"


def settings_with(**changes: object) -> GatewaySettings:
    return GatewaySettings.model_validate({"api_key": KEY, "port": 0, **changes})


class WatchedBus(Forgetful):
    """Knows how often it was read from and who follows it."""

    def __init__(self) -> None:
        super().__init__()
        self.followers: list[tuple[str, ...]] = []
        self.followed: list[tuple[str, ...]] = []

    async def follow(
        self, *, after: int, filters: Sequence[str] = (), batch: int = 500
    ) -> AsyncGenerator[list[Stored], None]:
        self.followers.append(tuple(filters))
        self.followed.append(tuple(filters))
        try:
            async for messages in super().follow(after=after, filters=filters, batch=batch):
                yield messages
        finally:
            self.followers.remove(tuple(filters))


class Unsteady(MemoryObjects):
    """S3 is away while `down`."""

    down = False

    async def get(self, key: str) -> tuple[ObjectInfo, bytes] | None:
        if self.down:
            raise ObjectsUnavailable("connection refused: secret=secret")
        return await super().get(key)


class Stage:
    """One gateway in this process, and everything behind it."""

    def __init__(self, **changes: object) -> None:
        self.bus = WatchedBus()
        self.objects = Unsteady()
        self.read_models = FailingReadModels()
        self.spans = InMemorySpanExporter()
        self.settings = settings_with(**changes)
        self.stop = asyncio.Event()
        telemetry = configure("gateway", instance="g1", exporter=self.spans)
        self.access = MemoryBus()
        self.keyring = Keyring(self.access, wrapper=wrapper_of(self.settings))
        # There is nothing to read, and what this gateway appends holds at once.
        self.keyring.ready.set()
        self.schedules = MemoryBus()
        self.book = ScheduleBook(self.schedules)
        self.book.ready.set()
        self.deps = Deps(
            bus=self.bus,
            access=self.access,
            schedules=self.schedules,
            log=EventLog(self.bus, telemetry, instance="g1"),
            telemetry=telemetry,
            objects=self.objects,
            read_models=self.read_models,
        )
        self.gateway = assemble(
            self.deps, self.settings, self.stop, keyring=self.keyring, book=self.book
        )
        self.app = create_app(self.gateway)
        self.executor = EventLog(self.bus, configure("executor", instance="e1"), instance="e1")
        self.client = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=self.app),
            base_url="http://cloche",
            headers=BEARER,
        )
        self._chunks: dict[Address, tuple[int, int]] = {}

    async def key(self, tenant: str = TENANT, **fields: object) -> dict[str, str]:
        """The header of a new key, made as an administrator makes it."""
        wish = {"name": "of a test", "tenant": tenant, **fields}
        answer = await self.client.post("/v1/keys", json=wish)
        assert answer.status_code == 201, answer.text
        return {"Authorization": f"Bearer {answer.json()['api_key']}"}

    async def tenant(self, name: str = "another") -> str:
        """The token of a new tenant."""
        answer = await self.client.post("/v1/tenants", json={"name": name})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["tenant"])

    async def submit(self, **fields: object) -> Address:
        """A submission that is accepted."""
        answer = await self.client.post("/v1/evaluations", json={**HELLO, **fields})
        assert answer.status_code == 202, answer.text
        return Address(TENANT, answer.json()["id"])

    async def append(self, address: Address, event: LifecycleEvent) -> int:
        """Append as an executor would; its stream sequence."""
        history = await self.executor.read(address)
        written = await self.executor.append(address, event, after=history.position)
        assert isinstance(written, Written)
        return written.position.sequence

    async def start(self, address: Address, attempt: int = 1) -> int:
        return await self.append(
            address,
            AttemptStarted(attempt=attempt, executor="e1", nonce="n", engine="bubblewrap"),
        )

    async def print(
        self, address: Address, data: bytes, *, stream: StreamName = "stdout", attempt: int = 1
    ) -> int:
        """One chunk of output; offsets are of no interest here."""
        index, _ = self._chunks.get(address, (0, 0))
        chunk = OutputChunk(attempt=attempt, stream=stream, index=index, offset=0, data=data)
        return await self.settle(address, chunk)

    async def settle(self, address: Address, event: OutputEvent) -> int:
        """The end of a case, or a chunk, after what its attempt has recorded."""
        index, after = self._chunks.get(address, (0, 0))
        written = await self.executor.append_output(address, event, after=after)
        assert isinstance(written, Written)
        index += isinstance(event, OutputChunk)
        self._chunks[address] = (index, written.position.sequence)
        return written.position.sequence

    async def complete(
        self,
        address: Address,
        outcome: Outcome = "succeeded",
        stdout: OutputSummary = NO_OUTPUT,
    ) -> int:
        return await self.append(
            address,
            EvaluationCompleted(outcome=outcome, attempt=1, exit_code=0, stdout=stdout),
        )

    async def project(self, address: Address) -> Row:
        """What the projector would have written by now."""
        history = await self.executor.read(address)
        known = fold_on(None, address, history)
        assert known is not None
        row = Row(known.view, known.state, history.position.sequence)
        self.read_models.rows[address] = row
        return row

    def overflowed(self) -> bool:
        """Some watcher was given more than it holds."""
        watchers = self.app.state.gateway.feed._watchers.values()
        return any(watcher.overflowed() for some in watchers for watcher in some)

    async def length(self) -> int:
        """Messages on the log: to see that nothing was appended."""
        return (await self.bus.state()).last

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[httpx2.AsyncClient]:
        """A client of this gateway over a real socket. Open streams are ended on leaving."""
        async with to_clients(self.app, self.settings, graceful_seconds=5) as port:
            async with httpx2.AsyncClient(
                base_url=f"http://127.0.0.1:{port}", headers=BEARER, timeout=10.0
            ) as client:
                yield client
            self.stop.set()

    async def close(self) -> None:
        await self.client.aclose()
        await self.gateway.key_uses.close()
        await self.gateway.audit.close(0.1)
        self.deps.telemetry.shutdown()


@asynccontextmanager
async def stage_with(**changes: object) -> AsyncIterator[Stage]:
    stage = Stage(**changes)
    try:
        yield stage
    finally:
        await stage.close()


def assert_problem(
    answer: httpx2.Response, status: int, code: str, pointer: str | None = None
) -> dict[str, Any]:
    """A whole problem, without internals, that names the field; its members."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["type"] == f"/problems/{code}"
    assert problem["title"]
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert len(problem["trace_id"]) == 32
    assert "Traceback" not in answer.text
    if pointer is not None:
        assert problem["errors"][0]["pointer"] == pointer
        assert problem["errors"][0]["detail"]
    return problem


class Event(msgspec.Struct, frozen=True):
    """One server-sent event as a browser would see it."""

    name: str = "message"
    id: str = ""
    data: str = ""
    retry: str = ""

    @property
    def sequence(self) -> int:
        return int(self.id.rpartition("-")[2])


def parse_events(text: str) -> list[Event]:
    """The events of a whole stream; comments, and what sets a time or an id alone, are left out."""
    return [event for block in text.split("\n\n") if (event := _event(block))]


def _event(block: str) -> Event | None:
    fields: dict[str, str] = {}
    # No other separators of lines: U+2028 is data.
    for line in block.split("\n"):
        name, _, value = line.partition(": ")
        if name:
            fields[name] = f"{fields[name]}\n{value}" if name in fields else value
    if "data" not in fields:
        return None
    fields["name"] = fields.pop("event", "message")
    return Event(**fields)


async def read_events(answer: httpx2.Response) -> AsyncGenerator[Event, None]:
    """Events of an open stream as they come."""
    block = ""
    async for line in answer.aiter_lines():
        if line:
            block += f"{line}\n"
        elif block:
            if event := _event(block):
                yield event
            block = ""
