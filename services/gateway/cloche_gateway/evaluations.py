"""Evaluations: submit, read, list, cancel."""

from typing import Annotated
from urllib.parse import urlencode

import msgspec
from cloche_schemas.commands import CancelEvaluation, SubmitEvaluation
from cloche_schemas.subjects import Address
from cloche_schemas.values import EVALUATION_ID as ID
from cloche_schemas.values import Status
from cloche_schemas.views import Accepted, EvaluationPage, EvaluationView
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from cloche_gateway import cancellation, submission
from cloche_gateway.authentication import TheReader, TheWriter
from cloche_gateway.bodies import decode_body, read_body
from cloche_gateway.cursors import BadCursor, PageCursor
from cloche_gateway.deps import Gateway, TheGateway
from cloche_gateway.idempotency import REPLAYED, TheKey
from cloche_gateway.openapi import answers, takes
from cloche_gateway.problems import ClientError, at
from cloche_gateway.reading import address_of, find

router = APIRouter(tags=["evaluations"])
COLLECTION = "/v1/evaluations"

_submissions = msgspec.json.Decoder(SubmitEvaluation)
_cancels = msgspec.json.Decoder(CancelEvaluation)
_NO_REASON = CancelEvaluation()


@router.post(
    COLLECTION,
    summary="Submit a program",
    responses=answers(202, Accepted, 400, 401, 403, 408, 413, 415, 422, 429, 503),
    openapi_extra=takes(SubmitEvaluation),
    status_code=202,
)
async def submit(
    request: Request, gateway: TheGateway, caller: TheWriter, key: TheKey = None
) -> Response:
    """Accepted means that it lies on the log, durably, and will run: now, or when it is due; with an Idempotency-Key,
    once for each key."""
    body = decode_body(await read_body(request, gateway.settings), _submissions)
    submitted = await submission.submit(gateway, caller.tenant, body, key=key)
    address = submitted.address
    status: Status = "scheduled" if submitted.scheduled else "queued"
    accepted = Accepted(id=address.evaluation, status=status, links=links(address))
    headers = {"Location": f"{COLLECTION}/{address.evaluation}"}
    return json_response(accepted, 202, headers | (REPLAYED if submitted.replayed else {}))


@router.get(
    COLLECTION,
    summary="List evaluations, newest first",
    responses=answers(200, EvaluationPage, 400, 401, 403, 422, 503),
)
async def list_evaluations(
    gateway: TheGateway,
    caller: TheReader,
    limit: Annotated[int, Query(ge=1, le=200, description="items of a page")] = 50,
    status: Annotated[Status | None, Query(description="only those in this status")] = None,
    batch: Annotated[str | None, Query(description="only those of this batch", pattern=ID)] = None,
    cursor: Annotated[str | None, Query(description="next_cursor of the page before")] = None,
) -> Response:
    """From the read model, so a submission appears a moment after it was accepted."""
    after = page_cursor(cursor, status, batch)
    found = await gateway.deps.read_models.page(
        caller.tenant, limit=limit + 1, after=after, status=status, batch=batch
    )
    items, headers, following = tuple(found[:limit]), {}, None
    last = items[-1] if items else None
    if len(found) > limit and last is not None and last.submitted_at is not None:
        following = PageCursor(last.submitted_at, last.id, status, batch).encode()
        filters = {"status": status, "batch": batch}
        query = {"limit": limit, "cursor": following} | {k: v for k, v in filters.items() if v}
        headers["Link"] = f'<{COLLECTION}?{urlencode(query)}>; rel="next"'
    return json_response(EvaluationPage(items=items, next_cursor=following), 200, headers)


@router.get(
    COLLECTION + "/{id}",
    summary="Read an evaluation",
    responses=answers(200, EvaluationView, 401, 403, 404, 422, 503),
)
async def get(id: str, gateway: TheGateway, caller: TheReader) -> Response:  # noqa: A002
    """As of the last event on the log, also before the read model has it."""
    known = await find(gateway.deps, address_of(caller.tenant, id))
    return json_response(known.view, 200)


@router.post(
    COLLECTION + "/{id}/cancel",
    summary="Cancel an evaluation",
    responses=answers(202, EvaluationView, 400, 401, 403, 404, 408, 409, 413, 415, 422, 503),
    openapi_extra=takes(CancelEvaluation, required=False),
    status_code=202,
)
async def cancel(
    id: str,  # noqa: A002
    request: Request,
    gateway: TheGateway,
    caller: TheWriter,
) -> Response:
    """What waits ends at once; what runs ends as soon as its executor has killed it."""
    address = address_of(caller.tenant, id)
    reason = await reason_of(request, gateway)
    known = await cancellation.cancel(
        gateway.deps, address, reason=reason, requested_by=caller.name
    )
    return json_response(known.view, 202)


async def reason_of(request: Request, gateway: Gateway) -> str:
    """Why somebody cancels, from a body that may be absent."""
    body = await read_body(request, gateway.settings, optional=True)
    wish = decode_body(body, _cancels) if body else _NO_REASON
    if "\0" in wish.reason:
        detail = "must not contain the character U+0000"
        raise ClientError("invalid_body", detail, errors=at("/reason", detail))
    return wish.reason


def page_cursor(
    text: str | None, status: Status | None, batch: str | None = None
) -> PageCursor | None:
    """`text` as a cursor of a list with these filters; `invalid_cursor` if it is none."""
    if text is None:
        return None
    try:
        cursor = PageCursor.decode(text)
    except BadCursor as error:
        raise bad_cursor(str(error)) from error
    if (cursor.status, cursor.batch) != (status, batch):
        raise bad_cursor("it belongs to a list with another filter")
    return cursor


def bad_cursor(reason: str) -> ClientError:
    detail = f"cursor: {reason}"
    return ClientError("invalid_cursor", detail, errors=at("/query/cursor", detail))


def links(address: Address) -> dict[str, str]:
    path = f"{COLLECTION}/{address.evaluation}"
    return {
        "self": path,
        "events": f"{path}/events",
        "output": f"{path}/output",
        "cases": f"{path}/cases",
        "artifacts": f"{path}/artifacts",
        "attempts": f"{path}/attempts",
        "cancel": f"{path}/cancel",
    }


def json_response(
    body: msgspec.Struct, status: int, headers: dict[str, str] | None = None
) -> Response:
    return Response(
        msgspec.json.encode(body), status, headers=headers, media_type="application/json"
    )
