"""The keyring over the access log in memory and on JetStream: what one gateway does, every other one learns."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from cloche_gateway import keyring as keyring_module
from cloche_gateway.keyring import Keyring
from cloche_gateway.keys import ApiKey
from cloche_gateway.problems import ClientError
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


async def test_a_rotation_holds_everywhere_and_both_secrets_are_good(log: AccessLog) -> None:
    async with a_gateway(log) as first, a_gateway(log) as second:
        old, record = await made(first)
        rotated = await first.rotate(record.id, 3600, "first-key")
        assert rotated is not None
        new, after = rotated
        assert new.id == old.id
        await wait_until(lambda: second.identify(new) == after)
        assert second.identify(old) == after
        await second.end_secret(record.id, "previous")
        assert second.identify(old) is None
        await wait_until(lambda: first.identify(old) is None)
        assert first.identify(new) is not None


async def test_of_two_that_rotate_a_key_one_is_told_that_it_is_being_done(log: AccessLog) -> None:
    async with a_gateway(log) as first, a_gateway(log) as second:
        old, record = await made(first)
        await wait_until(lambda: second.key(record.id) is not None)
        results = await asyncio.gather(
            *(one.rotate(record.id, 3600, "x") for one in (first, second)), return_exceptions=True
        )
        [refused] = [one for one in results if isinstance(one, ClientError)]
        assert refused.slug == "rotation_open"
        [rotated] = [one for one in results if not isinstance(one, BaseException)]
        assert rotated is not None
        await wait_until(lambda: first.identify(rotated[0]) and second.identify(rotated[0]))
        assert first.identify(old) == second.identify(old) == rotated[1]


async def test_what_is_open_ends_everywhere_when_its_key_is_revoked(log: AccessLog) -> None:
    async with a_gateway(log) as first, a_gateway(log) as second:
        key, record = await made(first)
        other, _ = await made(first)
        await wait_until(lambda: second.key(other.id) is not None)
        with (
            first.answers.open(key.id, key.digest) as here,
            second.answers.open(key.id, key.digest) as there,
            second.answers.open(other.id, other.digest) as another,
        ):
            assert [one.is_set() for one in (here, there, another)] == [False] * 3
            await first.revoke(record.id, "first-key")
            assert here.is_set()
            await asyncio.wait_for(there.wait(), 1.0)
            assert not another.is_set()
