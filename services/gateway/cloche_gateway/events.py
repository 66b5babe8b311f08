"""``GET /v1/evaluations/{id}/events``: everything that happened and happens to an evaluation, as server-sent events."""

import math
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response

from cloche_gateway.answering import (
    FAILURES,
    FIRST_SECONDS,
    archive_problem,
    ended,
    history_of,
    paced,
)
from cloche_gateway.authentication import TheReader
from cloche_gateway.deps import TheGateway
from cloche_gateway.evaluation_feed import EvaluationFeed, opened
from cloche_gateway.event_stream import END, PING, Bounds, EventStream
from cloche_gateway.feed_trace import traced
from cloche_gateway.frames import portions
from cloche_gateway.openapi import events_answer
from cloche_gateway.planned_route import PlannedRoute
from cloche_gateway.reading import address_of
from cloche_gateway.replay_forms import Frames

router = APIRouter(route_class=PlannedRoute, tags=["evaluations"])
_POINTER = "/header/Last-Event-ID"


@router.get(
    "/v1/evaluations/{id}/events",
    summary="Watch an evaluation",
    # FastAPI looks for it in the signature of the response class, which has none.
    status_code=200,
    response_class=EventStream,
    responses=events_answer(),
)
async def events(
    id: str,  # noqa: A002
    request: Request,
    gateway: TheGateway,
    caller: TheReader,
    last_event_id: Annotated[str | None, Header(description="id of the last event seen")] = None,
    after: Annotated[str | None, Query(description="the same, where headers cannot be set")] = None,
) -> Response:
    """Lifecycle and output in the order of the log, from the beginning or after the given event, until the end.

    Frames: `id` is the event's place on the log, `event` its type without version, `data` the CloudEvent as it lies
    on the log. The last frame is `event: end`, or `event: reconnect` where the client is to come back with its
    `Last-Event-ID`. An id of another log is answered from the beginning. 204: it is over, and everything was seen.
    What the log no longer holds comes from the archive; if that fails on the way, the last frame is `event: error`.
    """
    address = address_of(caller.tenant, id)
    bounds = Bounds.of(gateway)
    history = history_of(gateway.deps)
    try:
        feed = await opened(gateway, address, last_event_id or after or None, _POINTER)
        if feed is None:
            return Response(status_code=204)
        frames = watch(feed, bounds)
        if feed.here:
            return EventStream(traced(frames, gateway.deps.telemetry, feed.last), bounds)
        frames = _lively(frames)
        first = await anext(frames, None)
    except FAILURES as error:
        raise await archive_problem(history, error) from error
    if first is None:
        return Response(status_code=204)
    return EventStream(ended(request, history, Frames(bounds), first, frames), bounds)


async def watch(feed: EvaluationFeed, bounds: Bounds) -> AsyncGenerator[bytes, None]:
    """What `feed` tells and how it ends, as server-sent events; nothing if everything was seen before."""
    given = told_end = False
    async with aclosing(feed.told()) as told:
        async for frames in told:
            given = True
            if not frames:
                yield PING
            for portion in portions(frames):
                told_end = feed.over and portion[-1] is frames[-1]
                yield portion.data + END if told_end else portion.data
    if not feed.over:
        yield bounds.farewell
    elif given and not told_end:
        yield END


async def _lively(frames: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """The first piece, maybe an empty one, comes soon."""
    async with aclosing(paced(frames, FIRST_SECONDS, math.inf)) as pieces:
        async for piece in pieces:
            yield piece or b""
