"""What gateways write down beside the log of record, in memory and on JetStream."""

import asyncio
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from cloche_kit import record_log
from cloche_kit.bus import Appended, BusUnavailable, Conflict, EventBus, Expectation, RecordLog
from cloche_kit.jetstream import JetStreamBus
from support.nats import NatsServer


async def add(log: RecordLog, subject: str, data: bytes = b"{}") -> int:
    result = await log.append(subject, data, msg_id=str(uuid4()))
    assert isinstance(result, Appended)
    return result.sequence


async def test_a_nonce_is_used_up_once_whoever_asks(bus: EventBus) -> None:
    nonces = bus.ledgers.nonces

    async def use_up(nonce: str) -> bool:
        subject = f"nonces.abcdefghijkl.{nonce}"
        expect = Expectation(subject, 0)
        result = await nonces.append(subject, b"", msg_id=str(uuid4()), expect=expect)
        return isinstance(result, Appended)

    assert sorted(await asyncio.gather(*(use_up("a") for _ in range(8)))) == [False] * 7 + [True]
    assert await use_up("b")
    assert not await use_up("a")
    assert (await nonces.state()).last == 2


async def test_an_append_that_is_tried_again_is_its_own(bus: EventBus) -> None:
    nonces = bus.ledgers.nonces
    subject = "nonces.abcdefghijkl.a"
    expect = Expectation(subject, 0)
    first = await nonces.append(subject, b"", msg_id="mine", expect=expect)
    again = await nonces.append(subject, b"", msg_id="mine", expect=expect)
    assert isinstance(first, Appended)
    assert again == Appended(first.sequence, duplicate=True)
    assert await nonces.append(subject, b"", msg_id="yours", expect=expect) == Conflict(0)


async def test_the_audit_log_is_read_from_any_place(bus: EventBus) -> None:
    audit = bus.ledgers.audit
    assert await audit.read(1, 10) == []
    for n in range(5):
        await add(audit, f"audit.w{n % 2}", b"%d" % n)
    read = await audit.read(2, 3)
    assert [(one.sequence, one.data) for one in read] == [(2, b"1"), (3, b"2"), (4, b"3")]
    assert [one.sequence for one in await audit.read(5, 10)] == [5]
    assert await audit.read(6, 10) == []
    assert [one.sequence for one in await audit.read(0, 1)] == [1]


async def test_the_audit_log_finds_a_time(bus: EventBus) -> None:
    audit = bus.ledgers.audit
    first = await add(audit, "audit.w")
    await asyncio.sleep(0.02)
    between = datetime.now(UTC)
    await asyncio.sleep(0.02)
    second = await add(audit, "audit.w")
    assert await audit.sequence_before(between) == first
    assert await audit.sequence_before(between - timedelta(hours=1)) == 0
    assert await audit.sequence_before(between + timedelta(hours=1)) == second


async def test_uses_of_keys_are_followed_from_what_is_there(bus: EventBus) -> None:
    uses = bus.ledgers.key_uses
    await add(uses, "keyuse.a.1")
    last = await add(uses, "keyuse.b.1")
    seen = []
    async with aclosing(uses.follow(after=0)) as batches:
        async for batch in batches:
            seen += [one.subject for one in batch]
            if batch[-1].sequence == last:
                await add(uses, "keyuse.c.1")
            if seen[-1] == "keyuse.c.1":
                break
    assert seen == ["keyuse.a.1", "keyuse.b.1", "keyuse.c.1"]


async def test_none_of_it_is_on_the_log_of_record(bus: EventBus) -> None:
    ledgers = bus.ledgers
    for log, subject in (
        (ledgers.nonces, "nonces.a.b"),
        (ledgers.key_uses, "keyuse.a.b"),
        (ledgers.audit, "audit.w"),
    ):
        await add(log, subject)
        assert (await log.state()).last == 1
    assert (await bus.state()).last == 0


async def test_the_last_use_of_a_secret_is_all_that_is_kept(jetstream_bus: JetStreamBus) -> None:
    """By the server: in memory nothing is forgotten."""
    uses = jetstream_bus.ledgers.key_uses
    for _ in range(3):
        await add(uses, "keyuse.a.1")
    state = await uses.state()
    assert (state.first, state.last) == (3, 3)


async def test_while_the_server_is_away_nobody_is_let_through(
    nats_server: NatsServer, jetstream_bus: JetStreamBus
) -> None:
    nats_server.kill()
    subject = "nonces.a.b"
    begun = asyncio.get_running_loop().time()
    with pytest.raises(BusUnavailable):
        await jetstream_bus.ledgers.nonces.append(
            subject, b"", msg_id="x", expect=Expectation(subject, 0)
        )
    assert asyncio.get_running_loop().time() - begun < 3 * record_log.NONCE_SECONDS
