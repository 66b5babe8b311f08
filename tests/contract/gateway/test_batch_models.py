"""Batches and Idempotency-Keys in every adapter of the read models, through the projector's own statements."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import asyncpg
import pytest
from cloche_domain import Evaluation, Queued
from cloche_gateway.cursors import BatchCursor, MemberCursor
from cloche_gateway.filters import Filters, Listing
from cloche_gateway.memory_read_models import MemoryReadModels
from cloche_gateway.read_models import KeyRow, ReadModels, Row, open_read_models
from cloche_projector import tables
from cloche_projector.layout import NAME
from cloche_projector.migrate import migrate
from cloche_projector.projection import Changes, Given
from cloche_projector.projection import Row as Projected
from cloche_schemas.batches import BatchView, derived_id, member_id
from cloche_schemas.subjects import Address
from cloche_schemas.values import Artifact, BatchPlace, Outcome, Status
from cloche_schemas.views import EvaluationView

NOON = datetime(2026, 11, 26, 12, 0, 0, 123456, tzinfo=UTC)
A, B, C = (derived_id("batch-of-a-test", letter) for letter in "abc")


class Writer(Protocol):
    """Puts rows where the adapter reads them."""

    async def view(self, tenant: str, view: EvaluationView) -> None: ...

    async def key(self, tenant: str, kind: str, key: str, row: KeyRow) -> None: ...


class MemoryWriter:
    def __init__(self, models: MemoryReadModels) -> None:
        self._models = models

    async def view(self, tenant: str, view: EvaluationView) -> None:
        row = Row(view, Evaluation(number=view.sequence, state=Queued(1)), 1)
        self._models.rows[Address(tenant, view.id)] = row

    async def key(self, tenant: str, kind: str, key: str, row: KeyRow) -> None:
        self._models.keys.setdefault((tenant, kind, key), row)


class PostgresWriter:
    def __init__(self, dsn: str) -> None:
        self._dsn = dsn

    async def view(self, tenant: str, view: EvaluationView) -> None:
        row = Projected(view, Evaluation(number=view.sequence, state=Queued(1)), 1)
        await self._write(Changes({(tenant, view.id): row}, [], {}, []))

    async def key(self, tenant: str, kind: str, key: str, row: KeyRow) -> None:
        given = {(tenant, kind, key): Given(row.id, row.digest, NOON)}
        await self._write(Changes({}, [], {}, [], given))

    async def _write(self, changes: Changes) -> None:
        connection = await asyncpg.connect(self._dsn)
        before = await tables.begin(connection, NAME, "epoch")
        after = before.sequence + 1
        await tables.write(connection, NAME, before=before, after=after, changes=changes)
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


def member(
    batch: str,
    index: int,
    status: Status = "queued",
    outcome: Outcome | None = None,
    *,
    size: int = 3,
    seconds: int = 0,
    sequence: int = 1,
) -> EvaluationView:
    over = status in {"completed", "dead_lettered"}
    return EvaluationView(
        id=member_id(batch, index),
        status=status,
        outcome=outcome,
        batch=BatchPlace(id=batch, index=index, size=size, name="n", concurrency=2),
        artifacts=(Artifact(name="a", size=1, sha256="0" * 64, offset=0),),
        submitted_at=NOON + timedelta(seconds=seconds),
        completed_at=NOON + timedelta(seconds=10 + index) if over else None,
        sequence=sequence,
    )


async def test_a_batch_is_what_its_evaluations_are(store: tuple[ReadModels, Writer]) -> None:
    models, writer = store
    await writer.view("main", member(A, 1))
    assert await models.batches.batch("main", A) is None
    await writer.view("main", member(A, 0))
    expected = BatchView(
        id=A, name="n", size=3, concurrency=2, by_status={"queued": 3}, created_at=NOON
    )
    # The third one is not projected yet.
    assert await models.batches.batch("main", A) == expected
    await writer.view("main", member(A, 2, "running"))
    found = await models.batches.batch("main", A)
    assert found is not None
    assert (found.by_status, found.over) == ({"queued": 2, "running": 1}, 0)
    assert await models.batches.batch("other", A) is None
    assert await models.batches.batch("main", B) is None

    await writer.view("main", member(A, 0, "completed", "succeeded", sequence=3))
    await writer.view("main", member(A, 1, "dead_lettered", sequence=3))
    found = await models.batches.batch("main", A)
    assert found is not None
    assert (found.by_outcome, found.over, found.completed_at) == ({"succeeded": 1}, 2, None)
    assert await models.batches.over("main", A) == {0: "succeeded", 1: None}
    assert await models.batches.over("other", A) == {}
    await writer.view("main", member(A, 2, "completed", "failed", sequence=3))
    found = await models.batches.batch("main", A)
    assert found is not None
    assert found.by_status == {"completed": 2, "dead_lettered": 1}
    assert found.by_outcome == {"succeeded": 1, "failed": 1}
    assert found.completed_at == NOON + timedelta(seconds=12)


async def test_batches_are_newest_first_and_go_on_behind_the_cursor(
    store: tuple[ReadModels, Writer],
) -> None:
    models, writer = store
    for batch, seconds in ((A, 0), (B, 1), (C, 1)):
        for index in range(2):
            await writer.view("main", member(batch, index, seconds=seconds, size=2))
        await writer.view("other", member(batch, 0, seconds=seconds, size=2))
    await writer.view(
        "main", EvaluationView(id=derived_id("x"), status="queued", submitted_at=NOON, sequence=1)
    )
    newest = [*sorted((B, C), reverse=True), A]
    found = await models.batches.page("main", limit=9, after=None)
    assert [one.id for one in found] == newest
    assert all(one.by_status == {"queued": 2} for one in found)
    for place, one in enumerate(found):
        assert one.created_at is not None
        after = BatchCursor(one.created_at, one.id)
        behind = await models.batches.page("main", limit=1, after=after)
        assert [each.id for each in behind] == newest[place + 1 : place + 2]
        before = BatchCursor(one.created_at, one.id, back=True)
        for limit in (1, 2, 9):
            ahead = await models.batches.page("main", limit=limit, after=before)
            assert [each.id for each in ahead] == newest[:place][-limit:]
    assert await models.batches.page("nobody", limit=9, after=None) == []


async def test_members_are_in_order_filtered_and_without_artifacts(
    store: tuple[ReadModels, Writer],
) -> None:
    models, writer = store
    for index in (3, 0, 2, 1):
        outcome: Outcome = "failed" if index % 2 else "succeeded"
        await writer.view("main", member(A, index, "completed", outcome, size=5))
    await writer.view("main", member(A, 4, size=5))
    await writer.view("main", member(B, 0))

    async def indexes(after: int = -1, limit: int = 9, **query: Any) -> list[int]:
        start = MemberCursor(A, after, **query)
        found = await models.batches.members("main", start, limit=limit)
        assert all(one.artifacts == () for one in found)
        return [one.batch.index for one in found if one.batch is not None]

    assert await indexes() == [0, 1, 2, 3, 4]
    assert await indexes(after=1, limit=2) == [2, 3]
    assert await indexes(outcome="failed") == [1, 3]
    assert await indexes(status="queued") == [4]
    assert await indexes(status="completed", outcome="succeeded", after=0) == [2]
    assert await indexes(after=4, back=True) == [0, 1, 2, 3]
    assert await indexes(after=4, back=True, limit=2) == [2, 3]
    assert await indexes(after=3, back=True, outcome="failed") == [1]
    assert await models.batches.members("other", MemberCursor(A, -1), limit=9) == []
    wish = Listing(filters=Filters(status=("completed",), batch=A))
    page = await models.page("main", wish)
    assert {one.view.id for one in page} == {member_id(A, index) for index in range(4)}
    assert await models.page("other", wish) == []


async def test_a_key_stands_for_what_it_was_first_given(store: tuple[ReadModels, Writer]) -> None:
    models, writer = store
    row = KeyRow(A, "0" * 64)
    await writer.key("main", "evaluation", "k", row)
    await writer.key("main", "evaluation", "k", KeyRow(B, "1" * 64))
    assert await models.idempotency_key("main", "evaluation", "k") == row
    for other in (
        ("other", "evaluation", "k"),
        ("main", "batch", "k"),
        ("main", "evaluation", "K"),
    ):
        assert await models.idempotency_key(*other) is None
