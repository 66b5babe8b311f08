"""P20, P21: what reading costs when there is a hundred times as much to read.

P20: pages of 50 evaluations out of PostgreSQL, by the gateway's own read models: newest first, by label, by a rare and
by a common word, by how long they ran; among 200,000 evaluations of 20 tenants, against the same among 2,000. P21: the
statistics of a day in buckets of 15 minutes. Of pages the medians are summed up.
"""

import functools
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from cloche_domain.words import parse
from cloche_gateway.filters import Filters, Listing
from cloche_gateway.read_models import PostgresReadModels, open_read_models
from cloche_gateway.statistics_models import Stretches
from cloche_kit.memory import MemoryBus
from cloche_kit.telemetry import configure
from cloche_projector import layout
from cloche_projector.batches import Batches
from cloche_projector.connections import connect
from cloche_projector.layout import CURRENT, LIVE, NAME
from cloche_projector.tables import Connection
from cloche_schemas.events import EvaluationEvent
from support.recorded import BEGIN, Recorder, address_of, chunks, completed, queued, started

from benchmarks.frame import Row, interleaved
from benchmarks.p5_projector import server_of

SEED = 2_000
TIMES = 100
TENANTS = 20
REPEATS = 9
RARE = "needle"
PAGES = {
    "newest": Listing(),
    "label": Listing(filters=Filters(labels=(("model", "m-7"),))),
    "rare word": Listing(filters=Filters(text=parse(RARE))),
    "common word": Listing(filters=Filters(text=parse("print"))),
    "phrase and outcome": Listing(
        filters=Filters(text=parse("solve_many"), outcome=("succeeded",))
    ),
    "longest": Listing(sort="duration"),
}

# Copies of what the projector has written, each with an id and a time of its own, spread over the tenants.
_COPIES = """
CREATE TEMPORARY TABLE copies AS
SELECT e.tenant, e.id AS old, gen_random_uuid() AS id, n,
       'tenant' || (n % {tenants}) AS owner, make_interval(secs => n * 10) AS later
FROM evaluations AS e, generate_series(1, {times} - 1) AS n
"""
_EVALUATIONS = """
INSERT INTO evaluations (tenant, id, status, outcome, language, priority, submitted_at, completed_at, number,
                         stream_sequence, view, state, engine, queued_at, started_at, first_sequence, labels, schedule,
                         ran_on, run_seconds)
SELECT CASE WHEN n % {tenants} = 0 THEN e.tenant ELSE c.owner END, c.id, status, outcome, language, priority,
       submitted_at + later, completed_at + later, number, stream_sequence + n * 100000, view, state, engine,
       queued_at + later, started_at + later, first_sequence, labels, schedule, ran_on, run_seconds + random()
FROM copies AS c JOIN evaluations AS e ON (e.tenant, e.id) = (c.tenant, c.old)
"""
_TEXTS = """
INSERT INTO texts (tenant, evaluation, words)
SELECT CASE WHEN n % {tenants} = 0 THEN t.tenant ELSE c.owner END, c.id,
       CASE WHEN n % {tenants} = 0 THEN t.words
            ELSE ts_delete(t.words, '@main') || array_to_tsvector(ARRAY['@' || c.owner]) END
FROM copies AS c JOIN texts AS t ON (t.tenant, t.evaluation) = (c.tenant, c.old)
"""


async def measure() -> list[Row]:
    async with database(1) as small, database(TIMES) as large:
        lists = await interleaved(lambda: pages(large), lambda: pages(small))
        days = await interleaved(lambda: a_day(large), lambda: a_day(small))
    return [
        Row(
            name=f"P20 pages of {SEED * TIMES:,} evaluations / of {SEED:,}",
            ours=lists[0],
            reference=lists[1],
            goal=3.0,
            at_most=True,
            unit=" ms",
            about=f"50 of one of {TENANTS} tenants: {', '.join(PAGES)}",
        ),
        Row(
            name=f"P21 statistics of {SEED * TIMES:,} evaluations / of {SEED:,}",
            ours=days[0],
            reference=days[1],
            goal=1.2,
            at_most=True,
            unit=" ms",
            about="a day in buckets of 15 minutes",
        ),
    ]


async def pages(models: PostgresReadModels) -> float:
    """Milliseconds for one page of each kind."""
    total = 0.0
    for listing in PAGES.values():
        found = await models.page("main", listing)
        assert found
        total += await median(functools.partial(models.page, "main", listing))
    return total


async def a_day(models: PostgresReadModels) -> float:
    """Milliseconds for the statistics of the first day."""
    begin = BEGIN.replace(hour=0, minute=0, second=0, microsecond=0)
    wish = Stretches(begin, begin + timedelta(days=1), 900)
    assert (await models.statistics("main", wish)).by_time
    return await median(lambda: models.statistics("main", wish))


async def median(work: Callable[[], Awaitable[object]]) -> float:
    took = []
    for _ in range(REPEATS):
        begin = time.perf_counter()
        await work()
        took.append((time.perf_counter() - begin) * 1000)
    return statistics.median(took)


@asynccontextmanager
async def database(times: int) -> AsyncIterator[PostgresReadModels]:
    """The read models over a server of their own with `times` the seed."""
    async with server_of() as dsn:
        async with connect(dsn, LIVE) as connection:
            await fill(connection, times)
        async with open_read_models(dsn) as models:
            yield models


async def fill(connection: Connection, times: int) -> None:
    checkpoint = await layout.make(connection, LIVE, CURRENT, "bench", live=True)
    telemetry = configure("projector", instance="bench")
    batches = Batches(
        connection, MemoryBus(), telemetry, name=NAME, checkpoint=checkpoint, cache=4096
    )
    recorder = Recorder()
    for number in range(SEED):
        word = RARE if number == SEED // 2 else f"word{number}"
        output = chunks(("stdout", b"a line of output, %d\n" % number))
        code = f"import numpy.linalg\nprint(numpy.linalg.solve_many({number}))  # {word}"
        labels = {"model": f"m-{number % 100}"}
        story: list[EvaluationEvent] = [queued(code, labels), started(), *output, completed(output)]
        await batches.project(recorder.events(address_of(number), story))
    if times > 1:
        for statement in (_COPIES, _EVALUATIONS, _TEXTS):
            query = statement.format(tenants=TENANTS, times=times)
            await connection.execute(query, timeout=600)
    await connection.execute("VACUUM ANALYZE", timeout=600)
