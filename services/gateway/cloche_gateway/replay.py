"""``GET /v1/events``: the history of a tenant from any place, as NDJSON or server-sent events, and what comes after."""

import math
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing

from fastapi import APIRouter, Request
from starlette.responses import Response

from cloche_gateway.answering import (
    FAILURES,
    FIRST_SECONDS,
    archive_problem,
    ended,
    history_of,
    paced,
)
from cloche_gateway.deps import TheGateway
from cloche_gateway.event_stream import EVENT_STREAM, Bounds, EventStream
from cloche_gateway.frames import portions
from cloche_gateway.openapi import replay_answer
from cloche_gateway.planned_route import PlannedRoute
from cloche_gateway.replay_feed import Replay
from cloche_gateway.replay_forms import Form, form_of
from cloche_gateway.replay_query import TheFilter, TheSpan
from cloche_gateway.replay_range import range_of

router = APIRouter(route_class=PlannedRoute, tags=["events"])


@router.get(
    "/v1/events",
    summary="Replay and follow the events of a tenant",
    status_code=200,
    # FastAPI looks for it in the signature of the response class, which has none.
    response_class=EventStream,
    responses=replay_answer(),
)
async def events(
    request: Request, gateway: TheGateway, span: TheSpan, wanted: TheFilter
) -> Response:
    """Every event in the order of the log: from the archive, then from the log, then as they come, without a seam.

    NDJSON: `{"cursor", "event"}` a line, the event a CloudEvent as it lies on the log; a line with a cursor alone says
    that nothing up to there is left to give. The last line says how it ended: `{"cursor", "end": true}`, or
    `{"reconnect": true}`, or `{"problem"}`. SSE: frames as of `GET /v1/evaluations/{id}/events`, the last one
    `event: end`, `event: reconnect` or `event: error`. Whatever was cut off goes on `from` the last cursor. 204, of SSE
    only: a client came back with the id of the last frame, and there is nothing new.
    """
    settings = gateway.settings
    bounds = Bounds.of(gateway)
    form = form_of(request.headers.get("Accept"), bounds)
    history = history_of(gateway.deps)
    try:
        range_ = await range_of(history, span.start, span.end, follow=span.follow)
        if form.media_type == EVENT_STREAM and span.resumed and range_.after == range_.upto:
            # Browsers come back after every end, until they are told not to.
            return Response(status_code=204)
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
                for portion in portions(one.frames):
                    yield form.events(portion)
            elif said < 0:
                yield b""
            elif now - said >= ping:
                yield form.progress(replay.reached)
            else:
                continue
            said = now
    yield form.end(replay.reached)
