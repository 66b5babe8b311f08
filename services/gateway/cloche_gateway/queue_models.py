"""The queue as the read models tell it: what is open, how long it waited, and what is before it.

Part of `ReadModels` (read_models.py); the statements are here. A moment behind the log, like all of them.
"""

from datetime import datetime

import asyncpg
from cloche_schemas.queue import WaitTimes
from cloche_schemas.values import EngineChoice, Priority, Status
from cloche_schemas.views import EvaluationView
from msgspec import Struct, convert


class OpenRow(Struct, frozen=True, kw_only=True):
    """So many evaluations that are not over, alike in all this. `oldest`: since when the first of them is queued."""

    tenant: str
    engine: EngineChoice
    priority: Priority
    status: Status
    count: int
    oldest: datetime | None = None


OPEN = """
SELECT tenant, coalesce(engine, 'auto'), priority, status, count(*), min(queued_at) FROM evaluations
WHERE completed_at IS NULL AND ($1::text IS NULL OR tenant = $1)
GROUP BY tenant, coalesce(engine, 'auto'), priority, status
"""
# Only first attempts: of a later one the row does not know when the first had started.
TIMES = """
SELECT
    count(*) FILTER (WHERE started_at > since.at),
    count(*) FILTER (WHERE completed_at > since.at),
    percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (
        ORDER BY greatest(extract(epoch FROM started_at - queued_at), 0)
    ) FILTER (WHERE started_at > since.at AND queued_at IS NOT NULL)
FROM evaluations, (SELECT now() - make_interval(secs => $2) AS at) AS since
WHERE ($1::text IS NULL OR tenant = $1) AND (started_at > since.at OR completed_at > since.at)
"""
AHEAD = """
SELECT count(*) FROM evaluations
WHERE completed_at IS NULL AND tenant = $1 AND engine = $2 AND priority = $3
  AND status = 'queued' AND (queued_at, id) < ($4, $5)
"""


def open_rows(records: list[asyncpg.Record]) -> list[OpenRow]:
    names = OpenRow.__struct_fields__
    return [convert(dict(zip(names, record, strict=True)), OpenRow) for record in records]


def wait_times(record: asyncpg.Record, seconds: float) -> WaitTimes:
    started, completed, percentiles = record
    p50, p95, p99 = percentiles or (None, None, None)
    return _times(seconds, started, completed, (p50, p95, p99))


def _times(
    seconds: float,
    started: int,
    completed: int,
    waits: tuple[float | None, float | None, float | None],
) -> WaitTimes:
    return WaitTimes(
        seconds=seconds,
        started=started,
        completed=completed,
        completed_per_second=completed / seconds,
        wait_p50=waits[0],
        wait_p95=waits[1],
        wait_p99=waits[2],
    )


def count_open(rows: list[tuple[str, EvaluationView]]) -> list[OpenRow]:
    """The same in memory."""
    found: dict[tuple[str, EngineChoice, Priority, Status], list[datetime | None]] = {}
    for tenant, view in rows:
        if view.completed_at is None:
            key = (tenant, view.engine_requested, view.priority, view.status)
            found.setdefault(key, []).append(view.queued_at)
    return [
        OpenRow(
            tenant=key[0],
            engine=key[1],
            priority=key[2],
            status=key[3],
            count=len(times),
            oldest=min((one for one in times if one is not None), default=None),
        )
        for key, times in found.items()
    ]


def times_of(views: list[EvaluationView], since: datetime, seconds: float) -> WaitTimes:
    """The same in memory; percentiles by the nearest rank."""
    started = [one for one in views if one.started_at is not None and one.started_at > since]
    waits = sorted(
        max((one.started_at - one.queued_at).total_seconds(), 0.0)
        for one in started
        if one.started_at is not None and one.queued_at is not None
    )

    def rank(fraction: float) -> float | None:
        return waits[min(len(waits) - 1, int(fraction * len(waits)))] if waits else None

    ended = sum(1 for one in views if one.completed_at is not None and one.completed_at > since)
    return _times(seconds, len(started), ended, (rank(0.5), rank(0.95), rank(0.99)))
