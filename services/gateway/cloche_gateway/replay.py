"""``GET /v1/events``: the history of a tenant from any place, as NDJSON or server-sent events, and what comes after."""

import math
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

from cloche_schemas.events import EventName
from cloche_schemas.values import Outcome
from fastapi import APIRouter, Depends, Header, Query, Request
from msgspec import Struct
from starlette.responses import Response

from cloche_gateway.answering import (
    FAILURES,
    FIRST_SECONDS,
    archive_problem,
    ended,
    history_of,
    paced,
)
from cloche_gateway.authentication import Caller, TheReader
from cloche_gateway.deps import Gateway, TheGateway
from cloche_gateway.event_stream import Bounds, EventStream
from cloche_gateway.openapi import replay_answer
from cloche_gateway.problems import ClientError, at
from cloche_gateway.reading import address_of
from cloche_gateway.replay_feed import Replay
from cloche_gateway.replay_filter import Filter
from cloche_gateway.replay_forms import Form, form_of
from cloche_gateway.replay_range import BEGINNING, Given, range_of

router = APIRouter(tags=["events"])


class Span(Struct, frozen=True):
    """From where to where."""

    start: Given
    end: Given | None
    follow: bool


def _span(
    from_: Annotated[
        str,
        Query(alias="from", description="beginning, a cursor, a sequence, or a time (RFC 3339)"),
    ] = BEGINNING,
    until: Annotated[
        str | None, Query(description="the same; else what is there now, or for ever")
    ] = None,
    follow: Annotated[bool, Query(description="go on with what comes")] = False,
    last_event_id: Annotated[
        str | None, Header(description="cursor of the last event seen; it counts before `from`")
    ] = None,
) -> Span:
    start = Given(from_, "/query/from")
    if last_event_id:
        start = Given(last_event_id, "/header/Last-Event-ID")
    return Span(start, None if until is None else Given(until, "/query/until"), follow)


class Choice(Struct, frozen=True):
    """What of it, by the event's own content."""

    types: frozenset[EventName]
    outcomes: frozenset[Outcome]
    output: bool


def _choice(
    type_: Annotated[
        list[EventName] | None, Query(alias="type", description="only these; may be repeated")
    ] = None,
    outcome: Annotated[
        list[Outcome] | None, Query(description="only completed events with one of these")
    ] = None,
    output: Annotated[bool, Query(description="false: without output-chunk")] = True,
) -> Choice:
    types, outcomes = frozenset(type_ or ()), frozenset(outcome or ())
    if types and outcomes and "completed" not in types:
        detail = "only completed events have an outcome, and `type` leaves them out"
        raise ClientError("invalid_parameter", detail, errors=at("/query/outcome", detail))
    return Choice(types, outcomes, output)


def _wanted(
    gateway: TheGateway,
    caller: TheReader,
    choice: Annotated[Choice, Depends(_choice)],
    evaluation: Annotated[str | None, Query(description="only of this one")] = None,
    label: Annotated[
        list[str] | None,
        Query(description="key=value, or key: only of evaluations with all of these"),
    ] = None,
    tenant: Annotated[str | None, Query(description="another one: for administrators")] = None,
) -> Filter:
    owner = _owner(gateway, caller, tenant)
    address = None if evaluation is None else address_of(owner, evaluation, "/query/evaluation")
    return Filter(
        tenant=owner,
        types=choice.types,
        evaluation=address,
        labels=tuple(_label(text, number) for number, text in enumerate(label or ())),
        outcomes=choice.outcomes,
        output=choice.output,
    )


@router.get(
    "/v1/events",
    summary="Replay and follow the events of a tenant",
    status_code=200,
    # FastAPI looks for it in the signature of the response class, which has none.
    response_class=EventStream,
    responses=replay_answer(),
)
async def events(
    request: Request,
    gateway: TheGateway,
    span: Annotated[Span, Depends(_span)],
    wanted: Annotated[Filter, Depends(_wanted)],
) -> Response:
    """Every event in the order of the log: from the archive, then from the log, then as they come, without a seam.

    NDJSON: `{"cursor", "event"}` a line, the event a CloudEvent as it lies on the log; a line with a cursor alone says
    that nothing up to there is left to give. The last line says how it ended: `{"cursor", "end": true}`, or
    `{"reconnect": true}`, or `{"problem"}`. SSE: frames as of `GET /v1/evaluations/{id}/events`, the last one
    `event: end`, `event: reconnect` or `event: error`. Whatever was cut off goes on `from` the last cursor.
    """
    settings = gateway.settings
    bounds = Bounds(gateway.stop, settings.send_seconds, settings.reconnect_ms)
    form = form_of(request.headers.get("Accept"), bounds)
    history = history_of(gateway.deps)
    try:
        range_ = await range_of(history, span.start, span.end, follow=span.follow)
        pieces = _pieces(Replay(gateway, history, range_, wanted), form, settings.ping_seconds)
        first = await anext(pieces)
    except FAILURES as error:
        raise await archive_problem(history, error) from error
    return EventStream(
        ended(request, history, form, first, pieces),
        bounds,
        media_type=form.media_type,
        farewell=form.farewell,
    )


async def _pieces(replay: Replay, form: Form, ping: float) -> AsyncGenerator[bytes, None]:
    """What the client gets; the first piece, maybe empty, comes as soon as it is clear that there is an answer."""
    said = -math.inf
    async with aclosing(paced(replay.told(), FIRST_SECONDS, ping)) as told:
        async for one in told:
            now = time.monotonic()
            if one is not None and one.frames:
                yield form.events(one.frames, one.reached.epoch)
            elif said < 0:
                yield b""
            elif now - said >= ping:
                yield form.progress(replay.reached)
            else:
                continue
            said = now
    yield form.end(replay.reached)


def _owner(gateway: Gateway, caller: Caller, tenant: str | None) -> str:
    """Whose events are asked for."""
    if tenant is None or tenant == caller.tenant:
        return caller.tenant
    if "admin" not in caller.scopes:
        raise ClientError(
            "forbidden",
            "this key may not read what another tenant has",
            errors=at("/query/tenant", "for administrators"),
            extensions={"required_scope": "admin"},
        )
    if not gateway.keyring.has_tenant(tenant):
        detail = "there is no such tenant"
        raise ClientError("unknown_tenant", detail, errors=at("/query/tenant", detail))
    return tenant


def _label(text: str, number: int) -> tuple[str, str | None]:
    key, equals, value = text.partition("=")
    if not key:
        detail = "key=value, or key for any value"
        raise ClientError("invalid_parameter", detail, errors=at(f"/query/label/{number}", detail))
    return key, value if equals else None
