"""What every adapter of the read models keeps: the same rows, by the projector's tables or in memory."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

import asyncpg
import msgspec
import pytest
from cloche_domain import Completed, Evaluation, Queued, case_result
from cloche_gateway.filters import Filters, Listing
from cloche_gateway.memory_read_models import MemoryReadModels
from cloche_gateway.read_models import (
    CaseRows,
    OutputRow,
    ReadModels,
    ReadModelsUnavailable,
    Row,
    open_read_models,
)
from cloche_projector.migrate import migrate
from cloche_schemas.subjects import Address
from cloche_schemas.values import Artifact, SkippedArtifact, Status
from cloche_schemas.views import EvaluationView
from msgspec.structs import replace
from support.recorded import case

NOON = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC)


class Writer(Protocol):
    """Puts rows where the adapter reads them."""

    async def evaluation(self, address: Address, row: Row) -> None: ...

    async def output(self, address: Address, attempt: int, row: OutputRow) -> None: ...

    async def cases(self, address: Address, attempt: int, rows: CaseRows) -> None: ...


class MemoryWriter:
    def __init__(self, models: MemoryReadModels) -> None:
        self._models = models

    async def evaluation(self, address: Address, row: Row) -> None:
        self._models.rows[address] = row

    async def output(self, address: Address, attempt: int, row: OutputRow) -> None:
        self._models.outputs[(address, attempt, "stdout")] = row

    async def cases(self, address: Address, attempt: int, rows: CaseRows) -> None:
        self._models.case_rows[(address, attempt)] = rows


class PostgresWriter:
    def __init__(self, dsn: str) -> None:
        self._dsn = dsn

    async def evaluation(self, address: Address, row: Row) -> None:
        await self._execute(
            "INSERT INTO evaluations (tenant, id, status, language, priority, submitted_at, number, "
            "stream_sequence, view, state, engine, queued_at, started_at, completed_at) "
            "VALUES ($1, $2, $3, 'python', $9, $4, $5, $6, $7, $8, $10, $11, $12, $13)",
            address.tenant,
            UUID(address.evaluation),
            row.view.status,
            row.view.submitted_at,
            row.view.sequence,
            row.stream_sequence,
            msgspec.json.encode(row.view).decode(),
            msgspec.json.encode(row.state).decode(),
            row.view.priority,
            row.view.engine_requested,
            row.view.queued_at,
            row.view.started_at,
            row.view.completed_at,
        )

    async def output(self, address: Address, attempt: int, row: OutputRow) -> None:
        await self._execute(
            "INSERT INTO outputs VALUES ($1, $2, $3, 'stdout', $4, $4, $5)",
            address.tenant,
            UUID(address.evaluation),
            attempt,
            row.size,
            row.data,
        )

    async def cases(self, address: Address, attempt: int, rows: CaseRows) -> None:
        await self._execute(
            "INSERT INTO checkpoints VALUES ('read-models', $1, $2)", rows.epoch, rows.upto
        )
        for result in rows.results:
            await self._execute(
                "INSERT INTO cases VALUES ($1, $2, $3, $4, $5)",
                address.tenant,
                UUID(address.evaluation),
                attempt,
                result.index,
                msgspec.json.encode(result).decode(),
            )

    async def _execute(self, query: str, *arguments: object) -> None:
        connection = await asyncpg.connect(self._dsn)
        await connection.execute(query, *arguments)
        await connection.close()


@pytest.fixture(params=["memory", "postgres"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[tuple[ReadModels, Writer]]:
    if request.param == "memory":
        models = MemoryReadModels()
        yield models, MemoryWriter(models)
        return
    dsn: str = request.getfixturevalue("postgres_dsn")
    await migrate(dsn)
    async with open_read_models(dsn) as postgres:
        yield postgres, PostgresWriter(dsn)


def row_of(number: int, status: Status = "queued", *, seconds: int = 0) -> tuple[str, Row]:
    id_ = str(UUID(int=number))
    view = EvaluationView(
        id=id_, status=status, submitted_at=NOON + timedelta(seconds=seconds), sequence=1
    )
    return id_, Row(view, Evaluation(number=1, state=Queued(1)), 41)


async def page(models: ReadModels, tenant: str = "main", **wish: Any) -> list[EvaluationView]:
    return [one.view for one in await models.page(tenant, Listing(**wish))]


async def test_a_row_is_read_as_it_was_written(store: tuple[ReadModels, Writer]) -> None:
    models, writer = store
    id_, row = row_of(1)
    finished = Row(row.view, Evaluation(number=3, state=Completed("failed", 2)), 43)
    await writer.evaluation(Address("main", id_), finished)
    assert await models.evaluation(Address("main", id_)) == finished
    assert await models.evaluation(Address("other", id_)) is None
    assert await models.evaluation(Address("main", str(UUID(int=2)))) is None
    assert await models.ready()


async def test_pages_are_newest_first_and_go_on_behind_the_cursor(
    store: tuple[ReadModels, Writer],
) -> None:
    models, writer = store
    written: list[EvaluationView] = []
    for number in range(1, 8):
        status: Status = "completed" if number % 2 else "queued"
        id_, row = row_of(number, status, seconds=number // 3)
        await writer.evaluation(Address("main", id_), row)
        await writer.evaluation(Address("other", id_), row)
        written.insert(0, row.view)
    assert await page(models, limit=100) == written
    assert await page(models, limit=3) == written[:3]
    for place, view in enumerate(written):
        assert view.submitted_at is not None
        after = (view.submitted_at, view.id)
        assert await page(models, limit=2, after=after) == written[place + 1 : place + 3]
        before = await page(models, limit=2, after=after, back=True)
        assert before == written[max(place - 2, 0) : place][::-1]
    completed = [view for view in written if view.status == "completed"]
    assert await page(models, filters=Filters(status=("completed",))) == completed
    assert await page(models, "nobody") == []


async def test_output_is_read_byte_for_byte(store: tuple[ReadModels, Writer]) -> None:
    models, writer = store
    id_, row = row_of(1)
    address = Address("main", id_)
    await writer.evaluation(address, row)
    await writer.output(address, 1, OutputRow(4, b"\x00\xffab"))
    await writer.output(address, 2, OutputRow(9 << 20, b"preview"))
    assert await models.output(address, 1, "stdout") == OutputRow(4, b"\x00\xffab")
    assert await models.output(address, 2, "stdout") == OutputRow(9 << 20, b"preview")
    assert await models.output(address, 1, "stderr") is None
    assert await models.output(address, 3, "stdout") is None
    assert await models.output(Address("other", id_), 1, "stdout") is None


async def test_a_page_is_without_lists_of_artifacts_which_may_be_long(
    store: tuple[ReadModels, Writer],
) -> None:
    models, writer = store
    id_, row = row_of(1, "completed")
    view = replace(
        row.view,
        artifact_count=1,
        artifacts=(Artifact(name="a", size=1, sha256="0" * 64, offset=0),),
        skipped_artifacts=(SkippedArtifact(name="b", reason="link"),),
    )
    await writer.evaluation(Address("main", id_), Row(view, row.state, 41))
    (item,) = await page(models, limit=1)
    assert item == replace(view, artifacts=(), skipped_artifacts=())
    found = await models.evaluation(Address("main", id_))
    assert found is not None
    assert found.view == view


async def test_cases_are_read_with_how_far_they_go(store: tuple[ReadModels, Writer]) -> None:
    models, writer = store
    address = Address("main", row_of(1)[0])
    assert await models.cases(address, 1) == CaseRows()
    rows = CaseRows(tuple(case_result(case(n, passed=n != 1)) for n in range(12)), "epoch", 77)
    await writer.cases(address, 2, rows)
    assert await models.cases(address, 2) == rows
    assert (await models.cases(address, 1)).results == ()
    assert (await models.cases(Address("other", address.evaluation), 2)).results == ()


async def test_a_postgresql_that_is_away_is_unavailable_and_no_obstacle_to_start() -> None:
    async with open_read_models("postgresql://nobody:secret@127.0.0.1:9/none") as models:
        assert not await models.ready()
        with pytest.raises(ReadModelsUnavailable) as failure:
            await models.evaluation(Address("main", str(UUID(int=1))))
        assert "secret" not in str(failure.value)


async def test_tables_that_are_not_there_yet_are_unavailable(postgres_dsn: str) -> None:
    async with open_read_models(postgres_dsn) as models:
        with pytest.raises(ReadModelsUnavailable):
            await page(models, limit=1)


async def test_the_gateway_cannot_write_to_the_read_models(postgres_dsn: str) -> None:
    await migrate(postgres_dsn)
    async with open_read_models(postgres_dsn) as models:
        with pytest.raises(ReadModelsUnavailable, match="read-only"):
            await models._fetch("DELETE FROM evaluations RETURNING 1")
