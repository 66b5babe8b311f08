"""``GET /v1/evaluations/{id}/events``: everything that happened and happens to an evaluation, as server-sent events."""

import asyncio
import math
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

from cloche_kit.archive.history import Place
from cloche_kit.archive.replay import whole
from cloche_kit.bus import Stored, StreamState
from cloche_schemas import codec
from cloche_schemas.events import name_of
from cloche_schemas.subjects import Address
from fastapi import APIRouter, Header, Query, Request
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
from cloche_gateway.authentication import TheReader
from cloche_gateway.cursors import BadCursor, EventCursor
from cloche_gateway.deps import Gateway, TheGateway
from cloche_gateway.evaluation_past import Past, past_of, seen_to_the_end
from cloche_gateway.event_stream import END, PING, Bounds, EventStream
from cloche_gateway.feed_trace import traced
from cloche_gateway.live import DROPPED, Frame, Watcher, frame_of
from cloche_gateway.openapi import events_answer
from cloche_gateway.problems import ClientError, at, no_such_evaluation
from cloche_gateway.reading import address_of
from cloche_gateway.replay_forms import Frames

router = APIRouter(tags=["evaluations"])
# Chunks of 64 KiB are 90 KB in a frame: what one reader holds stays around 3 MB.
CATCH_UP_BATCH = 32


class Start(Struct, frozen=True):
    """Where a feed begins: after stream sequence `after` of the log `epoch`; of a former log, after `former`."""

    epoch: str
    after: int
    former: EventCursor | None = None

    @property
    def seen(self) -> Place:
        """Behind the last event that the client has, on whichever log it was."""
        if self.former is None:
            return Place(self.epoch, self.after)
        return Place(self.former.epoch, self.former.sequence)


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
    bus = gateway.deps.bus
    state = await bus.state()
    start = _start(state, last_event_id or after or None)
    last = await bus.last(address.lifecycle)
    if last is None and await gateway.deps.read_models.evaluation(address) is None:
        raise no_such_evaluation()
    if start.after and seen_to_the_end(await gateway.deps.log.read(address), start.after):
        return Response(status_code=204)
    bounds = Bounds(gateway.stop, gateway.settings.send_seconds, gateway.settings.reconnect_ms)
    young = last is not None and _young(last)
    if young or (last is not None and whole(state, start.after)):
        frames = watch(gateway, address, start, young=young)
        return EventStream(traced(frames, gateway.deps.telemetry, last), bounds)
    history = history_of(gateway.deps)
    try:
        past = await past_of(gateway.deps, history, address, state, start.after)
        if past is not None and past.behind(start.seen):
            return Response(status_code=204)
        frames = _lively(watch(gateway, address, start, past=past))
        first = await anext(frames, None)
    except FAILURES as error:
        raise await archive_problem(history, error) from error
    if first is None:
        return Response(status_code=204)
    return EventStream(ended(request, history, Frames(bounds), first, frames), bounds)


async def watch(
    gateway: Gateway,
    address: Address,
    start: Start,
    *,
    young: bool = False,
    past: Past | None = None,
) -> AsyncGenerator[bytes, None]:
    """Frames of `address` beyond `start` until its end; none if that was seen. `BusError` if the log fails.

    A past is read before anything is kept for the client. What is `young` has next to none, and whoever submitted it
    waits for its first byte. `past`: where it lies if the stream has been trimmed; reading it may raise `FAILURES`.
    """
    feed = _Feed(gateway, address, start)
    if past is not None:
        async with gateway.readers, aclosing(feed.archived(past)) as frames:
            async for frame in frames:
                yield frame
        if past.gone and not feed.over():
            raise ClientError("events_trimmed", "neither the log nor the archive has its end")
    elif not young:
        async with aclosing(feed.replay()) as frames:
            async for frame in frames:
                yield frame
    if feed.over():
        return
    async with (
        gateway.feed.watch(address.prefix) as watcher,
        aclosing(feed.live(watcher)) as frames,
    ):
        async for frame in frames:
            yield frame


