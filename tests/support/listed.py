"""Evaluations where an adapter of the read models reads them: in memory, or by the projector's own statements."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from cloche_domain import Evaluation
from cloche_domain.words import words
from cloche_gateway.memory_read_models import MemoryReadModels
from cloche_gateway.read_models import ReadModels, Row, open_read_models
from cloche_projector import layout, tables
from cloche_projector.connections import connect
from cloche_projector.layout import CURRENT, LIVE, NAME
from cloche_projector.projection import Changes
from cloche_projector.projection import Row as Projected
from cloche_schemas.subjects import Address
from cloche_schemas.views import AttemptView, EvaluationView

NOON = datetime(2026, 11, 26, 12, 0, 0, 123456, tzinfo=UTC)


def id_of(number: int) -> str:
    return str(UUID(int=number))


def ended(number: int, **fields: Any) -> EvaluationView:
    """An evaluation that is over: by its number submitted, and ended after it had run for `run` seconds."""
    run = fields.pop("run", 1.0)
    at = NOON + timedelta(seconds=number)
    outcome = fields.pop("outcome", "succeeded")
    attempt = AttemptView(
        number=1,
        queued_at=at,
        started_at=at + timedelta(seconds=1),
        ended_at=at + timedelta(seconds=1 + run),
        outcome=outcome,
        reason=None if outcome else "executor_lost",
    )
    known: dict[str, Any] = {
        "id": id_of(number),
        "status": "completed" if outcome else "dead_lettered",
        "outcome": outcome,
        "attempts": (attempt,),
        "submitted_at": at,
        "queued_at": attempt.queued_at,
        "started_at": attempt.started_at,
        "completed_at": attempt.ended_at,
        "sequence": 3,
    }
    return EvaluationView(**(known | fields))


def waiting(number: int, **fields: Any) -> EvaluationView:
    """One that is queued."""
    at = NOON + timedelta(seconds=number)
    known: dict[str, Any] = {"status": "queued", "submitted_at": at, "queued_at": at, "sequence": 1}
    return EvaluationView(id=id_of(number), **(known | fields))


class Store:
    """`put` as the projector would; `dsn` is None of the adapter in memory."""

    def __init__(self, models: ReadModels, dsn: str | None = None) -> None:
        self.models = models
        self.dsn = dsn

    async def put(self, view: EvaluationView, text: str = "", *, tenant: str = "main") -> None:
        state = Evaluation(number=view.sequence)
        if isinstance(self.models, MemoryReadModels):
            address = Address(tenant, view.id)
            self.models.rows[address] = Row(view, state, 1)
            self.models.texts[address] = words(text)
            return
        assert self.dsn is not None
        key = (tenant, view.id)
        changes = Changes(
            {key: Projected(view, state, 1)},
            [],
            {},
            [],
            texts={key: " ".join(words(text))},
            ends={key: view} if view.completed_at else {},
        )
        async with connect(self.dsn, LIVE) as connection:
            before = await layout.read(connection, LIVE)
            assert before is not None
            after = before.sequence + 1
            await tables.write(connection, NAME, before=before, after=after, changes=changes)


@asynccontextmanager
async def store_of(kind: str, dsn: str | None = None) -> AsyncIterator[Store]:
    """An empty one. `dsn`: of an empty database, for ``postgres``."""
    if kind == "memory":
        yield Store(MemoryReadModels())
        return
    assert dsn is not None
    async with connect(dsn, LIVE) as connection:
        await layout.make(connection, LIVE, CURRENT, "epoch", live=True)
    async with open_read_models(dsn) as models:
        yield Store(models, dsn)
