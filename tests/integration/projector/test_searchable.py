"""Search and statistics in a real PostgreSQL: the same rows however the log is cut, no more of a text than agreed."""

import random
from collections.abc import Iterable
from itertools import zip_longest

import pytest
from cloche_domain.durations import class_of
from cloche_kit.bus import Stored
from cloche_kit.memory import MemoryBus
from cloche_kit.telemetry import configure
from cloche_projector import layout
from cloche_projector.batches import Batches
from cloche_projector.connections import connect
from cloche_projector.layout import CURRENT, LIVE, NAME
from cloche_projector.tables import Connection
from cloche_projector.texts import SUBMITTED_LETTERS, WRITTEN_BYTES
from cloche_schemas.commands import EvaluationSpec
from cloche_schemas.events import EvaluationEvent, EvaluationQueued
from cloche_schemas.values import Limits
from support.mixture import events_of
from support.recorded import Recorder, address_of, chunks, completed, queued, started, story

ONE = address_of(1)


def interleaved(histories: Iterable[list[Stored]]) -> list[Stored]:
    """One log of several histories, a message of each in turn."""
    columns = zip_longest(*histories)
    found = [stored for column in columns for stored in column if stored is not None]
    return [Stored(s.subject, n, s.time, s.data) for n, s in enumerate(found, start=1)]


async def fold(connection: Connection, log: list[Stored], sizes: Iterable[int]) -> Batches:
    checkpoint = await layout.make(connection, LIVE, CURRENT, "epoch", live=True)
    telemetry = configure("projector", instance="test")
    batches = Batches(connection, MemoryBus(), telemetry, name=NAME, checkpoint=checkpoint, cache=2)
    at = 0
    for size in sizes:
        await batches.project(log[at : at + size])
        at += size
    await batches.project(log[at:])
    return batches


async def rows(connection: Connection) -> list[list[tuple[object, ...]]]:
    return [
        [tuple(row) for row in await connection.fetch(f"SELECT * FROM {table} ORDER BY {key}")]  # noqa: S608
        for table, key in (
            ("evaluations", "id"),
            ("texts", "evaluation"),
            ("tallies", "grain, at, language, outcome"),
        )
    ]


async def found(connection: Connection, query: str, tenant: str = "main") -> list[str]:
    condition = (
        "words @@ (websearch_to_tsquery('simple', $1) && ('''@' || $2::text || '''')::tsquery)"
    )
    fetched = await connection.fetch(
        f"SELECT evaluation::text FROM texts WHERE {condition} ORDER BY 1",  # noqa: S608
        query,
        tenant,
    )
    return [row[0] for row in fetched]


async def test_every_cut_into_batches_gives_the_same_rows(postgres_dsn: str) -> None:
    recorder, dice = Recorder(), random.Random(7)  # noqa: S311
    log = interleaved(recorder.events(address_of(n), events_of(n)) for n in range(24))
    async with connect(postgres_dsn, LIVE) as connection:
        await fold(connection, log, [])
        whole = await rows(connection)
        assert all(whole)
        for _ in range(4):
            await fold(connection, log, [dice.randint(1, 9) for _ in range(60)])
            assert await rows(connection) == whole
        await fold(connection, log, [1] * len(log))
        assert await rows(connection) == whole


async def test_what_comes_again_is_neither_counted_nor_indexed_again(postgres_dsn: str) -> None:
    log = Recorder().events(ONE, story(("stdout", b"hello")))
    async with connect(postgres_dsn, LIVE) as connection:
        batches = await fold(connection, log, [])
        before = await rows(connection)
        again = [Stored(s.subject, s.sequence + 100, s.time, s.data) for s in log]
        await batches.project(again)
        batches._recent.clear()
        await batches.project([Stored(s.subject, s.sequence + 100, s.time, s.data) for s in again])
        assert await rows(connection) == before


async def test_code_is_found_at_once_and_output_once_it_is_over(postgres_dsn: str) -> None:
    output = chunks(("stdout", b"first li"), ("stderr", b"warn_ing"), ("stdout", b"ne\n"))
    events: list[EvaluationEvent] = [
        queued("import numpy.linalg\nsolve_many(A)", {"model": "m-7"}),
        started(),
        *output,
        completed(output),
    ]
    log = Recorder().events(ONE, events)
    async with connect(postgres_dsn, LIVE) as connection:
        batches = await fold(connection, log[:2], [1])
        for query in ('"solve many"', "linalg", '"model m 7"', '"numpy linalg"'):
            assert await found(connection, query) == [ONE.evaluation]
        assert await found(connection, '"first line"') == []
        await batches.project(log[2:])
        for query in ('"first line"', '"warn ing"', '"first line" linalg', "line -nothing"):
            assert await found(connection, query) == [ONE.evaluation]
        for query in ("nothing", '"numpy solve"', "line -linalg"):
            assert await found(connection, query) == []
        assert await found(connection, "linalg", tenant="other") == []


async def test_no_more_of_a_text_is_indexed_than_agreed(postgres_dsn: str) -> None:
    code = "first " + "pad " * (SUBMITTED_LETTERS // 4) + "lastword"
    spec = EvaluationSpec(code=code)
    big = b"begin " + b"fill " * (WRITTEN_BYTES // 5) + b"finish"
    output = chunks(("stdout", big))
    events: list[EvaluationEvent] = [
        EvaluationQueued(attempt=1, spec=spec, limits=Limits()),
        started(),
        *output,
        completed(output),
    ]
    async with connect(postgres_dsn, LIVE) as connection:
        await fold(connection, Recorder().events(ONE, events), [2, 1])
        assert await found(connection, "first begin") == [ONE.evaluation]
        assert await found(connection, "lastword") == []
        assert await found(connection, "finish") == []


async def test_the_output_of_an_attempt_that_does_not_count_is_not_found(postgres_dsn: str) -> None:
    log = Recorder().events(address_of(3), events_of(3))
    async with connect(postgres_dsn, LIVE) as connection:
        await fold(connection, log, [])
        assert await found(connection, "lost") == []
        assert await found(connection, '"line 3"') == [address_of(3).evaluation]


@pytest.mark.parametrize("size", [1, 100])
async def test_ends_are_counted_by_time_language_and_outcome(postgres_dsn: str, size: int) -> None:
    recorder = Recorder()
    log = interleaved(recorder.events(address_of(n), events_of(n)) for n in range(16))
    async with connect(postgres_dsn, LIVE) as connection:
        await fold(connection, log, [size] * (len(log) // size))
        counted = await connection.fetch(
            "SELECT outcome, sum(ended) FROM tallies WHERE grain = 3600 GROUP BY outcome"
        )
        # Sorts 1, 2, 3, 5 and 7 succeed, 4 is cancelled, 6 is given up, 0 still runs; two of each.
        assert {row[0]: row[1] for row in counted} == {
            "succeeded": 10,
            "cancelled": 2,
            "dead_lettered": 2,
        }
        by_grain = await connection.fetch("SELECT sum(ended) FROM tallies GROUP BY grain")
        assert [row[0] for row in by_grain] == [14] * 4
        # Events of one evaluation are a second apart (Recorder), so each waited and ran for one.
        waited, ran = (
            await connection.fetchval(
                "SELECT sum(n) FROM tallies, unnest(waited) WITH ORDINALITY AS u (n, place) "
                "WHERE grain = 60 AND place = $1 + 1",
                class_of(1.0),
            ),
            await connection.fetchval(
                "SELECT sum(n) FROM tallies, unnest(ran) AS n WHERE grain = 60"
            ),
        )
        assert (waited, ran) == (14, 12)
