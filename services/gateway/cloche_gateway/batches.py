"""Batches: submit many evaluations at once, follow them, cancel them, run again what failed."""

from collections.abc import Sequence
from contextlib import aclosing
from typing import Annotated

import msgspec
from cloche_schemas.batches import (
    BatchAccepted,
    BatchCancelled,
    BatchPage,
    BatchView,
    RerunBatch,
    SubmitBatch,
    member_id,
)
from cloche_schemas.commands import CancelEvaluation
from cloche_schemas.values import BatchPlace, Outcome, Status
from cloche_schemas.views import EvaluationPage, EvaluationView
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from cloche_gateway import batching, grid
from cloche_gateway.authentication import Caller, TheReader, TheWriter
from cloche_gateway.batch_models import Count, view_of
from cloche_gateway.batching import SubmittedBatch
from cloche_gateway.bodies import decode_body, read_body
from cloche_gateway.cursors import BadCursor, BatchCursor, MemberCursor
from cloche_gateway.deps import Deps, Gateway, TheGateway
from cloche_gateway.evaluations import bad_cursor, json_response, reason_of
from cloche_gateway.idempotency import REPLAYED, TheKey
from cloche_gateway.openapi import answers, cached, of_rows, takes
from cloche_gateway.paging import Way, links, ways
from cloche_gateway.planned_route import PlannedRoute
from cloche_gateway.problems import ClientError
from cloche_gateway.rate_costs import Charge, batch_units
from cloche_gateway.reading import address_of, find
from cloche_gateway.representations import conditional

router = APIRouter(route_class=PlannedRoute, tags=["batches"])
COLLECTION = "/v1/batches"

_batches = msgspec.json.Decoder(SubmitBatch)
_reruns = msgspec.json.Decoder(RerunBatch)
_FAILED = RerunBatch()

Limit = Annotated[int, Query(ge=1, le=200, description="items of a page")]
CursorText = Annotated[str | None, Query(description="next_cursor or prev_cursor of another page")]


@router.post(
    COLLECTION,
    summary="Submit many programs at once",
    responses=answers(202, BatchAccepted, 400, 401, 403, 408, 413, 415, 422, 429, 503),
    openapi_extra=takes(SubmitBatch),
    status_code=202,
)
async def submit(
    request: Request, gateway: TheGateway, caller: TheWriter, key: TheKey = None
) -> Response:
    """All of them are accepted, or none: `errors` points to the first one that may not be."""
    raw = await read_body(request, gateway.settings, most=gateway.settings.batch_bytes)
    body = decode_body(raw, _batches)
    await _charge(request, gateway, caller, grid.size_of(body, gateway.settings))
    return _accepted(await batching.submit(gateway, caller.tenant, body, key=key))


@router.get(
    COLLECTION,
    summary="List batches, newest first",
    responses=of_rows(answers(200, BatchPage, 400, 401, 403, 422, 503)),
)
async def list_batches(
    request: Request,
    gateway: TheGateway,
    caller: TheReader,
    limit: Limit = 20,
    cursor: CursorText = None,
) -> Response:
    """From the read model, so a batch appears a moment after it was accepted. The header Link leads to the pages around
    (RFC 8288)."""
    try:
        after = None if cursor is None else BatchCursor.decode(cursor)
    except BadCursor as error:
        raise bad_cursor(str(error)) from error
    lag = await gateway.read_lag.header()
    found = await gateway.deps.read_models.batches.page(caller.tenant, limit=limit + 1, after=after)
    back = after is not None and after.back
    items = tuple(found[-limit:] if back else found[:limit])
    there = ways(came=after is not None, back=back, more=len(found) > limit)
    cursors = {way: cursor for way in there if there[way] and (cursor := _batch_cursor(items, way))}
    page = BatchPage(items=items, next_cursor=cursors.get("next"), prev_cursor=cursors.get("prev"))
    return json_response(page, 200, lag | links(request, COLLECTION, cursors))


@router.get(
    COLLECTION + "/{id}",
    summary="Read a batch: how far it is",
    responses=of_rows(cached(answers(200, BatchView, 401, 403, 404, 422, 503))),
)
async def get(
    id: str,  # noqa: A002
    request: Request,
    gateway: TheGateway,
    caller: TheReader,
) -> Response:
    """Counts by status and outcome; known as soon as the batch was accepted."""
    address_of(caller.tenant, id)
    lag = await gateway.read_lag.header()
    view = await gateway.deps.read_models.batches.batch(caller.tenant, id)
    if view is None:
        lag = {}
        first = await _first(gateway.deps, caller.tenant, id)
        place, count = _place(first), Count(first.status, first.outcome, 1)
        view = view_of(place, first.submitted_at, [count], first.completed_at)
    return conditional(request, view, headers=lag)


@router.get(
    COLLECTION + "/{id}/evaluations",
    summary="List the evaluations of a batch, in order",
    responses=answers(200, EvaluationPage, 400, 401, 403, 404, 422, 503),
)
async def list_members(  # noqa: PLR0913, PLR0917 - the parameters of a query
    id: str,  # noqa: A002
    request: Request,
    gateway: TheGateway,
    caller: TheReader,
    limit: Limit = 50,
    status: Annotated[Status | None, Query(description="only those in this status")] = None,
    outcome: Annotated[Outcome | None, Query(description="only those with this outcome")] = None,
    cursor: CursorText = None,
) -> Response:
    """In the order of the submission. What the read model does not know yet is read from the log."""
    address_of(caller.tenant, id)
    start = MemberCursor(id, -1, status, outcome)
    start = start if cursor is None else _opened(cursor, start)
    models = gateway.deps.read_models.batches
    found = await models.members(caller.tenant, start, limit=limit + 1)
    if not found and await models.batch(caller.tenant, id) is None:
        found = await _from_log(gateway.deps, caller.tenant, start, limit + 1)
    items = tuple(found[-limit:] if start.back else found[:limit])
    there = ways(came=cursor is not None, back=start.back, more=len(found) > limit)
    cursors: dict[Way, str] = {}
    for way in there:
        if there[way] and items:
            edge = items[0] if way == "prev" else items[-1]
            index, back = _place(edge).index, way == "prev"
            cursors[way] = MemberCursor(id, index, status, outcome, back).encode()
    page = EvaluationPage(
        items=items, next_cursor=cursors.get("next"), prev_cursor=cursors.get("prev")
    )
    return json_response(page, 200, links(request, f"{COLLECTION}/{id}/evaluations", cursors))


