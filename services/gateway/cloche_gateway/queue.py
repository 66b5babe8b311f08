"""The queue: what waits and why, who works it off, and where an evaluation stands."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Annotated

from cloche_kit.queue import Depth
from cloche_schemas.queue import (
    ExecutorList,
    ExecutorState,
    QueueLine,
    QueuePlace,
    QueueView,
    TenantLoad,
)
from cloche_schemas.values import PRIORITIES
from cloche_schemas.views import EvaluationView
from fastapi import APIRouter, Query
from starlette.responses import Response

from cloche_gateway.admission import TenantCaps
from cloche_gateway.authentication import TheOperator, TheReader
from cloche_gateway.deps import TheGateway
from cloche_gateway.dispatcher import executors, slots_of
from cloche_gateway.evaluations import COLLECTION, json_response
from cloche_gateway.openapi import answers
from cloche_gateway.planned_route import PlannedRoute
from cloche_gateway.problems import ClientError
from cloche_gateway.queue_models import OpenRow
from cloche_gateway.reading import address_of, find
from cloche_gateway.turns import Counts, Line, line_of
from cloche_gateway.waiting import reason_of

router = APIRouter(route_class=PlannedRoute, tags=["queue"])


@router.get(
    "/v1/queue",
    summary="What waits, what runs, and how fast it goes",
    responses=answers(200, QueueView, 401, 403, 422, 503),
)
async def queue(
    gateway: TheGateway,
    caller: TheReader,
    everybody: Annotated[bool, Query(description="all tenants: for keys that may operate")] = False,
    seconds: Annotated[
        float, Query(gt=0, le=86_400, description="how far back waits and throughput go")
    ] = 300.0,
) -> Response:
    """Counts come from the read models, a moment behind the log; what is held from the queue itself."""
    if everybody and "operate" not in caller.scopes:
        raise ClientError(
            "forbidden", "this key may not operate", extensions={"required_scope": "operate"}
        )
    tenant = None if everybody else caller.tenant
    models, bus = gateway.deps.read_models, gateway.deps.bus
    rows, recent, depth, there = await asyncio.gather(
        models.open_counts(tenant),
        models.wait_times(tenant, seconds),
        bus.queue.depth(),
        executors(bus),
    )
    tenants = {caller.tenant} if tenant else {row.tenant for row in rows} | {caller.tenant}
    caps = TenantCaps(gateway.keyring, gateway.settings)
    view = QueueView(
        lines=tuple(_lines(rows, depth, datetime.now(UTC))),
        tenants=tuple(_load(one, rows, caps) for one in sorted(tenants)),
        recent=recent,
        slots=sum(one.slots for one in there if not one.draining),
        busy=sum(one.busy for one in there),
        executors=len(there),
    )
    return json_response(view, 200)


@router.get(
    "/v1/executors",
    summary="The executors that are there",
    responses=answers(200, ExecutorList, 401, 403, 503),
)
async def list_executors(gateway: TheGateway, _caller: TheOperator) -> Response:
    """What each said of itself within the last seconds."""
    there = await executors(gateway.deps.bus)
    return json_response(_executor_list(there), 200)


@router.get(
    COLLECTION + "/{id}/queue",
    summary="Where an evaluation stands in the queue",
    responses=answers(200, QueuePlace, 401, 403, 404, 422, 503),
)
async def place(id: str, gateway: TheGateway, caller: TheReader) -> Response:  # noqa: A002
    """Why it is not running, and how many of its own kind are before it."""
    known = await find(gateway.deps, address_of(caller.tenant, id))
    view = known.view
    if view.status in {"queued", "scheduled", "retry_pending"}:
        found = await _place(gateway, caller.tenant, view)
    else:
        found = QueuePlace(id=view.id, status=view.status)
    return json_response(found, 200)


async def _place(gateway: TheGateway, tenant: str, view: EvaluationView) -> QueuePlace:
    bus = gateway.deps.bus
    depth, there, ahead = await asyncio.gather(
        bus.queue.depth(), executors(bus), gateway.deps.read_models.ahead(tenant, view)
    )
    caps = TenantCaps(gateway.keyring, gateway.settings)
    reason, detail = reason_of(view, tenant, Counts(depth), slots_of(there), caps.running(tenant))
    waits = view.status == "queued"
    since = view.queued_at
    return QueuePlace(
        id=view.id,
        status=view.status,
        reason=reason,
        detail=detail,
        ahead=ahead if waits else None,
        waited_seconds=_age(since, datetime.now(UTC)) if waits else None,
        until=view.due_at if view.status == "scheduled" else None,
    )


def _lines(rows: Sequence[OpenRow], depth: Depth, now: datetime) -> Iterable[QueueLine]:
    """Most urgent first; of one priority the longest first."""
    held: dict[Line, int] = {}
    for subject, count in depth.held.items():
        if line := line_of(subject):
            key = Line(line.engine, line.priority, line.tenant)
            held[key] = held.get(key, 0) + count
    found: dict[Line, QueueLine] = {}
    for row in rows:
        key = Line(row.engine, row.priority, row.tenant)
        so_far = found.get(key) or QueueLine(
            tenant=row.tenant, engine=row.engine, priority=row.priority
        )
        found[key] = _counted(so_far, row, held.get(key, 0), now)
    order = {priority: number for number, priority in enumerate(PRIORITIES)}
    return sorted(found.values(), key=lambda one: (order[one.priority], -one.waiting, one.tenant))


def _counted(line: QueueLine, row: OpenRow, held: int, now: datetime) -> QueueLine:
    waiting, running, oldest = line.waiting, line.running, line.oldest_seconds
    if row.status == "queued":
        waiting, oldest = waiting + row.count, _age(row.oldest, now)
    elif row.status in {"running", "cancelling"}:
        running += row.count
    return QueueLine(
        tenant=line.tenant,
        engine=line.engine,
        priority=line.priority,
        waiting=waiting,
        # The rows are a moment behind: never more held than waits.
        held=min(held, waiting),
        running=running,
        oldest_seconds=oldest,
    )


def _load(tenant: str, rows: Sequence[OpenRow], caps: TenantCaps) -> TenantLoad:
    def count(*statuses: str) -> int:
        return sum(row.count for row in rows if row.tenant == tenant and row.status in statuses)

    return TenantLoad(
        tenant=tenant,
        waiting=count("queued"),
        running=count("running", "cancelling"),
        scheduled=count("scheduled"),
        retry_pending=count("retry_pending"),
        max_queued=caps.queued(tenant),
        max_running=caps.running(tenant),
    )


def _executor_list(there: list[ExecutorState]) -> ExecutorList:
    return ExecutorList(
        items=tuple(there),
        slots=sum(one.slots for one in there if not one.draining),
        busy=sum(one.busy for one in there),
    )


def _age(since: datetime | None, now: datetime) -> float | None:
    return None if since is None else max(0.0, (now - since).total_seconds())
