"""The one reader of a gateway and those whom it serves: whoever waits is told, however the reader ends."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime

import pytest
from cloche_gateway import live
from cloche_gateway.frames import PORTION_BYTES, Burst, Frame, frame_of, portions
from cloche_gateway.live import LiveFeed, Watcher
from cloche_kit.bus import BusUnavailable, Stored, StreamState
from cloche_kit.memory import MemoryBus
from cloche_schemas.subjects import Address
from support.archived import messages_of
from support.gateway import Stage
from support.recorded import address_of
from support.replaying import run
from support.waiting import wait_until

ADDRESS = address_of(1)


class Stubborn(MemoryBus):
    """Followers that do not end when they are told to, until `let_go` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = asyncio.Event()

    async def follow(
        self, *, after: int, filters: Sequence[str] = (), batch: int = 500
    ) -> AsyncGenerator[list[Stored], None]:
        source = super().follow(after=after, filters=filters, batch=batch)
        coming = asyncio.ensure_future(anext(source))
        while True:
            try:
                await asyncio.wait({coming})
            except asyncio.CancelledError:
                if self.let_go.is_set():
                    raise
                continue
            if self.let_go.is_set():
                return
            yield coming.result()
            coming = asyncio.ensure_future(anext(source))


class Silent(MemoryBus):
    """Does not say how far it is while `silent`."""

    def __init__(self) -> None:
        super().__init__()
        self.silent = True
        self.asked = 0

    async def state(self) -> StreamState:
        self.asked += 1
        if self.silent:
            await asyncio.Event().wait()
        return await super().state()


def feed_of(bus: MemoryBus, events: int = 100, size: int = 1 << 20) -> LiveFeed:
    return LiveFeed(bus, events=events, size=size)


async def tell(stage_bus: MemoryBus, address: Address = ADDRESS, number: int = 1) -> None:
    """One event, of which nothing but its envelope is looked at."""
    data = (
        b'{"specversion":"1.0","id":"%d","source":"/t","type":"cloche.evaluation.queued.v1","subject":"s",'
        b'"time":"2026-01-01T00:00:00Z","tenant":"main","sequence":"%d","sequencetype":"Integer","data":{}}'
    ) % (number, number)
    await stage_bus.append(address.log, data, msg_id=f"{address.evaluation}:{number}")


def reader() -> "asyncio.Task[object]":
    [task] = [one for one in asyncio.all_tasks() if one.get_name() == "live-feed"]
    return task


async def taken(watcher: Watcher) -> list[int]:
    async with asyncio.timeout(2):
        return [frame.sequence for frame in await watcher.take()]


async def test_who_is_roused_gets_nothing_and_who_is_not_waiting_is_not_disturbed() -> None:
    bus = MemoryBus()
    async with feed_of(bus).watch(ADDRESS.prefix) as watcher:
        watcher.rouse()
        waiting = asyncio.create_task(taken(watcher))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not waiting.done()
        watcher.rouse()
        watcher.rouse()
        assert await waiting == []
        await tell(bus)
        assert await taken(watcher) == [1]


async def test_what_came_to_one_who_was_cancelled_is_given_to_the_next() -> None:
    watcher = Watcher(events=10, size=1000)
    waiting = asyncio.create_task(watcher.take())
    await asyncio.sleep(0)
    stored = Stored("s", 1, datetime.now(UTC), b"{}")
    watcher.put(Burst([Frame(1, False, "queued", stored, "e")]))
    # It is to be given what there is, and ends before it is.
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await taken(watcher) == [1]
    assert watcher.idle()


async def test_whoever_is_served_by_a_reader_that_is_cancelled_is_told_at_once() -> None:
    bus = MemoryBus()
    feed = feed_of(bus)
    async with feed.watch(ADDRESS.prefix) as first:
        reader().cancel()
        assert await taken(first) == []
        assert first.broken()
        # Whoever comes then gets another reader, also while the first one has not been left.
        async with feed.watch(ADDRESS.prefix) as second:
            await tell(bus)
            assert await taken(second) == [1]
            assert not second.broken()


async def test_joining_a_reader_that_is_cancelled_before_it_began_is_refused_and_hangs_nobody() -> (
    None
):
    bus = Silent()
    feed = feed_of(bus)

    async def watch() -> None:
        async with feed.watch(ADDRESS.prefix):
            pass

    joining = [asyncio.create_task(watch()) for _ in range(3)]
    await wait_until(lambda: bus.asked == 1)
    reader().cancel()
    done, left = await asyncio.wait(joining, timeout=2)
    assert not left
    assert all(isinstance(task.exception(), BusUnavailable) for task in done)
    bus.silent = False
    async with feed.watch(ADDRESS.prefix) as watcher:
        await tell(bus)
        assert await taken(watcher) == [1]


