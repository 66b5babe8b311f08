"""``/v1/audit``: who did what, from where, and what became of it; to be searched, taken away and verified."""

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlencode

import msgspec
from cloche_kit.bus import BusError, Stored
from cloche_kit.ledgers import AuditLog
from cloche_schemas.audit import AuditOutcome, AuditPage, AuditReport, Head
from cloche_schemas.audit_chain import Walk
from fastapi import APIRouter, Depends, Query, Request
from msgspec import Struct
from pydantic import AwareDatetime
from starlette.responses import Response

from cloche_gateway.audit_reading import Wanted, all_of, messages_of, newest
from cloche_gateway.authentication import TheAdmin
from cloche_gateway.cursors import AuditCursor, BadCursor
from cloche_gateway.deps import TheGateway
from cloche_gateway.evaluations import bad_cursor, json_response
from cloche_gateway.event_stream import Bounds, EventStream
from cloche_gateway.failures import problem_of
from cloche_gateway.openapi import answers, lines_answer
from cloche_gateway.planned_route import PlannedRoute
from cloche_gateway.problems import ClientError, at, document

router = APIRouter(route_class=PlannedRoute, tags=["audit"])
COLLECTION = "/v1/audit"
NDJSON = "application/x-ndjson"
_MOST_KEPT = 200
_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
_HEAD = re.compile(r"(w[a-z2-7]{12})-([1-9][0-9]{0,17})-([0-9a-f]{64})")


class _Origin(Struct, frozen=True):
    """From where, and when."""

    address: str | None
    request_id: str | None
    since: datetime | None
    until: datetime | None


async def _origin(
    address: Annotated[str | None, Query(description="only from this peer")] = None,
    request_id: Annotated[str | None, Query(description="only this request")] = None,
    since: Annotated[AwareDatetime | None, Query(description="from this time on")] = None,
    until: Annotated[AwareDatetime | None, Query(description="before this time")] = None,
) -> _Origin:
    return _Origin(address, request_id, _within_reason(since), _within_reason(until))


async def _wanted(
    origin: Annotated[_Origin, Depends(_origin)],
    tenant: Annotated[str | None, Query(description="only of keys of this tenant")] = None,
    key: Annotated[str | None, Query(description="only of this key, or where it was named")] = None,
    action: Annotated[
        str | None, Query(description="only this one: POST /v1/keys/{key}/rotate")
    ] = None,
    outcome: Annotated[AuditOutcome | None, Query(description="only with it")] = None,
    target: Annotated[str | None, Query(description="only this address, or below it")] = None,
) -> Wanted:
    return Wanted(
        tenant=tenant,
        key=key,
        action=action,
        outcome=outcome,
        target=target,
        address=origin.address,
        request_id=origin.request_id,
        since=origin.since,
        until=origin.until,
    )


TheWanted = Annotated[Wanted, Depends(_wanted)]


@router.get(
    COLLECTION,
    summary="Read the audit log, newest first",
    responses=answers(200, AuditPage, 400, 401, 403, 422, 503),
)
async def list_entries(
    gateway: TheGateway,
    _caller: TheAdmin,
    wanted: TheWanted,
    limit: Annotated[int, Query(ge=1, le=200, description="items of a page")] = 50,
    cursor: Annotated[str | None, Query(description="next_cursor of the page before")] = None,
) -> Response:
    """Who did what from where, allowed or refused, of every tenant. A page may hold fewer than `limit`, or none, and
    still lead to a next one. An entry appears a moment after its request was answered."""
    log = gateway.deps.bus.ledgers.audit
    found = await newest(log, wanted, before=_cursor(cursor, wanted), limit=limit)
    headers, following = {}, None
    if found.cursor is not None:
        following = found.cursor.encode()
        given = msgspec.to_builtins(wanted)
        query = {name: value for name, value in given.items() if value is not None}
        query |= {"limit": limit, "cursor": following}
        headers["Link"] = f'<{COLLECTION}?{urlencode(query)}>; rel="next"'
    return json_response(AuditPage(items=found.items, next_cursor=following), 200, headers)


@router.get(
    COLLECTION + "/export",
    summary="Export the audit log",
    status_code=200,
    # FastAPI looks for it in the signature of the response class, which has none.
    response_class=EventStream,
    responses=lines_answer(401, 403, 422, 503),
)
async def export(
    request: Request, gateway: TheGateway, _caller: TheAdmin, wanted: TheWanted
) -> Response:
    """One entry a line, oldest first, up to the end as it is now. The last line is `{"end": true}`; where it is
    `{"problem": …}` instead, or missing, the rest is. Without a filter the lines can be verified by themselves."""
    log, settings = gateway.deps.bus.ledgers.audit, gateway.settings
    # What is wrong from the start is the answer's status.
    await log.state()
    bounds = Bounds(gateway.stop, settings.send_seconds, settings.reconnect_ms)
    return EventStream(
        _lines(request, log, wanted), bounds, media_type=NDJSON, farewell=b'{"reconnect":true}\n'
    )


@router.get(
    COLLECTION + "/verify",
    summary="Verify the audit log",
    responses=answers(200, AuditReport, 401, 403, 422, 503),
)
async def verify(
    gateway: TheGateway,
    _caller: TheAdmin,
    head: Annotated[
        list[str] | None,
        Query(
            max_length=_MOST_KEPT,
            description="kept of an earlier report, as writer-number-digest; may be repeated",
        ),
    ] = None,
) -> Response:
    """Walks every chain from its beginning and names what cannot be if nobody touched it, the first break first. An end
    that was cut off, or a chain written anew, shows by heads that were kept elsewhere alone."""
    kept = [_head(text, number) for number, text in enumerate(head or ())]
    log = gateway.deps.bus.ledgers.audit
    walk = Walk(first=max((await log.state()).first, 1), kept=kept)
    async with aclosing(messages_of(log)) as batches:
        async for batch in batches:
            # Hashing a batch takes milliseconds that others would wait for.
            await asyncio.to_thread(_walk, walk, batch)
    return json_response(walk.report(), 200)


def _walk(walk: Walk, batch: list[Stored]) -> None:
    for stored in batch:
        walk.take(stored.data, stored.sequence)


async def _lines(request: Request, log: AuditLog, wanted: Wanted) -> AsyncGenerator[bytes, None]:
    try:
        async with aclosing(all_of(log, wanted)) as batches:
            async for lines in batches:
                yield b"".join(b"%b\n" % line for line in lines)
    except BusError as error:
        yield b'{"problem":%b}\n' % document(request, problem_of(error))
    else:
        yield b'{"end":true}\n'


def _head(text: str, number: int) -> Head:
    match = _HEAD.fullmatch(text)
    if match is None:
        detail = "a head is writer-number-digest, as of `heads` of an earlier report"
        raise ClientError("invalid_parameter", detail, errors=at(f"/query/head/{number}", detail))
    return Head(writer=match[1], number=int(match[2]), digest=match[3])


def _cursor(text: str | None, wanted: Wanted) -> AuditCursor | None:
    """`text` as a cursor of this filter; `invalid_cursor` if it is none."""
    if text is None:
        return None
    try:
        cursor = AuditCursor.decode(text)
    except BadCursor as error:
        raise bad_cursor(str(error)) from error
    if cursor.filter != wanted.mark:
        raise bad_cursor("it belongs to a list with another filter")
    return cursor


def _within_reason(time: datetime | None) -> datetime | None:
    """Times that can be reckoned with; no entry is of another."""
    return None if time is None else min(max(time, _EARLIEST), _LATEST)
