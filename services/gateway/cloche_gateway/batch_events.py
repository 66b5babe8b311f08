"""``GET /v1/batches/{id}/events``: what happened and happens to the evaluations of a batch, as server-sent events."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

import msgspec
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
from cloche_gateway.batch_feed import BatchFeed, BatchTold, opened
from cloche_gateway.deps import TheGateway
from cloche_gateway.event_stream import END, Bounds, EventStream
from cloche_gateway.frames import portions
from cloche_gateway.openapi import batch_events_answer
from cloche_gateway.planned_route import PlannedRoute
from cloche_gateway.replay_forms import Frames

router = APIRouter(route_class=PlannedRoute, tags=["batches"])
_POINTER = "/header/Last-Event-ID"


@router.get(
    "/v1/batches/{id}/events",
    summary="Watch a batch",
    # FastAPI looks for it in the signature of the response class, which has none.
    status_code=200,
    response_class=EventStream,
    responses=batch_events_answer(),
)
async def events(
    id: str,  # noqa: A002
    request: Request,
    gateway: TheGateway,
    caller: TheReader,
    last_event_id: Annotated[str | None, Header(description="id of the last event seen")] = None,
    after: Annotated[str | None, Query(description="the same, where headers cannot be set")] = None,
) -> Response:
    """Lifecycle events of its evaluations, without output, and how far it is, until every one of them is over.

    Frames as of `GET /v1/evaluations/{id}/events`. Behind the events that came together stands `event: progress`,
    whose `data` counts evaluations by status and outcome; it has no id, and may be passed over. The last frame is
    `event: end`, `event: reconnect` or `event: error`. 204: the batch is complete, and everything was seen.
    """
    bounds = Bounds.of(gateway)
    form = Frames(bounds)
    history = history_of(gateway.deps)
    try:
        feed = await opened(gateway, caller.tenant, id, last_event_id or after or None, _POINTER)
        pieces = _pieces(feed, form, gateway.settings.ping_seconds)
        first = await anext(pieces, None)
    except FAILURES as error:
        raise await archive_problem(history, error) from error
    if first is None:
        return Response(status_code=204)
    return EventStream(ended(request, history, form, first, pieces), bounds)


async def _pieces(feed: BatchFeed, form: Frames, ping: float) -> AsyncGenerator[bytes, None]:
    """What the client gets; the first piece, maybe empty, comes soon. Nothing if everything was seen before."""
    said = told_end = False
    async with aclosing(paced(feed.told(), FIRST_SECONDS, ping)) as told:
        async for one in told:
            if one is None:
                yield form.progress(feed.reached) if said else b""
            else:
                for portion in portions(one.frames):
                    last = portion[-1] is one.frames[-1]
                    told_end = last and feed.over
                    yield form.events(portion) + (_told(one, over=told_end) if last else b"")
            said = True
    if said and not told_end:
        yield END


def _told(one: BatchTold, *, over: bool) -> bytes:
    """What stands behind events."""
    progress = b"event: progress\ndata: %b\n\n" % msgspec.json.encode(one.progress)
    return progress + END if over else progress