@router.post(
    COLLECTION + "/{id}/cancel",
    summary="Cancel what is left of a batch",
    responses=answers(202, BatchCancelled, 400, 401, 403, 404, 408, 413, 415, 422, 503),
    openapi_extra=takes(CancelEvaluation, required=False),
    status_code=202,
)
async def cancel(
    id: str,  # noqa: A002
    request: Request,
    gateway: TheGateway,
    caller: TheWriter,
) -> Response:
    """Every evaluation that is not over, as if each had been cancelled by itself."""
    address_of(caller.tenant, id)
    reason = await reason_of(request, gateway)
    place = _place(await _first(gateway.deps, caller.tenant, id))
    cancelled = await batching.cancel(
        gateway.deps, caller.tenant, place, reason=reason, requested_by=caller.name
    )
    return json_response(cancelled, 202)


@router.post(
    COLLECTION + "/{id}/rerun",
    summary="Run again what failed, as a new batch",
    responses=answers(
        202, BatchAccepted, 400, 401, 403, 404, 408, 409, 410, 413, 415, 422, 429, 503
    ),
    openapi_extra=takes(RerunBatch, required=False),
    status_code=202,
)
async def rerun(
    id: str,  # noqa: A002
    request: Request,
    gateway: TheGateway,
    caller: TheWriter,
) -> Response:
    """The same submissions, read back from the log; `rerun_of` of each names the evaluation that it repeats."""
    address_of(caller.tenant, id)
    body = await read_body(request, gateway.settings, optional=True)
    wish = decode_body(body, _reruns) if body else _FAILED
    place = _place(await _first(gateway.deps, caller.tenant, id))
    await _charge(request, gateway, caller, place.size)
    return _accepted(await batching.rerun(gateway, caller.tenant, place, wish))


async def _charge(request: Request, gateway: Gateway, caller: Caller, size: int) -> None:
    """What a batch of `size` costs beyond its request. `rate_limited`."""
    charge = Charge("write", batch_units(size))
    await gateway.limiter.charge(request.scope, caller.name, caller.tenant, charge)


def _accepted(submitted: SubmittedBatch) -> Response:
    path = f"{COLLECTION}/{submitted.id}"
    parts = ("evaluations", "events", "cancel", "rerun")
    links = {"self": path} | {name: f"{path}/{name}" for name in parts}
    accepted = BatchAccepted(id=submitted.id, size=submitted.size, links=links)
    headers = {"Location": path} | (REPLAYED if submitted.replayed else {})
    return json_response(accepted, 202, headers)


async def place_of(deps: Deps, tenant: str, batch: str) -> BatchPlace:
    """What is known of a batch as soon as it was accepted: that of its first evaluation. `not_found`."""
    return _place(await _first(deps, tenant, batch))


async def _first(deps: Deps, tenant: str, batch: str) -> EvaluationView:
    """The first evaluation of a batch, which tells of the whole; `not_found` if there is no such batch."""
    try:
        known = await find(deps, address_of(tenant, member_id(batch, 0)))
    except ClientError as error:
        if error.slug != "not_found":
            raise
        raise ClientError("not_found", "there is no such batch") from error
    return known.view


def _place(view: EvaluationView) -> BatchPlace:
    """Where an evaluation of a batch belongs."""
    if view.batch is None:
        # Its id is made of a batch's, so nobody submits one without.
        raise ClientError("not_found", "there is no such batch")
    return view.batch


async def _from_log(
    deps: Deps, tenant: str, start: MemberCursor, limit: int
) -> list[EvaluationView]:
    """A page of a batch that the read model has not got to."""
    size = (await place_of(deps, tenant, start.batch)).size
    indexes = range(start.index - 1, -1, -1) if start.back else range(start.index + 1, size)

    async def read(index: int) -> EvaluationView:
        return (await find(deps, address_of(tenant, member_id(start.batch, index)))).view

    found: list[EvaluationView] = []
    async with aclosing(batching.each(indexes, read)) as views:
        async for view in views:
            if (start.status or view.status, start.outcome or view.outcome) == (
                view.status,
                view.outcome,
            ):
                found.append(view)
            if len(found) == limit:
                break
    return found[::-1] if start.back else found


def _opened(text: str, start: MemberCursor) -> MemberCursor:
    """The cursor of a page with the filters of `start`."""
    try:
        cursor = MemberCursor.decode(text)
    except BadCursor as error:
        raise bad_cursor(str(error)) from error
    if msgspec.structs.replace(cursor, index=-1, back=False) != start:
        raise bad_cursor("it belongs to another batch or filter")
    return cursor


def _batch_cursor(items: Sequence[BatchView], way: Way) -> str | None:
    """The place at the edge of a page; None if there is none to go on from."""
    back = way == "prev"
    edge = (items[0] if back else items[-1]) if items else None
    if edge is None or edge.created_at is None:
        return None
    return BatchCursor(edge.created_at, edge.id, back).encode()
