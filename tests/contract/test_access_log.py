"""The keyring over the access log in memory and on JetStream: what one gateway does, every other one learns."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from cloche_gateway import keyring as keyring_module
from cloche_gateway.keyring import Keyring
from cloche_gateway.keys import ApiKey
from cloche_kit.bus import AccessLog, BusUnavailable, Conflict, EventBus, Expectation
from cloche_kit.jetstream import JetStreamBus
from cloche_schemas.access import CreateKey, CreateTenant, KeyRecord
from support.waiting import wait_until


@pytest.fixture
def log(bus: EventBus) -> AccessLog:
    return bus.access if isinstance(bus, JetStreamBus) else bus


@asynccontextmanager
async def a_gateway(log: AccessLog) -> AsyncIterator[Keyring]:
    """A keyring that has read what is there, and follows."""
    keyring = Keyring(log)
    following = asyncio.create_task(keyring.follow())
    try:
        await asyncio.wait_for(keyring.ready.wait(), 10)
        yield keyring
    finally:
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following


async def made(keyring: Keyring, name: str = "x") -> tuple[ApiKey, KeyRecord]:
    return await keyring.create_key(CreateKey(name=name), tenant="main", by="first-key")


async def test_a_key_made_by_one_is_known_to_all_and_to_those_that_come_later(
    log: AccessLog,
) -> None:
    async with a_gateway(log) as first, a_gateway(log) as second:
        tenant = await first.create_tenant(CreateTenant(name="another"), by="first-key")
        key, record = await made(first)
        assert first.identify(key) == record
        await wait_until(lambda: second.identify(key) == record)
        await wait_until(lambda: second.has_tenant(tenant.tenant))
        async with a_gateway(log) as third:
            assert third.identify(key) == record
            assert third.has_tenant(tenant.tenant)


async def test_a_key_revoked_by_one_is_refused_by_all(log: AccessLog) -> None:
    async with a_gateway(log) as first, a_gateway(log) as second:
        key, record = await made(first)
        await wait_until(lambda: second.key(key.id) is not None)
        assert await second.revoke(record.id, by="first-key") == second.key(key.id)
        assert second.identify(key) is None
        await wait_until(lambda: first.identify(key) is None)


async def test_of_two_that_revoke_a_key_the_first_counts(log: AccessLog) -> None:
    async with a_gateway(log) as first, a_gateway(log) as second:
        key, record = await made(first)
        await wait_until(lambda: second.key(key.id) is not None)
        one, other = await asyncio.gather(
            first.revoke(record.id, by="one"), second.revoke(record.id, by="other")
        )
        assert one == other
        assert (await log.state()).last == 2


async def test_the_log_takes_no_record_that_expects_another_one(log: AccessLog) -> None:
    async with a_gateway(log) as keyring:
        _, record = await made(keyring)
    subject = f"access.keys.{record.id}"
    refused = await log.append(subject, b"{}", msg_id="x", expect=Expectation(subject, 0))
    assert refused == Conflict(0)


async def test_a_key_whose_record_is_of_a_later_version_is_refused(log: AccessLog) -> None:
    """It may be the one that revokes the key."""
    async with a_gateway(log) as keyring:
        key, record = await made(keyring)
        await log.append(f"access.keys.{record.id}", b'{"type":"later.v9"}', msg_id="later")
        await wait_until(lambda: keyring.identify(key) is None)
        assert await keyring.revoke(record.id, by="first-key") is None


async def test_a_revocation_that_is_always_too_late_ends(
    log: AccessLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyring_module, "REVOKE_LOOK_SECONDS", 0.0)
    deaf = Keyring(log)
    _, record = await made(deaf)
    await log.append(f"access.keys.{record.id}", b"{}", msg_id="by another")
    with pytest.raises(BusUnavailable, match="changed meanwhile"):
        await deaf.revoke(record.id, by="first-key")


async def test_a_record_that_nobody_understands_stops_nobody(log: AccessLog) -> None:
    await log.append("access.keys.aaaaaaaaaaaa", b'{"type":"later.v9"}', msg_id="later")
    async with a_gateway(log) as keyring:
        key, record = await made(keyring)
        assert keyring.identify(key) == record
