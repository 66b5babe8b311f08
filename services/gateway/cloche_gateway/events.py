"""``GET /v1/evaluations/{id}/events``: everything that happened and happens to an evaluation, as server-sent events."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

from cloche_kit.bus import EventBus, Stored
from cloche_kit.log import history_of
from cloche_schemas import codec
from cloche_schemas.events import EvaluationCompleted, EvaluationDeadLettered
from cloche_schemas.subjects import Address
from fastapi import APIRouter, Header, Query
from msgspec import Struct
from starlette.responses import Response

from cloche_gateway.authentication import TheReader
from cloche_gateway.cursors import BadCursor, EventCursor
from cloche_gateway.deps import Gateway, TheGateway
from cloche_gateway.event_stream import END, PING, Bounds, EventStream
from cloche_gateway.live import DROPPED, Frame, Watcher, frame_of
from cloche_gateway.openapi import events_answer
from cloche_gateway.problems import ClientError, at, no_such_evaluation
from cloche_gateway.reading import address_of

router = APIRouter(tags=["evaluations"])
# Chunks of 64 KiB are 90 KB in a frame: what one reader holds stays around 3 MB.
CATCH_UP_BATCH = 32


class Start(Struct, frozen=True):
    """Where a feed begins: after stream sequence `after` of the log `epoch`."""

    epoch: str
    after: int


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
    gateway: TheGateway,
    caller: TheReader,
    last_event_id: Annotated[str | None, Header(description="id of the last event seen")] = None,
    after: Annotated[str | None, Query(description="the same, where headers cannot be set")] = None,
) -> Response:
    """Lifecycle and output in the order of the log, from the beginning or after the given event, until the end.

    Frames: `id` is the event's place on the log, `event` its type without version, `data` the CloudEvent as it lies
    on the log. The last frame is `event: end`, or `event: reconnect` where the client is to come back with its
    `Last-Event-ID`. An id of another log is answered from the beginning. 204: it is over, and everything was seen.
    """
    address = address_of(caller.tenant, id)
    bus = gateway.deps.bus
    given = last_event_id or after or None
    start = await _start(bus, given)
    last = await bus.last(address.lifecycle)
    if last is None:
        known = await gateway.deps.read_models.evaluation(address) is not None
        raise ClientError("events_trimmed") if known else no_such_evaluation()
    if start.after and await _seen_to_the_end(bus, address, start.after):
        return Response(status_code=204)
    return EventStream(
        watch(gateway, address, start, young=_young(last)),
        Bounds(gateway.stop, gateway.settings.send_seconds, gateway.settings.reconnect_ms),
    )


async def watch(
    gateway: Gateway, address: Address, start: Start, *, young: bool = False
) -> AsyncGenerator[bytes, None]:
    """Frames of `address` beyond `start` until its end. `BusError` if the log fails.

    A past is read before anything is kept for the client. What is `young` has next to none, and whoever submitted it
    waits for its first byte.
    """
    feed = _Feed(gateway, address, start)
    if not young:
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


class _Feed:
    """How far one client has got. No frame is given twice, none left out."""

    def __init__(self, gateway: Gateway, address: Address, start: Start) -> None:
        self._bus = gateway.deps.bus
        self._ping = gateway.settings.ping_seconds
        self._farewell = Bounds(
            gateway.stop, gateway.settings.send_seconds, gateway.settings.reconnect_ms
        ).farewell
        self._address = address
        self._epoch = start.epoch
        self._sent = start.after
        self._over = False

    def over(self) -> bool:
        """Whether the end has been given."""
        return self._over

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


async def _start(bus: EventBus, given: str | None) -> Start:
    state = await bus.state()
    if given is None:
        return Start(state.epoch, 0)
    try:
        cursor = EventCursor.decode(given)
    except BadCursor as error:
        raise _invalid(f"not an event id: {error}") from None
    if cursor.epoch != state.epoch:
        return Start(state.epoch, 0)
    if cursor.sequence > state.last:
        raise _invalid("no event has this id yet")
    return Start(state.epoch, cursor.sequence)


def _young(last: Stored) -> bool:
    """Whether it was queued and at most started, by its last event."""
    try:
        return codec.decode_envelope(last.data).number <= 2
    except codec.Malformed:
        return False


def _invalid(detail: str) -> ClientError:
    return ClientError("invalid_cursor", detail, errors=at("/header/Last-Event-ID", detail))


async def _seen_to_the_end(bus: EventBus, address: Address, after: int) -> bool:
    history = history_of(await bus.history(address.tenant, address.evaluation))
    return any(
        isinstance(entry.event, EvaluationCompleted | EvaluationDeadLettered)
        and entry.stored.sequence <= after
        for entry in history.entries
    )
