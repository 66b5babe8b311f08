"""What a gateway does beside answering: a job that breaks is begun again, one whose stream is lost is an alarm."""

import asyncio

import pytest
from cloche_gateway import hosting
from cloche_gateway.app import health_of
from cloche_gateway.hosting import hosted
from cloche_kit.bus import StreamLost
from support.gateway import Stage
from support.waiting import wait_until


async def test_a_job_that_breaks_is_begun_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = 0

    async def breaks_once(*_: object, stop: asyncio.Event) -> None:
        nonlocal begun
        begun += 1
        if begun == 1:
            raise RuntimeError("a bug")
        await stop.wait()

    monkeypatch.setattr(hosting, "dispatch", breaks_once)
    monkeypatch.setattr(hosting, "AGAIN_SECONDS", 0.01)
    health = health_of(stage.gateway)
    async with hosted(stage.gateway, health):
        await wait_until(lambda: begun == 2)
        stage.stop.set()
    assert health.alarm is None


async def test_a_job_whose_stream_is_lost_is_an_alarm_and_not_begun_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = 0

    async def loses(*_: object, stop: asyncio.Event) -> None:
        nonlocal begun
        begun += 1
        raise StreamLost("LEASES is gone")

    monkeypatch.setattr(hosting, "dispatch", loses)
    monkeypatch.setattr(hosting, "AGAIN_SECONDS", 0.01)
    health = health_of(stage.gateway)
    async with hosted(stage.gateway, health):
        await wait_until(lambda: health.alarm is not None)
        stage.stop.set()
    assert begun == 1
    assert "LEASES" in str(health.alarm)
