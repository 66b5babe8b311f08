"""The client's history against the real gateway: what one sends, the other understands."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

import pytest
from cloche import Client, errors
from support.gateway import KEY, Stage, stage_with
from support.replaying import archived, run
from support.waiting import wait_until

T = TypeVar("T")


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with stage_with(ping_seconds=0.05, reconnect_ms=10) as stage:
        yield stage


async def with_client(stage: Stage, call: Callable[[Client], T]) -> T:
    """What `call` gives for a client of the gateway, which may block."""

    def calling(url: str) -> T:
        with Client(url, KEY, patience=5.0) as client:
            return call(client)

    async with stage.listening() as http:
        return await asyncio.to_thread(calling, str(http.base_url))


async def test_a_history_is_read_to_its_end_and_on_from_a_cursor(stage: Stage) -> None:
    for _ in range(2):
        await run(stage, labels={"model": "a"})
    epoch = await archived(stage, 7)
    stage.bus.gone = {1, 2, 3, 4, 5, 6}
    cursors = [f"{epoch}-{n}" for n in range(1, 11)]

    def call(client: Client) -> list[list[str]]:
        found = [client.events(), client.events(after=cursors[3]), client.events(from_="9")]
        found.append(client.events(labels=["model=a"], types=["completed"], until=cursors[5]))
        return [[event.cursor for event in events] for events in found]

    assert await with_client(stage, call) == [cursors, cursors[4:], cursors[8:], [cursors[4]]]


async def test_following_goes_on_after_a_log_that_was_away(stage: Stage) -> None:
    await run(stage)
    loop = asyncio.get_running_loop()
    fail = True

    def readers() -> list["asyncio.Task[object]"]:
        return [task for task in asyncio.all_tasks() if task.get_name() == "live-feed"]

    async def interrupt() -> None:
        nonlocal fail
        if fail:
            # The reader of all breaks, as when the log is away, and more happens before anybody is back.
            fail = False
            # What it was given may all have come from the past so far.
            await wait_until(lambda: any(stage.gateway.feed._watchers.values()) and readers())
            [reader] = readers()
            # Gone before anybody hears of it, as when it breaks by itself.
            reader.cancel()
            await asyncio.wait({reader})
            for watchers in stage.gateway.feed._watchers.values():
                for watcher in watchers:
                    watcher.fail()
        await run(stage)

    def call(client: Client) -> list[int]:
        seen: list[int] = []
        for event in client.events(follow=True):
            seen.append(int(event.cursor.rpartition("-")[2]))
            if len(seen) in {5, 10}:
                asyncio.run_coroutine_threadsafe(interrupt(), loop).result()
            if len(seen) == 15:
                break
        return seen

    assert await with_client(stage, call) == list(range(1, 16))


async def test_refusals_are_errors_of_the_client(stage: Stage) -> None:
    await run(stage)

    def call(client: Client) -> None:
        with pytest.raises(errors.Invalid) as caught:
            list(client.events(from_="yesterday"))
        assert caught.value.problem.errors[0].pointer == "/query/from"
        with pytest.raises(errors.Invalid):
            list(client.events(tenant="nobody"))

    await with_client(stage, call)


async def test_damage_in_the_middle_is_an_error_and_no_end(stage: Stage) -> None:
    for _ in range(2):
        await run(stage)
    await archived(stage, 10)
    stage.bus.gone = set(range(1, 11))
    keys = [info.key async for info in stage.objects.list("archive/") if info.key.endswith("zst")]
    await stage.objects.delete(keys[1])

    def call(client: Client) -> int:
        seen: list[str] = []
        with pytest.raises(errors.ServerTrouble) as caught:
            seen.extend(event.cursor for event in client.events())
        assert caught.value.problem.code == "archive_damaged"
        return len(seen)

    assert await with_client(stage, call) == 3
