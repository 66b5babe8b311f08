"""What every gateway shows of the whole system, and that it goes on when nobody answers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from cloche_gateway.gauges import OLDEST, OPEN, keep_measuring, show
from cloche_gateway.queue_models import OpenRow
from cloche_kit.bus import BusUnavailable
from msgspec.structs import replace
from support.gateway import Stage, stage_with
from support.waiting import wait_until

NOW = datetime(2026, 11, 26, tzinfo=UTC)
ROW = OpenRow(
    tenant="a",
    engine="docker",
    priority="high",
    status="queued",
    count=2,
    oldest=NOW - timedelta(seconds=30),
)


class Streams:
    """As `StreamMetrics`; does not answer while `away`."""

    def __init__(self) -> None:
        self.looks = 0
        self.away = False

    @asynccontextmanager
    async def hearing(self) -> AsyncIterator[None]:
        if self.away:
            raise BusUnavailable("away")
        yield

    async def measure(self) -> None:
        self.looks += 1
        if self.away:
            raise BusUnavailable("away")


def oldest(engine: str, priority: str) -> float:
    return float(OLDEST.labels(engine, priority)._value.get())


def test_tenants_are_added_up_and_the_oldest_counts() -> None:
    older = NOW - timedelta(seconds=90)
    running = replace(ROW, status="running", count=3, oldest=NOW - timedelta(days=1))
    show([ROW, replace(ROW, tenant="b", oldest=older), running], NOW)
    assert oldest("docker", "high") == 90.0
    assert oldest("docker", "low") == 0.0
    assert OPEN.labels("queued")._value.get() == 4.0
    assert OPEN.labels("running")._value.get() == 3.0
    show([], NOW)
    assert oldest("docker", "high") == 0.0
    assert OPEN.labels("queued")._value.get() == 0.0


async def measuring(stage: Stage, streams: Streams) -> asyncio.Task[None]:
    deps = replace(stage.deps, streams=streams)
    return asyncio.create_task(keep_measuring(deps, stop=stage.stop, seconds=0.01))


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with stage_with() as made:
        yield made


async def test_it_measures_until_it_is_told_to_stop(stage: Stage) -> None:
    streams = Streams()
    await stage.project(await stage.submit())
    task = await measuring(stage, streams)
    await wait_until(lambda: streams.looks > 2)
    assert OPEN.labels("queued")._value.get() == 1.0
    stage.stop.set()
    async with asyncio.timeout(2):
        await task


async def test_who_does_not_answer_is_asked_again(stage: Stage) -> None:
    streams = Streams()
    streams.away = stage.read_models.down = True
    task = await measuring(stage, streams)
    await asyncio.sleep(0.05)
    assert not task.done()
    streams.away = False
    await wait_until(lambda: streams.looks > 1)
    stage.stop.set()
    async with asyncio.timeout(2):
        await task
