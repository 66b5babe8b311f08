"""P14: what an evaluation costs when the stores hold ten times the history, and the fold among a million of them.

Each side has a log and a PostgreSQL of its own, filled with finished evaluations by the log's publisher and the
projector; one has ten times as many. Then evaluations that do nothing go through queue, executor, log and projector in
turn on both, until their rows are there. The fold is that of one finished evaluation, chosen at random, read from a log
that holds a million and from one that holds a thousand.
"""

import asyncio
import contextlib
import random
import secrets
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count
from pathlib import Path

import asyncpg
from cloche_domain import Completed, fold
from cloche_kit import jetstream_api as api
from cloche_kit.archive.reader import ArchiveReader
from cloche_kit.bus import Stored
from cloche_kit.jetstream import JetStreamBus, open_bus
from cloche_kit.objects import MemoryObjects
from cloche_kit.settings import ServiceSettings
from cloche_kit.telemetry import configure
from cloche_kit.topology import EVALUATIONS, WORK
from cloche_local.ports import free_ports
from cloche_local.postgres import Postgres
from cloche_local.process import running
from cloche_projector.migrate import migrate
from cloche_projector.projector import Projector
from cloche_projector.settings import ProjectorSettings
from support.bus import bus_settings
from support.evaluations import Client
from support.executor_process import NoopExecutor
from support.nats import NatsServer
from support.recorded import Recorder, address_of, completed, queued, started
from support.waiting import wait_until

from benchmarks.frame import Row, interleaved

HISTORY = 10_000
TIMES = 10
COUNT = 300
AT_ONCE = 8
ROUNDS = 5
RETAINED = 1_000_000
FEW_RETAINED = 1_000
FOLDS = 2_000
IN_FLIGHT = 512
STREAM_BYTES = 4 << 30
# So long that nothing is delivered twice on a busy machine, nor left while history is written.
ACK_WAIT = 60.0


async def measure() -> list[Row]:
    return [await with_history(), await folds()]


async def with_history() -> Row:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cloche-bench-")))
        sides = []
        for evaluations in (TIMES * HISTORY, HISTORY):
            opened = Side.opened(folder / str(evaluations), evaluations)
            sides.append(await stack.enter_async_context(opened))
        figures = await interleaved(*(side.milliseconds for side in sides), rounds=ROUNDS)
    return Row(
        name=f"P14 an evaluation after {TIMES * HISTORY:,} / after {HISTORY:,}",
        ours=figures[0],
        reference=figures[1],
        goal=1.1,
        at_most=True,
        unit=" ms",
        about=f"over {COUNT} evaluations, {AT_ONCE} at once, from queued to their rows",
    )


async def folds() -> Row:
    async with AsyncExitStack() as stack:
        measures = []
        for retained in (RETAINED, FEW_RETAINED):
            server = await stack.enter_async_context(NatsServer.temporary())
            bus = await stack.enter_async_context(open_bus(_settings(server), name="p14"))
            await fill(bus, retained)
            measures.append(Folds(bus, retained))
        figures = await interleaved(*(one.milliseconds for one in measures), rounds=ROUNDS)
    return Row(
        name=f"P14 fold among {RETAINED:,} / among {FEW_RETAINED:,}",
        ours=figures[0],
        reference=figures[1],
        goal=1.1,
        at_most=True,
        unit=" ms",
        about=f"median of {FOLDS} reads and folds, one after another",
    )


