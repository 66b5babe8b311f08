"""An executor that is told to stop: what runs may end, what was not begun goes to others, within their time."""

import asyncio
import time

from cloche_executor.sandbox import Job
from cloche_kit.memory import MemoryBus
from cloche_schemas.events import AttemptFailed
from support.evaluations import Client
from support.fake_engine import FakeEngine, Write
from support.lending import lasting
from support.waiting import wait_until
from support.working import nothing_left, working


async def test_what_runs_may_end_and_nothing_is_begun_any_more(
    bus: MemoryBus, client: Client
) -> None:
    go_on, engine = asyncio.Event(), FakeEngine()

    async def program(_job: Job, write: Write) -> int:
        await write("stdout", b"begun")
        await go_on.wait()
        return 0

    engine.program = program
    async with working(bus, engine, slots=1, drain_seconds=20) as worker:
        running = await client.submit()
        await client.reached(running, "AttemptStarted")
        waiting = await client.submit()
        stopping = asyncio.create_task(end_soon(worker._errands._claiming, go_on))
    await stopping
    assert (await client.completed(running, within=0)).outcome == "succeeded"
    assert await client.output(running) == b"begun"
    assert await client.types(waiting) == ["EvaluationQueued"]
    async with working(bus, FakeEngine(), name="another"):
        assert (await client.completed(waiting)).attempt == 1
        assert await nothing_left(bus)


async def end_soon(claiming: object, go_on: asyncio.Event) -> None:
    """Let the program end once its executor is stopping."""
    await wait_until(lambda: bool(claiming.stopping), within=10)  # type: ignore[attr-defined]
    go_on.set()


async def test_what_does_not_end_in_time_is_our_failure_and_runs_elsewhere(
    bus: MemoryBus, client: Client
) -> None:
    engine = FakeEngine(lasting(60))
    async with working(bus, engine, drain_seconds=0.3):
        address = await client.submit()
        await wait_until(lambda: client.chunks(address))
        begun = time.monotonic()
    assert 0.3 <= time.monotonic() - begun < 3
    failed = (await client.events(address))[-1]
    assert isinstance(failed, AttemptFailed)
    assert failed.reason == "executor_stopped"
    await client.requeue(address)
    async with working(bus, FakeEngine(), name="another"):
        end = await client.completed(address)
    assert (end.outcome, end.attempt) == ("succeeded", 2)


async def test_an_idle_executor_does_not_wait(bus: MemoryBus, client: Client) -> None:
    async with working(bus, FakeEngine(), drain_seconds=60):
        await client.completed(await client.submit())
        assert await nothing_left(bus)
        begun = time.monotonic()
    assert time.monotonic() - begun < 1
