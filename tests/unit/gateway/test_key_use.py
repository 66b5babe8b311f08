"""When a key was last used: told once in some minutes by whoever sees it, and known to every gateway."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from cloche_gateway import key_use
from cloche_gateway.key_use import KeyUses
from cloche_kit.bus import RecordLog
from cloche_kit.memory import MemoryBus
from support.gateway import Stage
from support.waiting import wait_until

KEY, DIGEST, OTHER = "abcdefghijkl", "a" * 64, "b" * 64


class Clock:
    def __init__(self) -> None:
        self.now = 1_795_700_000.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def uses_on(log: RecordLog, clock: Callable[[], float]) -> AsyncIterator[KeyUses]:
    """Those of one gateway, which listens to the others."""
    uses = KeyUses(log, seconds=300, clock=clock)
    following = asyncio.create_task(uses.follow())
    try:
        yield uses
    finally:
        following.cancel()
        await asyncio.wait({following})
        await uses.close()


async def length(log: RecordLog) -> int:
    return (await log.state()).last


async def test_a_use_is_told_once_in_some_minutes_however_often_it_happens() -> None:
    log, clock = MemoryBus().ledgers.key_uses, Clock()
    async with uses_on(log, clock) as uses:
        assert uses.last(KEY, DIGEST) is None
        for _ in range(1000):
            clock.now += 0.2
            uses.saw(KEY, DIGEST)
            await asyncio.sleep(0)
        await wait_until(lambda: uses._telling is not None and uses._telling.done())
        assert await length(log) == 1
        clock.now += 300
        uses.saw(KEY, DIGEST)
        last = uses.last(KEY, DIGEST)
        assert last is not None
        assert abs(last.timestamp() - clock.now) < 0.001

        async def told_again() -> bool:
            return await length(log) == 2

        await wait_until(told_again)


async def test_every_gateway_knows_it_and_nobody_says_it_twice() -> None:
    log, clock = MemoryBus().ledgers.key_uses, Clock()
    async with uses_on(log, clock) as first, uses_on(log, clock) as second:
        first.saw(KEY, DIGEST)
        await wait_until(lambda: second.last(KEY, DIGEST) is not None)
        clock.now += 100
        second.saw(KEY, DIGEST)
        await asyncio.sleep(0)
        assert second._telling is None
        assert await length(log) == 1
    # One that starts later reads it from the log.
    async with uses_on(log, clock) as third:
        await wait_until(lambda: third.last(KEY, DIGEST) is not None)


async def test_the_secrets_of_a_key_are_told_apart() -> None:
    clock = Clock()
    async with uses_on(MemoryBus().ledgers.key_uses, clock) as uses:
        uses.saw(KEY, DIGEST)
        clock.now += 10
        uses.saw(KEY, OTHER)
        first, both = uses.last(KEY, DIGEST), uses.last(KEY, DIGEST, OTHER)
        assert first is not None
        assert both is not None
        assert (both - first).total_seconds() == 10


async def test_a_use_waits_while_the_log_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_use, "AGAIN_SECONDS", 0.01)
    bus = MemoryBus()
    log = bus.ledgers.key_uses
    async with uses_on(log, Clock()) as uses:
        bus.available = False
        uses.saw(KEY, DIGEST)
        await asyncio.sleep(0.05)
        bus.available = True

        async def told() -> bool:
            return await length(log) == 1

        await wait_until(told)


async def test_what_nobody_understands_stops_nobody() -> None:
    log = MemoryBus().ledgers.key_uses
    await log.append("keyuse.later", b'{"type":"later.v9"}', msg_id="later")
    async with uses_on(log, Clock()) as uses:
        uses.saw(KEY, DIGEST)
        assert uses.last(KEY, DIGEST) is not None


async def test_a_key_shows_when_it_was_last_used_and_the_old_secret_for_itself(
    stage: Stage,
) -> None:
    made = (await stage.client.post("/v1/keys", json={"name": "ci"})).json()
    path = f"/v1/keys/{made['key']['id']}"
    assert (await stage.client.get(path)).json()["last_used_at"] is None
    old = {"Authorization": f"Bearer {made['api_key']}"}
    await stage.client.get("/v1", headers=old)
    used = (await stage.client.get(path)).json()["last_used_at"]
    assert used is not None
    new = (await stage.client.post(f"{path}/rotate")).json()
    assert new["key"]["previous"]["last_used_at"] == used
    await stage.client.get("/v1", headers={"Authorization": f"Bearer {new['api_key']}"})
    [listed] = (await stage.client.get("/v1/keys")).json()["items"]
    assert listed["last_used_at"] >= used
    assert listed["previous"]["last_used_at"] == used


async def test_who_is_refused_has_not_used_the_key(stage: Stage) -> None:
    made = (await stage.client.post("/v1/keys", json={"name": "ci"})).json()
    wrong = made["api_key"][:-1] + ("0" if made["api_key"][-1] != "0" else "1")
    answer = await stage.client.get("/v1", headers={"Authorization": f"Bearer {wrong}"})
    assert answer.status_code == 401
    [listed] = (await stage.client.get("/v1/keys")).json()["items"]
    assert listed["last_used_at"] is None
