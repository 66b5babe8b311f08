"""Batches, as the projector's rows of their evaluations tell them: PostgreSQL, and one in memory.

There is no row of a batch. Its first evaluation says what it is called and how large it is, and all of them how far.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec
from cloche_schemas.batches import BatchView
from cloche_schemas.subjects import Address
from cloche_schemas.values import TERMINAL_STATUSES, BatchPlace, Outcome, Status
from cloche_schemas.views import EvaluationView
from msgspec import Struct
from msgspec.structs import replace

from cloche_gateway.cursors import BatchCursor, MemberCursor


class Count(Struct, frozen=True, array_like=True):
    """Evaluations of a batch with the same status and outcome."""

    status: Status
    outcome: Outcome | None
    number: int


class BatchModels(Protocol):
    """Read-only, a moment behind the log. Every call may raise `ReadModelsUnavailable`."""

    async def batch(self, tenant: str, batch: str) -> BatchView | None:
        """None if the projector has not got to its first evaluation, or there is no such batch."""
        ...

    async def page(self, tenant: str, *, limit: int, after: BatchCursor | None) -> list[BatchView]:
        """Up to `limit` batches of a tenant, newest first, beyond `after`: the nearest before it, if it leads back."""
        ...

    async def members(
        self, tenant: str, start: MemberCursor, *, limit: int
    ) -> list[EvaluationView]:
        """Up to `limit` evaluations of a batch with its filters, in order of their index, beyond that of `start` or, if
        it leads back, the nearest before it; without artifacts."""
        ...

    async def over(self, tenant: str, batch: str) -> dict[int, Outcome | None]:
        """The outcome of each evaluation of a batch that is over, by index; None of one that was given up."""
        ...


def view_of(
    place: BatchPlace,
    created_at: datetime | None,
    counts: list[Count],
    completed_at: datetime | None,
) -> BatchView:
    """A batch by what is known of its evaluations. Those that are not known have been queued."""
    by_status: Counter[Status] = Counter()
    by_outcome: Counter[Outcome] = Counter()
    for count in counts:
        by_status[count.status] += count.number
        if count.outcome is not None:
            by_outcome[count.outcome] += count.number
    if unknown := place.size - by_status.total():
        by_status["queued"] += unknown
    over = sum(by_status[status] for status in TERMINAL_STATUSES)
    return BatchView(
        id=place.id,
        name=place.name,
        size=place.size,
        concurrency=place.concurrency,
        by_status={status: number for status, number in by_status.items() if number},
        by_outcome=dict(by_outcome),
        created_at=created_at,
        completed_at=completed_at if over == place.size else None,
    )


_COUNTED = """
SELECT (f.view -> 'batch')::text, f.submitted_at, m.counts::text, m.ended
FROM ({first}) AS f
CROSS JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_array(g.status, g.outcome, g.number)) AS counts, max(g.ended) AS ended
    FROM (
        SELECT e.status, e.outcome, count(*) AS number, max(e.completed_at) AS ended
        FROM evaluations AS e WHERE e.tenant = f.tenant AND e.batch = f.batch GROUP BY e.status, e.outcome
    ) AS g
) AS m
ORDER BY f.submitted_at DESC, f.batch DESC
"""
_BATCH = _COUNTED.format(
    first="SELECT * FROM evaluations WHERE tenant = $1 AND batch = $2 AND batch_index = 0"
)
_BATCHES, _BATCHES_BACK = (
    _COUNTED.format(
        first=f"""
    SELECT * FROM evaluations
    WHERE tenant = $1 AND batch_index = 0
      AND ($2::timestamptz IS NULL OR (submitted_at, batch) {beyond} ($2, $3))
    ORDER BY submitted_at {direction}, batch {direction}
    LIMIT $4
"""  # noqa: S608 - made of our own words
    )
    for beyond, direction in (("<", "DESC"), (">", "ASC"))
)
_MEMBERS, _MEMBERS_BACK = (
    f"""
SELECT (view - '{{artifacts,skipped_artifacts}}'::text[])::text FROM evaluations
WHERE tenant = $1 AND batch = $2 AND batch_index {beyond} $3
  AND ($4::text IS NULL OR status = $4)
  AND ($5::text IS NULL OR outcome = $5)
