"""What every adapter of the read models says of the queue (see test_read_models.py)."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from cloche_domain import Evaluation
from cloche_gateway.memory_read_models import MemoryReadModels
from cloche_gateway.queue_models import OpenRow
from cloche_gateway.read_models import ReadModels, Row, open_read_models
from cloche_projector.migrate import migrate
from cloche_projector.projection import Row as ProjectedRow
from cloche_projector.tables import UPSERT, columns
from cloche_schemas.subjects import Address
from cloche_schemas.views import EvaluationView


def ago(seconds: float) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=seconds)


class Store:
    """Rows where the adapter reads them: in PostgreSQL by the projector's own statement."""

    def __init__(self, models: ReadModels, dsn: str | None) -> None:
        self.models = models
        self._dsn = dsn

    async def row(self, number: int, tenant: str = "main", **fields: Any) -> EvaluationView:
        known: dict[str, Any] = {"status": "queued", "submitted_at": ago(0), "queued_at": ago(0)}
        view = EvaluationView(id=str(UUID(int=number)), **(known | fields))
        state = Evaluation(number=1)
        if isinstance(self.models, MemoryReadModels):
            self.models.rows[Address(tenant, view.id)] = Row(view, state, 1)
            return view
        assert self._dsn is not None
        connection = await asyncpg.connect(self._dsn)
        await connection.execute(
            UPSERT, *columns({(tenant, view.id): ProjectedRow(view, state, 1)})
        )
        await connection.close()
        return view


@pytest.fixture(params=["memory", "postgres"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    if request.param == "memory":
        yield Store(MemoryReadModels(), None)
        return
    dsn: str = request.getfixturevalue("postgres_dsn")
    await migrate(dsn)
    async with open_read_models(dsn) as models:
        yield Store(models, dsn)


async def test_what_is_open_is_counted_by_tenant_engine_priority_and_status(store: Store) -> None:
    await store.row(1, queued_at=ago(5))
    oldest = ago(9)
    await store.row(2, queued_at=oldest)
    await store.row(3, priority="high", engine_requested="docker")
    await store.row(4, status="running")
    await store.row(5, status="completed", completed_at=ago(0))
    await store.row(6, "other", status="scheduled", queued_at=None)
    mine = await store.models.open_counts("main")
    assert (
        OpenRow(
            tenant="main", engine="auto", priority="normal", status="queued", count=2, oldest=oldest
        )
        in mine
    )
    assert sorted((one.engine, one.priority, one.status, one.count) for one in mine) == [
        ("auto", "normal", "queued", 2),
        ("auto", "normal", "running", 1),
        ("docker", "high", "queued", 1),
    ]
    everybody = await store.models.open_counts(None)
    assert [(one.status, one.oldest) for one in everybody if one.tenant == "other"] == [
        ("scheduled", None)
    ]


async def test_waits_and_throughput_are_those_of_the_time_asked_for(store: Store) -> None:
    for number in range(1, 11):
        started = ago(10)
        await store.row(
            number,
            status="completed",
            queued_at=started - timedelta(seconds=number),
            started_at=started,
            completed_at=ago(5),
        )
    await store.row(20, status="completed", started_at=ago(900), completed_at=ago(800))
    await store.row(21, "other", status="running", started_at=ago(1), queued_at=ago(2))
    times = await store.models.wait_times("main", 60)
    assert (times.started, times.completed, times.completed_per_second) == (10, 10, 10 / 60)
    assert times.wait_p50 == pytest.approx(5.5, abs=0.6)
    assert times.wait_p99 == pytest.approx(10, abs=0.2)
    assert (await store.models.wait_times(None, 60)).started == 11
    nothing = await store.models.wait_times("nobody", 60)
    assert (nothing.started, nothing.wait_p50) == (0, None)


async def test_only_its_own_kind_that_waits_is_ahead(store: Store) -> None:
    await store.row(1, queued_at=ago(9))
    await store.row(2, queued_at=ago(8), status="running")
    await store.row(3, queued_at=ago(7), priority="low")
    await store.row(4, "other", queued_at=ago(6))
    await store.row(5, queued_at=ago(5))
    await store.row(7, queued_at=ago(3))
    view = await store.row(6, queued_at=ago(4))
    assert await store.models.ahead("main", view) == 2
