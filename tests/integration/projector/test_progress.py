"""What the projector says of itself, from a real PostgreSQL: how far it is, and where the oldest open one begins."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from cloche_kit.archive.reader import ArchiveReader
from cloche_kit.log import EventLog
from cloche_kit.memory import MemoryBus
from cloche_kit.objects import MemoryObjects
from cloche_kit.progress import READ_MODELS
from cloche_kit.telemetry import configure
from cloche_projector import reporter
from cloche_projector.migrate import migrate
from cloche_projector.projector import Projector
from cloche_projector.settings import ProjectorSettings
from cloche_projector.tables import Connection
from cloche_schemas.events import EvaluationDeadLettered
from support.recorded import address_of, append, completed, queued, started, story
from support.story import failed
from support.waiting import wait_until

ONE, TWO, THREE = address_of(1), address_of(2), address_of(3)


@asynccontextmanager
async def projecting(dsn: str, bus: MemoryBus) -> AsyncIterator[Projector]:
    settings = ProjectorSettings.model_validate(
        {"postgres_dsn": dsn, "standby_seconds": 0.02, "progress_seconds": 0.05}
    )
    projector = Projector(
        settings,
        bus,
        ArchiveReader(MemoryObjects(), stream="EVALUATIONS"),
        configure("projector", instance="p"),
    )
    work = asyncio.create_task(projector.run())
    try:
        yield projector
    finally:
        work.cancel()
        await asyncio.wait({work})


async def said(bus: MemoryBus) -> tuple[int, int | None] | None:
    found = (await bus.progress.said()).get(READ_MODELS)
    return None if found is None else (found.sequence, found.oldest_open)


async def test_it_says_how_far_it_is_and_which_open_one_is_the_oldest(postgres_dsn: str) -> None:
    bus = MemoryBus()
    log = EventLog(bus, configure("test", instance="t"), instance="t")

    async def says(*expected: int | None) -> None:
        await wait_until(lambda: is_said(expected), within=10)

    async def is_said(expected: tuple[int | None, ...]) -> bool:
        return await said(bus) == expected

    async with projecting(postgres_dsn, bus):
        await says(0, None)
        await append(log, ONE, queued())
        await append(log, TWO, *story())
        await append(log, THREE, queued(), started())
        await says(6, 1)
        await append(log, ONE, started(), completed())
        await says(8, 5)
        # One that waits for its next attempt is open; one that was given up is not.
        await append(log, THREE, failed())
        await says(9, 5)
        over = EvaluationDeadLettered(reason="attempts_exhausted", attempts=1)
        await append(log, THREE, over)
        await says(10, None)
    progress = (await bus.progress.said())[READ_MODELS]
    assert progress.epoch == (await bus.state()).epoch


async def test_the_last_word_is_said_at_the_end(postgres_dsn: str) -> None:
    bus = MemoryBus()
    log = EventLog(bus, configure("test", instance="t"), instance="t")
    settings = ProjectorSettings.model_validate(
        {"postgres_dsn": postgres_dsn, "standby_seconds": 0.02, "progress_seconds": 3600}
    )
    projector = Projector(
        settings,
        bus,
        ArchiveReader(MemoryObjects(), stream="EVALUATIONS"),
        configure("projector", instance="p"),
    )
    work = asyncio.create_task(projector.run())
    await wait_until(lambda: said(bus), within=10)
    await append(log, ONE, *story())

    def projected() -> bool:
        return projector._batches is not None and projector._batches.checkpoint.sequence == 3

    await wait_until(projected, within=10)
    assert await said(bus) == (0, None)
    work.cancel()
    await asyncio.wait({work})
    assert await said(bus) == (3, None)


async def test_a_bus_that_is_away_is_waited_for(postgres_dsn: str) -> None:
    await migrate(postgres_dsn)
    bus = MemoryBus()
    bus.available = False
    connection: Connection = await asyncpg.connect(postgres_dsn)
    await connection.execute("INSERT INTO checkpoints VALUES ('read-models', 'e', 7)")
    telling = asyncio.create_task(reporter.report(postgres_dsn, bus, seconds=0.02))
    await asyncio.sleep(0.2)
    bus.available = True
    await wait_until(lambda: said(bus), within=10)
    telling.cancel()
    await asyncio.wait({telling})
    # A row from before the column: nobody knows where its evaluation begins.
    await connection.execute(
        "INSERT INTO evaluations (tenant, id, status, language, priority, submitted_at, number, stream_sequence, view, "
        "state) VALUES ('main', $1, 'queued', 'python', 'normal', now(), 1, 1, '{}', '{}')",
        ONE.evaluation,
    )
    progress = await reporter.read(connection)
    assert progress is not None
    assert (progress.epoch, progress.sequence, progress.oldest_open) == ("e", 7, 0)
    await connection.close()


async def test_the_oldest_open_one_is_found_by_the_index(postgres_dsn: str) -> None:
    await migrate(postgres_dsn)
    connection: Connection = await asyncpg.connect(postgres_dsn)
    await connection.execute("INSERT INTO checkpoints VALUES ('read-models', 'e', 7)")
    await connection.execute(
        "INSERT INTO evaluations (tenant, id, status, language, priority, submitted_at, completed_at, number, "
        "stream_sequence, view, state, first_sequence) SELECT 'main', gen_random_uuid(), 'completed', 'python', "
        "'normal', now(), CASE WHEN n % 100 > 0 THEN now() END, 1, n, '{}', '{}', n FROM generate_series(1, 5000) AS n"
    )
    await connection.execute("ANALYZE evaluations")
    plan = "\n".join(
        row[0] for row in await connection.fetch("EXPLAIN " + reporter._PROGRESS, "read-models")
    )
    await connection.close()
    assert "evaluations_oldest_open" in plan, plan
    assert "Seq Scan on evaluations" not in plan


@pytest.mark.parametrize("name", ["another", READ_MODELS])
async def test_before_its_first_event_there_is_nothing_to_say(postgres_dsn: str, name: str) -> None:
    await migrate(postgres_dsn)
    connection: Connection = await asyncpg.connect(postgres_dsn)
    assert await reporter.read(connection, name) is None
    await connection.close()