class Side:
    """A log, its executor, its projector and its rows."""

    def __init__(self, client: Client, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._client = client
        self._connection = connection

    @classmethod
    @asynccontextmanager
    async def opened(cls, folder: Path, evaluations: int) -> AsyncIterator["Side"]:
        """With a history of so many finished evaluations."""
        await asyncio.to_thread(folder.mkdir)
        async with AsyncExitStack() as stack:
            server = await stack.enter_async_context(NatsServer.temporary())
            bus = await stack.enter_async_context(open_bus(_settings(server), name="p14"))
            await fill(bus, evaluations)
            dsn = stack.enter_context(_database(folder))
            await migrate(dsn)
            await stack.enter_async_context(_projector(bus, dsn))
            connection = await asyncpg.connect(dsn)
            stack.push_async_callback(connection.close)
            side = cls(Client(bus), connection)
            await wait_until(lambda: side._has_rows(evaluations), within=600.0)
            await connection.execute("VACUUM ANALYZE")
            executor = NoopExecutor.running(
                folder / "executor",
                server.url,
                CLOCHE_SLOTS=str(AT_ONCE),
                CLOCHE_WORK_ACK_WAIT=str(ACK_WAIT),
                CLOCHE_STREAM_MAX_BYTES=str(STREAM_BYTES),
                CLOCHE_LOG_LEVEL="warning",
            )
            process = await stack.enter_async_context(executor)
            yield side
            await process.stop()

    async def milliseconds(self) -> float:
        """Of an evaluation, from queued to its row."""
        left = iter(range(COUNT))
        begin = time.perf_counter()

        async def one_after_another() -> None:
            for _ in left:
                address = await self._client.submit()
                await self._client.reached(address, "EvaluationCompleted", within=60.0)

        await asyncio.gather(*(one_after_another() for _ in range(AT_ONCE)))
        last = (await self._client.bus.state()).last
        await wait_until(lambda: self._projected(last), within=60.0)
        return (time.perf_counter() - begin) / COUNT * 1e3

    async def _has_rows(self, wanted: int) -> bool:
        rows = "SELECT count(*) FROM evaluations WHERE completed_at IS NOT NULL"
        return bool(await self._connection.fetchval(rows) >= wanted)

    async def _projected(self, sequence: int) -> bool:
        reached = await self._connection.fetchval("SELECT sequence FROM checkpoints")
        return bool(reached >= sequence)


class Folds:
    """Reads of finished evaluations on a log that holds `retained`."""

    def __init__(self, bus: JetStreamBus, retained: int) -> None:
        self._log = Client(bus).log
        self._retained = retained
        self._chance = random.Random(retained)  # noqa: S311 - to be repeated

    async def milliseconds(self) -> float:
        """The median of `FOLDS`."""
        took = []
        for _ in range(FOLDS):
            address = address_of(self._chance.randrange(self._retained))
            begin = time.perf_counter()
            state = fold((await self._log.read(address)).numbered).state
            took.append(time.perf_counter() - begin)
            assert isinstance(state, Completed), state
        return sorted(took)[FOLDS // 2] * 1e3


async def fill(bus: JetStreamBus, evaluations: int) -> None:
    """Append so many finished evaluations, and empty the queue that the server has sourced from them."""
    coming = _messages(evaluations)

    async def one_after_another() -> None:
        for messages in coming:
            for stored in messages:
                await bus.append(stored.subject, stored.data, msg_id=str(stored.sequence))

    await asyncio.gather(*(one_after_another() for _ in range(IN_FLIGHT)))

    async def sourced() -> bool:
        info = await api.stream_info(bus.connection, WORK)
        return info is not None and info.state.last_seq >= evaluations

    await wait_until(sourced, within=120.0)
    await api.call(bus.connection, f"STREAM.PURGE.{WORK}", {}, api.Answered)


def _messages(evaluations: int) -> Iterator[list[Stored]]:
    """Of each evaluation, as they lie on the log: made once, and once more for each with its own id."""
    model = address_of(0)
    recorder = Recorder(telemetry=configure("bench", instance="bench"))
    made = recorder.events(model, [queued(), started(), completed()])
    numbers = count(1)
    for number in range(evaluations):
        address = address_of(number)
        yield [
            Stored(
                stored.subject.replace(model.evaluation, address.evaluation),
                next(numbers),
                stored.time,
                stored.data.replace(model.evaluation.encode(), address.evaluation.encode()),
            )
            for stored in made
        ]


def _settings(server: NatsServer) -> ServiceSettings:
    return bus_settings(server.url, work_ack_wait=ACK_WAIT, stream_max_bytes=STREAM_BYTES)


@contextlib.contextmanager
def _database(folder: Path) -> Iterator[str]:
    server = Postgres(
        folder / "data",
        port=free_ports(1)[0],
        password=secrets.token_hex(16),
        log=folder / "postgres.log",
    )
    with running(server, at_end=server.command().death_signal):
        server.execute("CREATE DATABASE bench")
        yield server.dsn("bench")


@asynccontextmanager
async def _projector(bus: JetStreamBus, dsn: str) -> AsyncIterator[None]:
    settings = ProjectorSettings.model_validate({"postgres_dsn": dsn})
    # Nothing is trimmed, so nobody asks it.
    archive = ArchiveReader(MemoryObjects(), stream=EVALUATIONS)
    projector = Projector(settings, bus, archive, configure("projector", instance="bench"))
    work = asyncio.create_task(projector.run())
    try:
        yield
    finally:
        work.cancel()
        await asyncio.wait({work})