async def _lively(frames: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """The first piece, maybe an empty one, comes soon."""
    async with aclosing(paced(frames, FIRST_SECONDS, math.inf)) as pieces:
        async for piece in pieces:
            yield piece or b""


class _Feed:
    """How far one client has got. No frame is given twice, none left out."""

    def __init__(self, gateway: Gateway, address: Address, start: Start) -> None:
        self._deps = gateway.deps
        self._bus = gateway.deps.bus
        self._ping = gateway.settings.ping_seconds
        self._farewell = Bounds(
            gateway.stop, gateway.settings.send_seconds, gateway.settings.reconnect_ms
        ).farewell
        self._address = address
        self._epoch = start.epoch
        self._sent = start.after
        self._former = start.former
        self._over = False

    def over(self) -> bool:
        """Whether the end has been given."""
        return self._over

    async def archived(self, past: Past) -> AsyncGenerator[bytes, None]:
        """What archive and stream hold, up to the end of the evaluation."""
        filters, seen = (self._address.everything,), {self._epoch: self._sent}
        if self._former is not None:
            seen[self._former.epoch] = self._former.sequence
        source = history_of(self._deps).read(
            past.lineage, past.after, past.upto, filters=filters, batch=CATCH_UP_BATCH
        )
        async with aclosing(source) as passages:
            async for passage in passages:
                epoch = passage.reached.epoch
                self._sent = seen.get(epoch, 0)
                frames = [frame for m in passage.messages if (frame := frame_of(m, epoch))]
                if _told_before(frames, self._sent):
                    self._over = True
                    return
                if data := self._take(frames):
                    yield data
                if self.over():
                    return
                seen[epoch] = max(self._sent, passage.reached.sequence)
                self._sent = seen[epoch]

    async def replay(self) -> AsyncGenerator[bytes, None]:
        """What the log holds by now."""
        last = await self._bus.last(self._address.everything)
        if last is None or last.sequence <= self._sent:
            return
        stored = self._bus.follow(
            after=self._sent, filters=(self._address.everything,), batch=CATCH_UP_BATCH
        )
        async with aclosing(stored) as batches:
            async for batch in batches:
                frames = [frame for m in batch if (frame := frame_of(m, self._epoch))]
                if data := self._take(frames):
                    yield data
                if self.over() or batch[-1].sequence >= last.sequence:
                    return

    async def live(self, watcher: Watcher) -> AsyncGenerator[bytes, None]:
        """What comes, after what came before `watcher` was there. Ends with a farewell if the client is too slow."""
        while not (self.over() or watcher.broken()):
            # Output may outrun a catch-up; that is no fault of the client, which goes on from the log.
            watcher.recover()
            async with aclosing(self.replay()) as frames:
                async for frame in frames:
                    yield frame
            if self.over() or watcher.overflowed():
                continue
            async with aclosing(self._drain(watcher)) as frames:
                async for frame in frames:
                    yield frame
            if watcher.overflowed():
                DROPPED.inc()
            break
        if not self.over():
            yield self._farewell

    async def _drain(self, watcher: Watcher) -> AsyncGenerator[bytes, None]:
        while not (self.over() or watcher.overflowed() or watcher.broken()):
            try:
                async with asyncio.timeout(self._ping):
                    frames = await watcher.take()
            except TimeoutError:
                yield PING
                continue
            if data := self._take(frames):
                yield data

    def _take(self, frames: list[Frame]) -> bytes:
        """The bytes of those that are new, up to the end."""
        pieces: list[bytes] = []
        for frame in frames:
            if frame.sequence > self._sent and not self.over():
                pieces.append(frame.data)
                self._sent = frame.sequence
                self._over = frame.terminal
        if self.over():
            pieces.append(END)
        return b"".join(pieces)


def _start(state: StreamState, given: str | None) -> Start:
    if given is None:
        return Start(state.epoch, 0)
    try:
        cursor = EventCursor.decode(given)
    except BadCursor as error:
        raise _invalid(f"not an event id: {error}") from None
    if cursor.epoch != state.epoch:
        return Start(state.epoch, 0, cursor)
    if cursor.sequence > state.last:
        raise _invalid("no event has this id yet")
    return Start(state.epoch, cursor.sequence)


def _told_before(frames: list[Frame], after: int) -> bool:
    """Whether the end lies at `after` or before: only the place of the output follows an end."""
    late = next((f for f in frames if f.terminal or f.name == "output-archived"), None)
    return late is not None and not (late.terminal and late.sequence > after)


def _young(last: Stored) -> bool:
    """Whether it was queued and at most started, by its last event. What is not over is never trimmed."""
    try:
        envelope = codec.decode_envelope(last.data)
    except codec.Malformed:
        return False
    return envelope.number <= 2 and name_of(envelope.type) in {"scheduled", "queued", "started"}


def _invalid(detail: str) -> ClientError:
    return ClientError("invalid_cursor", detail, errors=at("/header/Last-Event-ID", detail))
