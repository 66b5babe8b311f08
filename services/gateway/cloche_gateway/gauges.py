"""What every gateway measures for everybody, every few seconds: streams, durables, and how long the oldest has waited.

All of them show the same, so queries take `max` over gateways. Tenants are added up: labels have few values.
"""

import asyncio
from collections.abc import Iterable
from contextlib import AsyncExitStack, suppress
from datetime import datetime
from typing import get_args

from cloche_kit.bus import BusUnavailable
from cloche_kit.log import utcnow
from cloche_kit.logs import get_logger
from cloche_schemas import subjects
from cloche_schemas.values import TERMINAL_STATUSES, EngineChoice, Priority, Status
from prometheus_client import Gauge

from cloche_gateway.deps import Deps
from cloche_gateway.queue_models import OpenRow
from cloche_gateway.read_models import ReadModelsUnavailable

SECONDS = 10.0
OLDEST = Gauge(
    "cloche_queue_oldest_seconds",
    "How long the one that is queued longest has waited",
    ["engine", "priority"],
)
OPEN = Gauge("cloche_evaluations_open", "Evaluations that are not over", ["status"])
_OPEN: tuple[Status, ...] = tuple(one for one in get_args(Status) if one not in TERMINAL_STATUSES)
_log = get_logger(__name__)


async def keep_measuring(deps: Deps, *, stop: asyncio.Event, seconds: float = SECONDS) -> None:
    """Measure until `stop`. Who does not answer is asked again; what it said last stays."""
    while not stop.is_set():
        try:
            await _measure(deps, stop, seconds)
        except BusUnavailable as error:
            _log.debug("streams_not_measured", error=str(error))
            await _pause(stop, seconds)


def show(rows: Iterable[OpenRow], now: datetime) -> None:
    """Set the gauges of what is open."""
    oldest: dict[tuple[EngineChoice, Priority], float] = dict.fromkeys(subjects.WORK_DURABLES, 0.0)
    counts: dict[Status, int] = dict.fromkeys(_OPEN, 0)
    for row in rows:
        counts[row.status] = counts.get(row.status, 0) + row.count
        key = (row.engine, row.priority)
        if row.status == "queued" and row.oldest is not None and key in oldest:
            oldest[key] = max(oldest[key], (now - row.oldest).total_seconds())
    for labels, waited in oldest.items():
        OLDEST.labels(*labels).set(waited)
    for status, count in counts.items():
        OPEN.labels(status).set(count)


async def _measure(deps: Deps, stop: asyncio.Event, seconds: float) -> None:
    async with AsyncExitStack() as stack:
        if deps.streams is not None:
            await stack.enter_async_context(deps.streams.hearing())
        while not stop.is_set():
            with suppress(ReadModelsUnavailable):
                show(await deps.read_models.open_counts(None), utcnow())
            if deps.streams is not None:
                await deps.streams.measure()
            await _pause(stop, seconds)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()
