"""Periods as the access log has them, and what holds while it cannot be read."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import msgspec
import pytest
from cloche_kit.memory import MemoryBus
from cloche_schemas.access import TENANT_SUBJECT, TenantRecord
from cloche_storage import policies as policies_module
from cloche_storage.policies import DAY, FOR_EVER, Policies
from cloche_storage.settings import StorageSettings
from support.waiting import wait_until


async def say(log: MemoryBus, tenant: str, **days: float) -> None:
    record = TenantRecord(tenant=tenant, name=tenant, created_at=datetime.now(UTC))
    data = msgspec.json.encode(msgspec.structs.replace(record, **days))
    await log.append(TENANT_SUBJECT + tenant, data, msg_id=f"{tenant}{days}")


@asynccontextmanager
async def following(log: MemoryBus, **settings: object) -> AsyncIterator[Policies]:
    policies = Policies(StorageSettings.model_validate(settings), log)
    task = asyncio.create_task(policies.follow())
    try:
        yield policies
    finally:
        task.cancel()
        await asyncio.wait({task})


async def test_a_tenants_own_periods_stand_before_the_servers() -> None:
    log = MemoryBus()
    await log.append("access.keys.x", b"{}", msg_id="a key")
    await say(log, "t1", stream_days=2)
    async with following(log, retention_output_days=5) as policies:
        assert not policies.ready
        await wait_until(lambda: policies.ready)
        assert (policies.of("t1").stream, policies.of("t1").output) == (2 * DAY, 5 * DAY)
        assert policies.of("main") == policies.of("nobody") == policies.default
        assert (policies.own, policies.tenants) == (["t1"], ["main", "t1"])
        await say(log, "t1", stream_days=3)
        await wait_until(lambda: policies.of("t1").stream == 3 * DAY)
        await say(log, "t1")
        await wait_until(lambda: policies.own == [])
        await log.append(TENANT_SUBJECT + "t2", b'{"later": 1}', msg_id="later")
        await wait_until(lambda: policies.of("t2") == FOR_EVER)


async def test_an_empty_log_says_that_nobody_has_any() -> None:
    async with following(MemoryBus()) as policies:
        await wait_until(lambda: policies.ready)


@pytest.mark.parametrize(
    ("days", "stream"),
    [({}, 7), ({"archive_days": 3}, 3), ({"stream_days": 0, "archive_days": 9}, 9)],
)
async def test_what_the_archive_forgets_is_not_kept_on_the_stream(
    days: dict[str, float], stream: float
) -> None:
    log = MemoryBus()
    await say(log, "t1", **days)
    async with following(log) as policies:
        await wait_until(lambda: policies.ready)
        assert policies.of("t1").stream == stream * DAY


async def test_while_it_is_away_what_is_known_holds_and_once_it_is_lost_nothing_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(policies_module, "RETRY_SECONDS", 0.01)
    log = MemoryBus()
    log.available = False
    async with following(log) as policies:
        await asyncio.sleep(0.05)
        assert not policies.ready
        log.available = True
        await wait_until(lambda: policies.ready)
        log.lose()
        await wait_until(lambda: not policies.ready)
