"""The live feed of this process: one reader of the log while anybody watches, handing events to who waits for them.

Each event is made into a frame once, however many watch it. Who wants an evaluation from its beginning registers here
first and catches up from the log after (events.py): whatever the reader had passed before that is on the log by then.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager

from cloche_kit.bus import EventBus, Stored
from cloche_kit.logs import get_logger
from cloche_schemas import codec, subjects
from cloche_schemas.events import EvaluationCompleted, EvaluationDeadLettered, name_of, type_of
from msgspec import Struct
from prometheus_client import Counter, Gauge

_log = get_logger(__name__)

WATCHERS = Gauge("cloche_gateway_watchers", "Clients that follow the events of an evaluation")
DROPPED = Counter(
    "cloche_gateway_watchers_dropped", "Followers cut off because they read too slowly"
)

_TERMINAL = {type_of(EvaluationCompleted), type_of(EvaluationDeadLettered)}


class Frame(Struct, frozen=True):
    """One event as SSE clients get it. `terminal`: nothing of interest follows; `name`: its type without version."""

    sequence: int
    data: bytes
    terminal: bool
    name: str
    stored: Stored


#: Whether a watcher is given a frame.
Accept = Callable[[Frame], bool]


def frame_of(stored: Stored, epoch: str) -> Frame | None:
    """The frame of a message; None for what is no event: it is parked elsewhere, and no business of clients."""
    try:
        type_ = codec.decode_envelope(stored.data).type
    except codec.Malformed:
        return None
    name = name_of(type_)
    if not name.replace("-", "").isalnum():
        return None
    # JSON may be spread over lines; a line of its own for each keeps the frame whole.
    lines = b"\ndata: ".join(stored.data.splitlines())
    head = f"id: {epoch}-{stored.sequence}\nevent: {name}\ndata: ".encode()
    return Frame(stored.sequence, b"%b%b\n\n" % (head, lines), type_ in _TERMINAL, name, stored)


def everything(_frame: Frame) -> bool:
    """What most watchers accept."""
    return True


class Watcher:
    """What one client has not read yet, within bounds: beyond them it is emptied and `overflowed`."""

    def __init__(self, *, events: int, size: int, accept: Accept = everything) -> None:
        self._accept = accept
        self._overflowed = False
        self._broken = False
        self._most_events = events
        self._most_bytes = size
        self._frames: list[Frame] = []
        self._bytes = 0
        self._changed = asyncio.Event()

    def overflowed(self) -> bool:
        """More came than it holds; what it held is on the log."""
        return self._overflowed

    def broken(self) -> bool:
        """The reader is gone."""
        return self._broken

    def idle(self) -> bool:
        """Whether it holds nothing, and is whole."""
        return not (self._frames or self._overflowed or self._broken)

    def put(self, frame: Frame) -> None:
        if self._overflowed or not self._accept(frame):
            return
        self._frames.append(frame)
        self._bytes += len(frame.data)
        if len(self._frames) > self._most_events or self._bytes > self._most_bytes:
            self._overflowed = True
            self._frames, self._bytes = [], 0
        self._changed.set()

    def fail(self) -> None:
        """Nothing more will come."""
        self._broken = True
        self._changed.set()

    async def take(self) -> list[Frame]:
        """Everything that waits, as soon as there is something; empty once `overflowed` or `broken`."""
        await self._changed.wait()
        frames, self._frames, self._bytes = self._frames, [], 0
        if not (self._overflowed or self._broken):
            self._changed.clear()
        return frames

    def recover(self) -> None:
        """After an overflow: wait for what comes from here on."""
        self._overflowed = False
        self._changed.clear()


class LiveFeed:
    """The one reader. It runs while there are watchers, and begins at the end of the log."""

    def __init__(self, bus: EventBus, *, events: int, size: int) -> None:
        self._bus = bus
        self._events = events
        self._size = size
        #: The last sequence of which every watcher knows.
        self.position = 0
        self._watchers: dict[str, set[Watcher]] = {}
        self._reader: asyncio.Task[None] | None = None
        self._following: asyncio.Future[str] | None = None

    @asynccontextmanager
    async def watch(self, key: str, accept: Accept = everything) -> AsyncIterator[Watcher]:
        """A watcher that gets what it accepts of the events that the log takes from here on.

        `key` is the prefix of an evaluation's address, or of everything of a tenant. `BusError` if the log cannot be
        followed.
        """
        watcher = Watcher(events=self._events, size=self._size, accept=accept)
        self._watchers.setdefault(key, set()).add(watcher)
        WATCHERS.inc()
        try:
            await asyncio.shield(self._follow())
            yield watcher
        finally:
            WATCHERS.dec()
            self._watchers[key].discard(watcher)
            if not self._watchers[key]:
                del self._watchers[key]
            if not self._watchers:
                await self._unfollow()

    def _follow(self) -> asyncio.Future[str]:
        """Done when the reader's beginning is fixed."""
        if self._reader is None or self._reader.done() or self._following is None:
            self._following = asyncio.get_running_loop().create_future()
            self._reader = asyncio.create_task(self._read(self._following), name="live-feed")
        return self._following

    async def _unfollow(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.cancel()
            await asyncio.wait({reader})

    async def _read(self, following: asyncio.Future[str]) -> None:
        try:
            state = await self._bus.state()
            self.position = state.last
            following.set_result(state.epoch)
            async with aclosing(self._bus.follow(after=state.last)) as batches:
                async for batch in batches:
                    self._dispatch(batch, state.epoch)
        except Exception as error:
            if following.done():
                _log.exception("live_feed_broken")
            else:
                following.set_exception(error)
                following.exception()  # seen, even if the one who asked has left
            for watchers in self._watchers.values():
                for watcher in watchers:
                    watcher.fail()
        finally:
            following.cancel()

    def _dispatch(self, batch: list[Stored], epoch: str) -> None:
        for stored in batch:
            watchers = [w for key in _keys(stored.subject) for w in self._watchers.get(key, ())]
            if watchers and (frame := frame_of(stored, epoch)) is not None:
                for watcher in watchers:
                    watcher.put(frame)
            self.position = stored.sequence


def _keys(subject: str) -> tuple[str, ...]:
    try:
        prefix = subjects.parse(subject).prefix
    except subjects.SubjectError:
        return ()
    return prefix, prefix.rpartition(".")[0]
