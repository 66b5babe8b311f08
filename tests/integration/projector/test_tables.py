"""The read models in a real PostgreSQL: schema, rows, outputs and checkpoint."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import asyncpg
import msgspec
import pytest
from cloche_domain import case_result
from cloche_kit.bus import Stored
from cloche_kit.memory import MemoryBus
from cloche_kit.telemetry import configure
from cloche_projector import tables
from cloche_projector.batches import Batches
from cloche_projector.migrate import MigrationFailed, migrate, url_of
from cloche_projector.tables import Connection, Superseded
from cloche_schemas.events import EvaluationEvent
from cloche_schemas.values import Usage
from cloche_schemas.views import CaseResult, EvaluationView
from msgspec.structs import replace
from support.recorded import (
    Recorder,
    address_of,
    case,
    chunks,
    completed,
    queued,
    started,
    story,
)

ONE = address_of(1)


@pytest.fixture
async def connection(postgres_dsn: str) -> AsyncIterator[Connection]:
    await migrate(postgres_dsn)
    opened: Connection = await asyncpg.connect(postgres_dsn)
    yield opened
    await opened.close()


async def batches_of(connection: Connection, cache: int = 100) -> Batches:
    checkpoint = await tables.begin(connection, "test", "epoch")
    return Batches(
        connection,
        MemoryBus(),
        configure("projector", instance="test"),
        name="test",
        checkpoint=checkpoint,
        cache=cache,
    )


async def everything(connection: Connection) -> list[object]:
    return [
        [tuple(row) for row in await connection.fetch(f"SELECT * FROM {table} ORDER BY {table}")]  # noqa: S608
        for table in ("evaluations", "outputs", "cases", "texts", "tallies", "checkpoints")
    ]


async def test_migrations_run_once_however_many_start_at_once(postgres_dsn: str) -> None:
    await asyncio.gather(*(migrate(postgres_dsn) for _ in range(3)))
    await migrate(postgres_dsn)
    connection = await asyncpg.connect(postgres_dsn)
    names = await connection.fetch(
        "SELECT schemaname, tablename FROM pg_tables WHERE schemaname !~ '^(pg_|information_)' ORDER BY 1, 2"
    )
    await connection.close()
    assert [tuple(name) for name in names] == [
        ("public", "projections"),
        ("public", "schema_migrations"),
        ("read_models", "cases"),
        ("read_models", "checkpoints"),
        ("read_models", "evaluations"),
        ("read_models", "idempotency_keys"),
        ("read_models", "outputs"),
        ("read_models", "tallies"),
        ("read_models", "texts"),
    ]


async def test_a_migration_that_fails_says_why(postgres_dsn: str, tmp_path: Path) -> None:
    (tmp_path / "1_broken.sql").write_text("-- migrate:up\nSELECT nonsense;\n-- migrate:down\n")
    with pytest.raises(MigrationFailed, match="nonsense"):
        await migrate(postgres_dsn, folder=tmp_path)


def test_tls_is_waived_on_loopback_only() -> None:
    assert url_of("postgresql://u:p@127.0.0.1:1/d").endswith("d?sslmode=disable")
    assert url_of("postgresql://u:p@db.example/d") == "postgresql://u:p@db.example/d"
    assert url_of("postgresql://localhost/d?sslmode=require").endswith("sslmode=require")


async def test_a_row_holds_what_the_view_shows(connection: Connection) -> None:
    batches = await batches_of(connection)
    log = Recorder().events(ONE, story(("stdout", b"hi\n"), ("stderr", b"\xff\0")))
    await batches.project(log)
    row = await connection.fetchrow("SELECT *, view::text AS shown FROM evaluations")
    assert row is not None
    view = msgspec.json.decode(row["shown"], type=EvaluationView)
    assert (row["tenant"], str(row["id"])) == ("main", ONE.evaluation)
    assert (row["status"], row["outcome"], row["language"], row["priority"]) == (
        "completed",
        "succeeded",
        "python",
        "normal",
    )
    assert (row["submitted_at"], row["completed_at"]) == (view.submitted_at, view.completed_at)
    assert (row["number"], row["stream_sequence"]) == (view.sequence, log[-1].sequence) == (3, 5)
    outputs = await connection.fetch(
        "SELECT attempt, stream, size, position, data FROM outputs ORDER BY stream"
    )
    assert [tuple(row) for row in outputs] == [
        (1, "stderr", 2, 2, b"\xff\0"),
        (1, "stdout", 3, 3, b"hi\n"),
    ]


@pytest.mark.parametrize("cache", [0, 100])
@pytest.mark.parametrize("size", [1, 3, 100])
async def test_a_batch_that_comes_twice_gives_identical_rows(
    connection: Connection, size: int, cache: int
) -> None:
    log = Recorder().events(ONE, story(*(("stdout", b"line\n"),) * 5, ("stderr", b"x")))
    batches = await batches_of(connection, cache)
    for at in range(0, len(log), size):
        await batches.project(log[at : at + size])
    before = await everything(connection)
    await batches.project(log)
    assert await everything(connection) == before
    # Without the checkpoint's protection too, as after somebody has set it back.
    await connection.execute("UPDATE checkpoints SET sequence = 0")
    again = await batches_of(connection, cache)
    for at in range(0, len(log), size):
        await again.project(log[at : at + size])
    assert await everything(connection) == before
    id_ = UUID(ONE.evaluation)
    assert before[1] == [
        ("main", id_, 1, "stderr", 1, 1, b"x"),
        ("main", id_, 1, "stdout", 25, 25, b"line\n" * 5),
    ]


@pytest.mark.parametrize("size", [1, 2, 100])
async def test_cases_are_rows_whoever_delivers_them_twice(
    connection: Connection, size: int
) -> None:
    odd = replace(case(2, passed=False), name="nul \0", detail="a\0b", usage=Usage(wall_seconds=1))
    output = chunks(("stdout", b"one"), ("stdout", b"two"))
    events: list[EvaluationEvent] = [
        *(queued(), started()),
        *(output[0], case(0), output[1], case(1), odd),
        completed(output),
    ]
    log = Recorder().events(ONE, events)
    batches = await batches_of(connection)
    for at in range(0, len(log), size):
        await batches.project(log[at : at + size])
    before = await everything(connection)
    await connection.execute("UPDATE checkpoints SET sequence = 0")
    again = await batches_of(connection)
    for at in range(0, len(log), size):
        await again.project(log[at : at + size])
    assert await everything(connection) == before
    rows = await connection.fetch(
        "SELECT tenant, evaluation, attempt, index, result::text FROM cases ORDER BY index"
    )
    assert [tuple(row)[:4] for row in rows] == [
        ("main", UUID(ONE.evaluation), 1, index) for index in range(3)
    ]
    results = [msgspec.json.decode(row[4], type=CaseResult) for row in rows]
    assert results[:2] == [case_result(case(0)), case_result(case(1))]
    assert results[2] == replace(case_result(odd), name="nul \ufffd", detail="a\ufffdb")


async def test_a_case_that_postgresql_cannot_number_is_parked_alone(connection: Connection) -> None:
    batches = await batches_of(connection)
    log = Recorder().events(ONE, [case(0), case(1 << 31), case(1)])
    await batches.project(log)
    assert [p.reason for p in await batches._bus.parked()] == ["unstorable"]
    assert await connection.fetchval("SELECT count(*) FROM cases") == 2


async def test_output_is_whole_up_to_a_mebibyte_and_then_a_preview(connection: Connection) -> None:
    batches = await batches_of(connection)
    piece = bytes(range(256)) * 256
    recorder = Recorder()
    written = chunks(*(("stdout", piece),) * 17)
    log = recorder.events(ONE, [queued(), started(), *written])
    await batches.project(log[:18])
    row = await connection.fetchrow("SELECT size, position, data FROM outputs")
    assert row is not None
    assert tuple(row) == (1 << 20, 1 << 20, piece * 16)
    await batches.project(log[18:])
    await batches.project(
        recorder.events(ONE, chunks(*(("stdout", piece),) * 18)[17:]),
    )
    row = await connection.fetchrow("SELECT size, position, data FROM outputs")
    assert row is not None
    assert tuple(row) == (18 * len(piece), 18 * len(piece), piece[:1024])


async def test_more_than_a_mebibyte_in_one_batch_is_a_preview(connection: Connection) -> None:
    batches = await batches_of(connection)
    await batches.project(Recorder().events(ONE, chunks(("stdout", b"ab" * (1 << 20)))))
    row = await connection.fetchrow("SELECT size, data FROM outputs")
    assert row is not None
    assert tuple(row) == (2 << 20, b"ab" * 512)


@pytest.mark.parametrize("size", [1, 10])
async def test_head_and_tail_are_joined_and_the_dropped_bytes_are_not_counted(
    connection: Connection, size: int
) -> None:
    batches = await batches_of(connection)
    written = chunks(("stdout", b"head"), ("stdout", b"tail"), dropped=("stdout", 4, 1000))
    log = Recorder().events(ONE, written)
    for at in range(0, len(log), size):
        await batches.project(log[at : at + size])
    row = await connection.fetchrow("SELECT size, position, data FROM outputs")
    assert row is not None
    assert tuple(row) == (8, 1008, b"headtail")


async def test_a_chunk_that_comes_again_with_the_next_one_is_not_appended_again(
    connection: Connection,
) -> None:
    batches = await batches_of(connection)
    recorder = Recorder()
    first, second, third = chunks(("stdout", b"ab"), ("stdout", b"cd"), ("stdout", b"ef"))
    await batches.project(recorder.events(ONE, [first, second]))
    await batches.project(recorder.events(ONE, [second, third]))
    row = await connection.fetchrow("SELECT size, position, data FROM outputs")
    assert row is not None
    assert tuple(row) == (6, 6, b"abcdef")


async def test_a_message_that_postgresql_cannot_hold_is_parked_alone(
    connection: Connection,
) -> None:
    batches = await batches_of(connection)
    recorder = Recorder()
    huge = recorder.events(address_of(2), chunks(("stdout", b"x"), attempt=1 << 40))
    log = [
        *recorder.events(ONE, story(("stdout", b"a"))),
        *huge,
        *recorder.events(address_of(3), story(("stdout", b"b"))),
    ]
    log = [Stored(s.subject, n, s.time, s.data) for n, s in enumerate(log, start=1)]
    await batches.project(log)
    parked = await batches._bus.parked()
    assert [(p.reason, p.stored.subject, p.handler) for p in parked] == [
        ("unstorable", huge[0].subject, "projector")
    ]
    assert batches.checkpoint.sequence == len(log)
    assert await connection.fetchval("SELECT count(*) FROM evaluations") == 2
    assert await connection.fetchval("SELECT count(*) FROM outputs") == 2


async def test_a_checkpoint_that_somebody_else_moved_refuses_the_batch(
    connection: Connection,
) -> None:
    batches = await batches_of(connection)
    log = Recorder().events(ONE, story())
    await batches.project(log[:1])
    before = await everything(connection)
    await connection.execute("UPDATE checkpoints SET sequence = 77")
    with pytest.raises(Superseded):
        await batches.project(log[1:])
    await connection.execute("UPDATE checkpoints SET sequence = 1")
    assert await everything(connection) == before
