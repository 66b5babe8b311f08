"""The feed of one evaluation: its past from archive and log, then what comes, up to its end."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from cloche_kit.archive.history import Place
from cloche_kit.archive.replay import whole
from cloche_kit.bus import Stored, StreamState
from cloche_schemas import codec
from cloche_schemas.events import name_of
from cloche_schemas.subjects import Address
from msgspec import Struct
from msgspec.structs import replace

from cloche_gateway.answering import history_of
from cloche_gateway.cursors import BadCursor, EventCursor
from cloche_gateway.deps import Gateway
from cloche_gateway.evaluation_past import Past, past_of, seen_to_the_end
from cloche_gateway.frames import Burst, Frame, frame_of
from cloche_gateway.live import DROPPED, Watcher
from cloche_gateway.problems import ClientError, at, no_such_evaluation
from cloche_gateway.silence import Silence

# Chunks of 64 KiB are 90 KB in a frame: what one reader holds stays around 3 MB.
CATCH_UP_BATCH = 32


class Start(Struct, frozen=True):
    """Where a feed begins: after stream sequence `after` of the log `epoch`; of a former log, after `former`.

    `last`: what the lifecycle of its evaluation had come to by then, if the log has it.
    """

    epoch: str
    after: int
    former: EventCursor | None = None
    last: Stored | None = None

    @property
    def seen(self) -> Place:
        """Behind the last event that the client has, on whichever log it was."""
        if self.former is None:
            return Place(self.epoch, self.after)
        return Place(self.former.epoch, self.former.sequence)


async def opened(
    gateway: Gateway, address: Address, after: str | None, pointer: str
) -> "EvaluationFeed | None":
    """The feed of `address` beyond the cursor `after`; None if it is over, and everything was seen.

    `not_found`, `invalid_cursor` (at `pointer`), and what reading the history raises (`answering.FAILURES`).
    """
    bus = gateway.deps.bus
    state = await bus.state()
    start = start_of(state, after, pointer)
    last = await bus.last(address.lifecycle)
    if last is None and await gateway.deps.read_models.evaluation(address) is None:
        raise no_such_evaluation()
    if start.after and seen_to_the_end(await gateway.deps.log.read(address), start.after):
        return None
    young = last is not None and _young(last)
    if young or (last is not None and whole(state, start.after)):
        return EvaluationFeed(gateway, address, replace(start, last=last), young=young)
    past = await past_of(gateway.deps, history_of(gateway.deps), address, state, start.after)
    if past is not None and past.behind(start.seen):
        return None
    return EvaluationFeed(gateway, address, start, past=past, here=False)


class EvaluationFeed:
    """How far one client has got. No frame is given twice, none left out.

    A past is read before anything is kept for the client. What is `young` has next to none, and whoever submitted it
    waits for its first byte. `past`: where it lies if the stream has been trimmed. `here`: nothing of it is far away.
    """

    def __init__(
        self,
        gateway: Gateway,
        address: Address,
        start: Start,
        *,
        young: bool = False,
        past: Past | None = None,
        here: bool = True,
    ) -> None:
        self._gateway = gateway
        self._bus = gateway.deps.bus
        self._address = address
        self._epoch = start.epoch
        self._sent = start.after
        self._former = start.former
        self._young = young
        self._past = past
        self.here = here
        self.last = start.last
        self._over = False
        self._slow = False

    @property
    def over(self) -> bool:
        """Whether the end has been given."""
        return self._over

    @property
    def slow(self) -> bool:
        """Whether it ended because its client reads too slowly."""
        return self._slow

    async def told(self) -> AsyncGenerator[list[Frame], None]:
        """Frames until the end; an empty list is a sign of life. Not `over` afterwards: the client is to come back.

        `BusError` if the log fails; while the past is read, `FAILURES`. Close it with `aclosing`.
        """
        if self._past is not None:
            async with self._gateway.readers, aclosing(self._archived(self._past)) as told:
                async for frames in told:
                    yield frames
            if self._past.gone and not self._over:
                raise ClientError("events_trimmed", "neither the log nor the archive has its end")
        elif not self._young:
            async with aclosing(self._replay()) as told:
                async for frames in told:
                    yield frames
        if self._over:
            return
        async with (
            self._gateway.feed.watch(self._address.prefix) as watcher,
            aclosing(self._live(watcher)) as told,
        ):
            async for frames in told:
                yield frames

    async def _archived(self, past: Past) -> AsyncGenerator[list[Frame], None]:
        """What archive and stream hold, up to the end of the evaluation."""
        filters, seen = (self._address.everything,), {self._epoch: self._sent}
        if self._former is not None:
            seen[self._former.epoch] = self._former.sequence
        source = history_of(self._gateway.deps).read(
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
                if fresh := self._take(frames):
                    yield fresh
                if self._over:
                    return
                seen[epoch] = max(self._sent, passage.reached.sequence)
                self._sent = seen[epoch]

    async def _replay(self) -> AsyncGenerator[list[Frame], None]:
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
                if fresh := self._take(frames):
                    yield fresh
                if self._over or batch[-1].sequence >= last.sequence:
                    return

    async def _live(self, watcher: Watcher) -> AsyncGenerator[list[Frame], None]:
        """What comes, after what came before `watcher` was there. Ends early if the client is too slow."""
        while not (self._over or watcher.broken()):
            # Output may outrun a catch-up; that is no fault of the client, which goes on from the log.
            watcher.recover()
            async with aclosing(self._replay()) as told:
                async for frames in told:
                    yield frames
            if self.over or watcher.overflowed():
                continue
            async with aclosing(self._drain(watcher)) as told:
                async for frames in told:
                    yield frames
            if watcher.overflowed():
                DROPPED.inc()
                self._slow = True
            return

    async def _drain(self, watcher: Watcher) -> AsyncGenerator[list[Frame], None]:
        with Silence(self._gateway.settings.ping_seconds, watcher.rouse) as silence:
            while not (self._over or watcher.overflowed() or watcher.broken()):
                frames = await watcher.take()
                silence.heard()
                if fresh := self._take(frames) if frames else []:
                    yield fresh
                elif not frames and watcher.idle():
                    yield []

    def _take(self, frames: list[Frame]) -> list[Frame]:
        """Those that are new, up to the end."""
        if isinstance(frames, Burst) and not frames.terminal and frames[0].sequence > self._sent:
            self._sent = frames[-1].sequence
            return frames
        fresh: list[Frame] = []
        for frame in frames:
            if frame.sequence > self._sent:
                fresh.append(frame)
                if frame.terminal:
                    self._over = True
                    break
        if fresh:
            self._sent = fresh[-1].sequence
        return fresh


def start_of(state: StreamState, given: str | None, pointer: str) -> Start:
    """Where a client goes on that gave this cursor. One of another log: from the beginning. `invalid_cursor`."""
    if given is None:
        return Start(state.epoch, 0)
    try:
        cursor = EventCursor.decode(given)
    except BadCursor as error:
        raise _invalid(f"not an event id: {error}", pointer) from None
    if cursor.epoch != state.epoch:
        return Start(state.epoch, 0, cursor)
    if cursor.sequence > state.last:
        raise _invalid("no event has this id yet", pointer)
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


def _invalid(detail: str, pointer: str) -> ClientError:
    return ClientError("invalid_cursor", detail, errors=at(pointer, detail))
