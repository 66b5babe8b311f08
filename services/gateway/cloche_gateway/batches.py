"""Batches: submit many evaluations at once, follow them, cancel them, run again what failed."""

from contextlib import aclosing
from typing import Annotated
from urllib.parse import urlencode

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
from cloche_gateway.openapi import answers, cached, takes
from cloche_gateway.problems import ClientError
from cloche_gateway.rate_costs import Charge, batch_units
from cloche_gateway.reading import address_of, find
from cloche_gateway.representations import conditional

router = APIRouter(tags=["batches"])
COLLECTION = "/v1/batches"

_batches = msgspec.json.Decoder(SubmitBatch)
_reruns = msgspec.json.Decoder(RerunBatch)
_FAILED = RerunBatch()

Limit = Annotated[int, Query(ge=1, le=200, description="items of a page")]
CursorText = Annotated[str | None, Query(description="next_cursor of the page before")]


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
    responses=answers(200, BatchPage, 400, 401, 403, 422, 503),
)
async def list_batches(
    gateway: TheGateway, caller: TheReader, limit: Limit = 20, cursor: CursorText = None
) -> Response:
    """From the read model, so a batch appears a moment after it was accepted."""
    try:
        after = None if cursor is None else BatchCursor.decode(cursor)
    except BadCursor as error:
        raise bad_cursor(str(error)) from error
    found = await gateway.deps.read_models.batches.page(caller.tenant, limit=limit + 1, after=after)
    items, headers, following = tuple(found[:limit]), {}, None
    if len(found) > limit and items[-1].created_at is not None:
        following = BatchCursor(items[-1].created_at, items[-1].id).encode()
        headers = _next(COLLECTION, {"limit": limit, "cursor": following})
    return json_response(BatchPage(items=items, next_cursor=following), 200, headers)


@router.get(
    COLLECTION + "/{id}",
    summary="Read a batch: how far it is",
    responses=cached(answers(200, BatchView, 401, 403, 404, 422, 503)),
)
async def get(
    id: str,  # noqa: A002
    request: Request,
    gateway: TheGateway,
    caller: TheReader,
) -> Response:
    """Counts by status and outcome; known as soon as the batch was accepted."""
    address_of(caller.tenant, id)
    view = await gateway.deps.read_models.batches.batch(caller.tenant, id)
    if view is None:
        first = await _first(gateway.deps, caller.tenant, id)
        place, count = _place(first), Count(first.status, first.outcome, 1)
        view = view_of(place, first.submitted_at, [count], first.completed_at)
    return conditional(request, view)


@router.get(
    COLLECTION + "/{id}/evaluations",
    summary="List the evaluations of a batch, in order",
    responses=answers(200, EvaluationPage, 400, 401, 403, 404, 422, 503),
)
async def list_members(  # noqa: PLR0913, PLR0917 - the parameters of a query
    id: str,  # noqa: A002
    gateway: TheGateway,
    caller: TheReader,
    limit: Limit = 50,
    status: Annotated[Status | None, Query(description="only those in this status")] = None,
    outcome: Annotated[Outcome | None, Query(description="only those with this outcome")] = None,
    cursor: CursorText = None,
) -> Response:
    """In the order of the submission. What the read model does not know yet is read from the log."""
    address_of(caller.tenant, id)
    filters = MemberCursor(id, -1, status, outcome)
    after = -1 if cursor is None else _after(cursor, filters)
    models = gateway.deps.read_models.batches
    found = await models.members(
        caller.tenant, id, limit=limit + 1, after=after, status=status, outcome=outcome
    )
    if not found and await models.batch(caller.tenant, id) is None:
        found = await _from_log(gateway.deps, caller.tenant, filters, after, limit + 1)
    items, headers, following = tuple(found[:limit]), {}, None
    if len(found) > limit:
        last = MemberCursor(id, _place(items[-1]).index, status, outcome)
        following = last.encode()
        query = {"limit": limit, "cursor": following, "status": status, "outcome": outcome}
        headers = _next(f"{COLLECTION}/{id}/evaluations", query)
    return json_response(EvaluationPage(items=items, next_cursor=following), 200, headers)


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
    deps: Deps, tenant: str, filters: MemberCursor, after: int, limit: int
) -> list[EvaluationView]:
    """A page of a batch that the read model has not got to."""
    size = (await place_of(deps, tenant, filters.batch)).size

    async def read(index: int) -> EvaluationView:
        return (await find(deps, address_of(tenant, member_id(filters.batch, index)))).view

    found: list[EvaluationView] = []
    async with aclosing(batching.each(range(after + 1, size), read)) as views:
        async for view in views:
            if (filters.status or view.status, filters.outcome or view.outcome) == (
                view.status,
                view.outcome,
            ):
                found.append(view)
            if len(found) == limit:
                break
    return found


def _after(text: str, filters: MemberCursor) -> int:
    """The index that a cursor of a page with these filters stands for."""
    try:
        cursor = MemberCursor.decode(text)
    except BadCursor as error:
        raise bad_cursor(str(error)) from error
    if msgspec.structs.replace(cursor, index=-1) != filters:
        raise bad_cursor("it belongs to another batch or filter")
    return cursor.index


def _next(path: str, query: dict[str, object]) -> dict[str, str]:
    asked = {name: value for name, value in query.items() if value is not None}
    return {"Link": f'<{path}?{urlencode(asked)}>; rel="next"'}