async def test_a_reader_that_never_ran_leaves_nobody_waiting() -> None:
    feed = feed_of(MemoryBus())
    watching = feed.watch(ADDRESS.prefix)
    joining = asyncio.ensure_future(watching.__aenter__())
    await asyncio.sleep(0)
    # The task is there, and has not had its turn yet.
    reader().cancel()
    with pytest.raises(BusUnavailable):
        await asyncio.wait_for(joining, 2)


async def test_a_reader_that_does_not_end_holds_up_neither_who_leaves_nor_who_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(live, "END_SECONDS", 0.05)
    bus = Stubborn()
    feed = feed_of(bus)
    async with feed.watch(ADDRESS.prefix):
        old = reader()
    assert not old.done()
    async with feed.watch(ADDRESS.prefix) as watcher:
        await tell(bus)
        assert await taken(watcher) == [1]
        # The old one has read it as well, and has nobody to give it to.
        assert watcher.idle()
        assert watcher.passed() == 1
    bus.let_go.set()
    await tell(bus, number=2)
    with suppress(asyncio.CancelledError):
        await asyncio.wait_for(old, 2)


async def test_a_log_that_is_away_is_an_error_of_everybody_who_joins() -> None:
    bus = MemoryBus()
    bus.available = False
    feed = feed_of(bus)
    for _ in range(2):
        with pytest.raises(BusUnavailable):
            async with feed.watch(ADDRESS.prefix):
                pass
    bus.available = True
    async with feed.watch(ADDRESS.prefix) as watcher:
        await tell(bus)
        assert await taken(watcher) == [1]


async def test_watchers_get_what_is_theirs_and_the_same_frames() -> None:
    bus, other = MemoryBus(), address_of(2)
    feed = feed_of(bus)
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(feed.watch(ADDRESS.prefix))
        two = await stack.enter_async_context(feed.watch(ADDRESS.prefix))
        tenant = await stack.enter_async_context(feed.watch("evaluations.main"))
        odd = await stack.enter_async_context(
            feed.watch("evaluations.main", lambda frame: frame.sequence % 2 == 1)
        )
        for number in range(1, 4):
            await tell(bus, ADDRESS, number)
            await tell(bus, other, number)
        await wait_until(lambda: tenant.passed() == 6)
        frames = [await one.take(), await two.take(), await tenant.take(), await odd.take()]
        assert [[f.sequence for f in some] for some in frames] == [
            [1, 3, 5],
            [1, 3, 5],
            [1, 2, 3, 4, 5, 6],
            [1, 3, 5],
        ]
        # What was encoded for one is encoded for all.
        assert all(a is b is c for a, b, c in zip(frames[0], frames[1], frames[3], strict=True))
        assert frames[0][0].data is frames[1][0].data
        assert frames[0][0].line is frames[1][0].line
        assert frames[0][0].members is frames[1][0].members


@pytest.mark.parametrize(("events", "size"), [(2, 1 << 20), (100, 500)])
async def test_a_watcher_holds_no_more_than_it_may(events: int, size: int) -> None:
    bus = MemoryBus()
    feed = feed_of(bus, events, size)
    async with feed.watch(ADDRESS.prefix) as watcher:
        for number in range(1, 4):
            await tell(bus, number=number)
        await wait_until(watcher.overflowed)
        assert await taken(watcher) == []
        watcher.recover()
        await tell(bus, number=4)
        assert await taken(watcher) == [4]


async def test_one_event_says_the_same_in_every_form(stage: Stage) -> None:
    await run(stage)
    [stored, *_] = await messages_of(stage.bus)
    frame = frame_of(stored, "feed0")
    assert frame is not None
    event = stored.data
    assert frame.data == b"id: feed0-1\nevent: queued\ndata: %b\n\n" % event
    assert frame.line == b'{"cursor":"feed0-1","event":%b}\n' % event
    assert "{" + frame.members == frame.line.decode().rstrip("\n")


async def test_what_is_sent_at_a_time_is_bounded(stage: Stage) -> None:
    address = await stage.submit()
    for _ in range(20):
        await stage.print(address, bytes(65_536))
    frames = [frame for one in await messages_of(stage.bus) if (frame := frame_of(one, "e"))]
    parts = list(portions(frames))
    assert [frame for part in parts for frame in part] == frames
    assert len(parts) > 4
    largest = max(frame.size for frame in frames)
    assert all(_size(part) < PORTION_BYTES + largest for part in parts)
    assert list(portions([])) == []


def _size(frames: list[Frame]) -> int:
    return sum(frame.size for frame in frames)
