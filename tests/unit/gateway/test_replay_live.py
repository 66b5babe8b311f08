"""GET /v1/events?follow=true: from the past into what comes, without a seam, for fast and for slow readers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import msgspec
import pytest
from cloche_gateway.answering import history_of
from cloche_gateway.replay_feed import Replay
from cloche_gateway.replay_filter import Filter
from cloche_gateway.replay_range import Given, range_of
from support.gateway import Stage, read_events, stage_with
from support.replaying import PATH, archived, replayed, run, sequences
from support.waiting import wait_until

FOLLOW = {"follow": "true"}


@asynccontextmanager
async def following(
    client: httpx2.AsyncClient, **params: Any
) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
    """The lines of a replay that goes on."""
    async with client.stream("GET", PATH, params=FOLLOW | params) as answer:
        assert answer.status_code == 200
        yield (msgspec.json.decode(line) async for line in answer.aiter_lines())


async def take(lines: AsyncIterator[dict[str, Any]], count: int) -> list[int]:
    """Sequences of the next `count` events."""
    return sequences([await anext(lines) for _ in range(count)])


async def test_what_was_and_what_comes_is_one_history(stage: Stage) -> None:
    await run(stage)
    await archived(stage, 5)
    stage.bus.gone = {1, 2, 3, 4, 5}
    async with stage.listening() as client, following(client) as lines:
        assert await take(lines, 5) == [1, 2, 3, 4, 5]
        await run(stage)
        assert await take(lines, 5) == [6, 7, 8, 9, 10]


async def test_readers_at_the_end_share_one_reader_of_the_log(stage: Stage) -> None:
    other = await stage.tenant()
    await run(stage)

    async def watch(client: httpx2.AsyncClient, **params: Any) -> list[int]:
        async with following(client, **params) as lines:
            return [*await take(lines, 5), *await take(lines, 5)]

    async with stage.listening() as client:
        watching = [asyncio.create_task(watch(client)) for _ in range(10)]
        # Each has read the past by itself, and then there is one that reads for all.
        await wait_until(lambda: len(stage.bus.followed) == 11 and stage.bus.followers == [()])
        await run(stage, other)
        await run(stage)
        mine = [1, 2, 3, 4, 5, 11, 12, 13, 14, 15]
        assert await asyncio.gather(*watching) == [mine] * 10
        await wait_until(lambda: stage.bus.followers == [])
        assert stage.bus.followed.count(()) == 1


async def test_nothing_is_lost_or_doubled_while_events_race_the_readers(stage: Stage) -> None:
    async def write() -> None:
        for _ in range(30):
            await run(stage)

    async def watch(client: httpx2.AsyncClient, delay: int) -> list[int]:
        for _ in range(delay):
            await asyncio.sleep(0)
        async with following(client) as lines:
            return await take(lines, 150)

    async with stage.listening() as client:
        writing = asyncio.create_task(write())
        seen = await asyncio.gather(*(watch(client, delay) for delay in range(0, 400, 50)))
        await writing
    assert seen == [list(range(1, 151))] * 8


@pytest.mark.parametrize("events", [1, 3, 4096])
async def test_a_reader_that_is_overrun_goes_on_from_the_log(events: int) -> None:
    async with stage_with(watcher_events=events) as stage:
        await run(stage)
        replay, written, seen = await replay_of(stage), 5, list[int]()
        async with asyncio.timeout(30), aclosing(replay.told()) as told:
            while len(seen) < 100:
                seen += [frame.sequence for frame in (await anext(told)).frames]
                # Held up here, while more comes than its watcher may hold.
                for _ in range(2 if written < 100 and len(seen) == written else 0):
                    await run(stage)
                    written += 5
        assert seen[:100] == list(range(1, 101))


async def replay_of(stage: Stage, wanted: Filter | None = None) -> Replay:
    history = history_of(stage.deps)
    range_ = await range_of(history, Given("beginning", ""), None, follow=True)
    return Replay(stage.gateway, history, range_, wanted or Filter(tenant="main"))


async def test_filters_hold_for_what_comes(stage: Stage) -> None:
    async with (
        stage.listening() as client,
        following(client, type="completed", label="model=a") as lines,
    ):
        await wait_until(lambda: stage.bus.followers == [()])
        for labels in ({"model": "b"}, {"model": "a"}, {}):
            await run(stage, labels=labels)
        assert await take(lines, 1) == [10]


async def test_silence_is_broken_by_the_place_that_is_reached() -> None:
    async with stage_with(ping_seconds=0.05) as stage:
        other = await stage.tenant()
        await run(stage)
        async with stage.listening() as client, following(client) as lines:
            assert await take(lines, 5) == [1, 2, 3, 4, 5]
            epoch = (await stage.bus.state()).epoch
            assert await anext(lines) == {"cursor": f"{epoch}-5"}
            await run(stage, other)
            # What belongs to others is passed over, and who comes back does not read it again.
            while (await anext(lines))["cursor"] != f"{epoch}-10":
                pass
        stage.stop.clear()
        headers = {"Accept": "text/event-stream"}
        async with (
            stage.listening() as client,
            client.stream("GET", PATH, params=FOLLOW | {"from": "10"}, headers=headers) as answer,
        ):
            found = [line async for line in _some(answer, 6)]
            assert found == ["retry: 1000", "", ": ping", f"id: {epoch}-10", "", ": ping"]


async def _some(answer: httpx2.Response, count: int) -> AsyncIterator[str]:
    async for line in answer.aiter_lines():
        yield line
        count -= 1
        if not count:
            return


async def test_open_replays_end_when_the_gateway_stops(stage: Stage) -> None:
    await run(stage)
    headers = {"Accept": "text/event-stream"}
    async with (
        stage.listening() as client,
        following(client) as lines,
        client.stream("GET", PATH, params=FOLLOW, headers=headers) as answer,
    ):
        await take(lines, 5)
        events = read_events(answer)
        assert [(await anext(events)).sequence for _ in range(5)] == [1, 2, 3, 4, 5]
        stage.stop.set()
        assert [line async for line in lines] == [{"reconnect": True}]
        assert [(event.name, event.retry) async for event in events] == [("reconnect", "1000")]


async def test_a_log_that_is_lost_ends_them_with_a_problem(stage: Stage) -> None:
    await run(stage)
    async with stage.listening() as client, following(client) as lines:
        await take(lines, 5)
        await wait_until(lambda: stage.bus.followers == [()])
        stage.bus.lose()
        [last] = [line async for line in lines]
        assert last["problem"]["code"] == "unavailable"


async def test_following_up_to_a_sequence_ends_there(stage: Stage) -> None:
    await run(stage)
    async with stage.listening() as client, following(client, until="8") as lines:
        assert await take(lines, 5) == [1, 2, 3, 4, 5]
        await run(stage)
        *rest, last = [line async for line in lines]
        assert sequences(rest) == [6, 7, 8]
        assert (last["cursor"].rpartition("-")[2], last["end"]) == ("8", True)
    stage.stop.clear()
    assert sequences(await replayed(stage, follow="true", until="8")) == list(range(1, 9))


async def test_following_up_to_a_sequence_ends_there_also_where_others_have_it(
    stage: Stage,
) -> None:
    other = await stage.tenant()
    await run(stage)
    async with stage.listening() as client, following(client, until="9") as lines:
        assert await take(lines, 5) == [1, 2, 3, 4, 5]
        await run(stage, other)
        [last] = [line async for line in lines]
        assert (last["cursor"].rpartition("-")[2], last["end"]) == ("9", True)


async def test_following_up_to_a_time_ends_then(stage: Stage) -> None:
    until = datetime.now(UTC) + timedelta(seconds=1.5)
    await run(stage)
    async with (
        stage.listening() as client,
        following(client, until=until.isoformat()) as lines,
    ):
        assert await take(lines, 5) == [1, 2, 3, 4, 5]
        await wait_until(lambda: datetime.now(UTC) > until)
        await run(stage)
        [last] = [line async for line in lines]
        assert last["end"] is True


async def test_a_reader_that_leaves_gives_back_what_it_held() -> None:
    async with stage_with(replay_readers=1) as stage:
        await run(stage)
        for _ in range(3):
            async with stage.listening() as client, following(client) as lines:
                await take(lines, 5)
            await wait_until(lambda: stage.bus.followers == [])
            assert not stage.gateway.readers.locked()
            stage.stop.clear()


async def test_who_has_to_wait_for_a_turn_is_pinged_and_then_served() -> None:
    async with stage_with(replay_readers=1, ping_seconds=0.05) as stage:
        await run(stage)
        async with stage.listening() as client, stage.gateway.readers, following(client) as lines:
            epoch = (await stage.bus.state()).epoch
            for _ in range(2):
                assert await anext(lines) == {"cursor": f"{epoch}-0"}
            stage.gateway.readers.release()
            seen: list[int] = []
            while len(seen) < 5:
                seen += sequences([await anext(lines)])
            await stage.gateway.readers.acquire()
        assert seen == [1, 2, 3, 4, 5]
