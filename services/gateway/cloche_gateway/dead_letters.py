"""``/v1/dead-letters``: what was given up, to be read, sent on its way again, or thrown away."""

from typing import Annotated

import msgspec
from cloche_schemas.dead_letters import (
    DeadLetter,
    DeadLetterPage,
    LetterKind,
    NotRequeued,
    PurgeReport,
    Requeued,
    RequeueReport,
    SelectDeadLetters,
)
from fastapi import APIRouter, Depends, Query, Request
from pydantic import AwareDatetime
from starlette.responses import Response

from cloche_gateway.authentication import Caller, TheOperator, TheReader
from cloche_gateway.bodies import decode_body, read_body
from cloche_gateway.deps import Gateway, TheGateway
from cloche_gateway.evaluations import json_response
from cloche_gateway.letter_pages import Pages, Selection
from cloche_gateway.letters import Wanted, one, owners, payload_of, view_of, whole_view
from cloche_gateway.openapi import answers, takes
from cloche_gateway.paging import Way, links
from cloche_gateway.planned_route import PlannedRoute
from cloche_gateway.problems import ClientError
from cloche_gateway.requeueing import no_such_letter, requeue, requeue_parked

router = APIRouter(route_class=PlannedRoute, tags=["dead letters"])
COLLECTION = "/v1/dead-letters"

_selections = msgspec.json.Decoder(SelectDeadLetters)


async def _wanted(
    kind: Annotated[LetterKind | None, Query(description="only those of this kind")] = None,
    reason: Annotated[str | None, Query(max_length=256, description="only with it")] = None,
    handler: Annotated[str | None, Query(max_length=64, description="only given up by it")] = None,
    since: Annotated[AwareDatetime | None, Query(description="only those put aside since")] = None,
) -> Wanted:
    return Wanted(kind=kind, reason=reason, handler=handler, since=since)


@router.get(
    COLLECTION,
    summary="List dead letters, oldest first",
    responses=answers(200, DeadLetterPage, 400, 401, 403, 422, 503),
)
async def list_letters(
    request: Request,
    gateway: TheGateway,
    caller: TheReader,
    wanted: Annotated[Wanted, Depends(_wanted)],
    limit: Annotated[int, Query(ge=1, le=200, description="items of a page")] = 50,
    cursor: Annotated[
        str | None, Query(description="next_cursor or prev_cursor of another page")
    ] = None,
) -> Response:
    """Evaluations that were given up after their last attempt, and messages that a service could not digest. A page may
    hold fewer than `limit`, or none, and still lead to another. The header Link has the pages around (RFC 8288)."""
    letters = gateway.deps.bus.letters
    pages = Pages(letters, owners(caller), wanted, pointer="/query/cursor")
    found = await pages.page(cursor, limit)
    around: dict[Way, str | None] = {"next": found.next_cursor, "prev": found.prev_cursor}
    cursors = {way: there for way, there in around.items() if there is not None}
    page = DeadLetterPage(
        items=tuple(map(view_of, found.items)),
        next_cursor=found.next_cursor,
        prev_cursor=found.prev_cursor,
    )
    return json_response(page, 200, links(request, COLLECTION, cursors))


@router.post(
    COLLECTION + "/requeue",
    summary="Run the evaluations of dead letters again",
    responses=answers(200, RequeueReport, 400, 401, 403, 408, 413, 415, 422, 503),
    openapi_extra=takes(SelectDeadLetters),
)
async def requeue_letters(request: Request, gateway: TheGateway, caller: TheOperator) -> Response:
    """As a requeue of each letter that fits; those that carry no submission stay, with the reason. Asked again after no
    answer, what is done is not done twice."""
    found = await _selected(request, gateway, caller)
    items: list[Requeued] = []
    refused: list[NotRequeued] = []
    for parked in found.items:
        try:
            items.append(await requeue_parked(gateway, parked))
        except ClientError as error:
            letter = view_of(parked).id
            refused.append(NotRequeued(letter=letter, code=error.slug, detail=error.detail))
    report = RequeueReport(
        requeued=len(items),
        items=tuple(items),
        refused=tuple(refused),
        next_cursor=found.next_cursor,
    )
    return json_response(report, 200)


@router.post(
    COLLECTION + "/purge",
    summary="Throw dead letters away",
    responses=answers(200, PurgeReport, 400, 401, 403, 408, 413, 415, 422, 503),
    openapi_extra=takes(SelectDeadLetters),
)
async def purge_letters(request: Request, gateway: TheGateway, caller: TheOperator) -> Response:
    """The log keeps what happened; only what was put aside of it is gone."""
    found = await _selected(request, gateway, caller)
    for parked in found.items:
        await gateway.deps.bus.letters.remove(parked)
    report = PurgeReport(purged=len(found.items), next_cursor=found.next_cursor)
    return json_response(report, 200)


@router.get(
    COLLECTION + "/{id}",
    summary="Read a dead letter",
    responses=answers(200, DeadLetter, 401, 403, 404, 503),
)
async def get(id: str, gateway: TheGateway, caller: TheReader) -> Response:  # noqa: A002
    """With its whole payload: as JSON if it is that, else in base64."""
    deps = gateway.deps
    parked = await one(deps.bus.letters, owners(caller), id)
    if parked is None:
        raise no_such_letter()
    return json_response(whole_view(parked, await payload_of(deps, parked)), 200)


@router.post(
    COLLECTION + "/{id}/requeue",
    summary="Run the evaluation of a dead letter again",
    responses=answers(202, Requeued, 401, 403, 404, 409, 422, 503),
    status_code=202,
)
async def requeue_letter(
    id: str,  # noqa: A002
    gateway: TheGateway,
    caller: TheOperator,
) -> Response:
    """As a new evaluation with the same submission. Asked for again, the answer is the same."""
    answer = await requeue(gateway, owners(caller), caller.tenant, id)
    return json_response(answer, 202, {"Location": answer.links["self"]})


@router.delete(
    COLLECTION + "/{id}",
    summary="Throw a dead letter away",
    responses=answers(200, DeadLetter, 401, 403, 404, 503),
)
async def delete(id: str, gateway: TheGateway, caller: TheOperator) -> Response:  # noqa: A002
    """The answer is what it was."""
    parked = await one(gateway.deps.bus.letters, owners(caller), id)
    if parked is None:
        raise no_such_letter()
    await gateway.deps.bus.letters.remove(parked)
    return json_response(view_of(parked), 200)


async def _selected(request: Request, gateway: Gateway, caller: Caller) -> Selection:
    """What the body selects of the caller's letters."""
    wish = decode_body(await read_body(request, gateway.settings), _selections)
    wanted = Wanted(kind=wish.kind, reason=wish.reason, handler=wish.handler, since=wish.since)
    pages = Pages(gateway.deps.bus.letters, owners(caller), wanted, pointer="/cursor")
    return await pages.forwards(wish.cursor, wish.limit)