ORDER BY batch_index {direction}
LIMIT $6
"""  # noqa: S608 - made of our own words
    for beyond, direction in ((">", "ASC"), ("<", "DESC"))
)
_OVER = """
SELECT batch_index, outcome FROM evaluations
WHERE tenant = $1 AND batch = $2 AND status = ANY($3::text[])
"""

_places = msgspec.json.Decoder(BatchPlace)
_counts = msgspec.json.Decoder(list[Count])
_views = msgspec.json.Decoder(EvaluationView)

Fetch = Callable[..., Awaitable[list[Any]]]


class PostgresBatches:
    """`BatchModels` over the projector's tables. `fetch` runs a query; its errors are `ReadModelsUnavailable`."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    async def batch(self, tenant: str, batch: str) -> BatchView | None:
        rows = await self._fetch(_BATCH, tenant, UUID(batch))
        return _batch_of(rows[0]) if rows else None

    async def page(self, tenant: str, *, limit: int, after: BatchCursor | None) -> list[BatchView]:
        place = (after.created_at, UUID(after.id)) if after else (None, None)
        query = _BATCHES_BACK if after is not None and after.back else _BATCHES
        rows = await self._fetch(query, tenant, *place, limit)
        return [_batch_of(row) for row in rows]

    async def members(
        self, tenant: str, start: MemberCursor, *, limit: int
    ) -> list[EvaluationView]:
        query = _MEMBERS_BACK if start.back else _MEMBERS
        filters = (start.index, start.status, start.outcome)
        rows = await self._fetch(query, tenant, UUID(start.batch), *filters, limit)
        found = [_views.decode(row[0]) for row in rows]
        return found[::-1] if start.back else found

    async def over(self, tenant: str, batch: str) -> dict[int, Outcome | None]:
        rows = await self._fetch(_OVER, tenant, UUID(batch), sorted(TERMINAL_STATUSES))
        return {index: outcome for index, outcome in rows}  # noqa: C416 - records are no tuples


def _batch_of(row: Any) -> BatchView:
    place, created_at, counts, ended = row
    return view_of(_places.decode(place), created_at, _counts.decode(counts), ended)


class MemoryBatches:
    """`BatchModels` over views in a dictionary."""

    def __init__(self, views: Mapping[Address, EvaluationView]) -> None:
        self._views = views

    async def batch(self, tenant: str, batch: str) -> BatchView | None:
        views = self._of(tenant, batch)
        if 0 not in views:
            return None
        counted = Counter((view.status, view.outcome) for view in views.values())
        counts = [Count(*group, number) for group, number in counted.items()]
        ended = [view.completed_at for view in views.values() if view.completed_at is not None]
        first = views[0]
        assert first.batch is not None  # noqa: S101 - it is of a batch
        return view_of(first.batch, first.submitted_at, counts, max(ended, default=None))

    async def page(self, tenant: str, *, limit: int, after: BatchCursor | None) -> list[BatchView]:
        ids = {v.batch.id for a, v in self._views.items() if a.tenant == tenant and v.batch}
        found = [view for id_ in ids if (view := await self.batch(tenant, id_)) is not None]

        def place(view: BatchView) -> tuple[float, str]:
            return (view.created_at.timestamp() if view.created_at else 0.0, view.id)

        found.sort(key=place, reverse=True)
        if after is None:
            return found[:limit]
        edge = (after.created_at.timestamp(), after.id)
        if after.back:
            return [view for view in found if place(view) > edge][-limit:]
        return [view for view in found if place(view) < edge][:limit]

    async def members(
        self, tenant: str, start: MemberCursor, *, limit: int
    ) -> list[EvaluationView]:
        found = [
            replace(view, artifacts=(), skipped_artifacts=())
            for index, view in self._of(tenant, start.batch).items()
            if (index < start.index if start.back else index > start.index)
            and start.status in {None, view.status}
            and start.outcome in {None, view.outcome}
        ]
        return found[-limit:] if start.back else found[:limit]

    async def over(self, tenant: str, batch: str) -> dict[int, Outcome | None]:
        views = self._of(tenant, batch)
        return {n: view.outcome for n, view in views.items() if view.status in TERMINAL_STATUSES}

    def _of(self, tenant: str, batch: str) -> dict[int, EvaluationView]:
        found = {
            view.batch.index: view
            for address, view in self._views.items()
            if address.tenant == tenant and view.batch is not None and view.batch.id == batch
        }
        return dict(sorted(found.items()))
