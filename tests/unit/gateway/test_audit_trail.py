"""One gateway's chain: in batches, in order, tried again as it was, and never silently short."""

import asyncio
from datetime import UTC, datetime

import pytest
from cloche_gateway import audit_trail
from cloche_gateway.audit_trail import MOST_TOGETHER, UNPLACED, UNPROVEN_AT_ONCE, AuditTrail
from cloche_kit.bus import Appended, BusUnavailable, Conflict, Expectation
from cloche_kit.ledgers import AuditLog
from cloche_kit.memory import MemoryBus
from cloche_kit.memory_ledgers import MemoryRecords
from cloche_schemas.audit import LOST, OPENED, UNPROVEN, AuditEntry
from cloche_schemas.audit_chain import BEGINNING
from support.auditing import entries_of, verified
from support.waiting import wait_until


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_trail, "AGAIN_SECONDS", 0.01)


def trail_on(log: AuditLog, *, entries: int = 1000, name: str = "g1") -> AuditTrail:
    return AuditTrail(log, instance=name, entries=entries, clock=lambda: datetime.now(UTC))


def entry(target: str = "", key: str = "abcdefghijkl") -> AuditEntry:
    return AuditEntry(
        action="POST /v1/evaluations",
        at=datetime.now(UTC),
        key=key,
        number=1,
        outcome="allowed",
        previous=BEGINNING,
        target=target,
        writer=UNPLACED,
    )


async def settled(trail: AuditTrail) -> None:
    await wait_until(lambda: trail._writing is not None and trail._writing.done())


class Shaky(MemoryRecords):
    """Stores and does not answer, as often as it is told to."""

    def __init__(self) -> None:
        super().__init__("e", lambda: None)
        self.unanswered = 0
        self.tried: list[str] = []

    async def append(
        self, subject: str, data: bytes, *, msg_id: str, expect: Expectation | None = None
    ) -> Appended | Conflict:
        self.tried.append(msg_id)
        result = await super().append(subject, data, msg_id=msg_id, expect=expect)
        if self.unanswered:
            self.unanswered -= 1
            raise BusUnavailable("no answer")
        return result


async def test_entries_gather_into_one_message_and_keep_their_order() -> None:
    log = MemoryBus().ledgers.audit
    trail = trail_on(log)
    for n in range(50):
        trail.note(entry(str(n)))
    await settled(trail)
    found = await entries_of(log)
    assert [one.action for one in found[:1]] == [OPENED]
    assert [one.target for one in found[1:]] == [str(n) for n in range(50)]
    assert [one.number for one in found] == list(range(1, 52))
    assert {one.writer for one in found} == {found[0].writer}
    assert (await log.state()).last == 2
    assert (await verified(log)).sound


async def test_many_at_once_come_in_several_messages() -> None:
    log = MemoryBus().ledgers.audit
    trail = trail_on(log)
    for n in range(2 * MOST_TOGETHER + 1):
        trail.note(entry(str(n)))
    await settled(trail)
    assert (await log.state()).last == 1 + 3
    report = await verified(log)
    assert (report.sound, report.entries) == (True, 2 * MOST_TOGETHER + 2)


async def test_who_waits_for_an_entry_waits_for_no_other() -> None:
    log = MemoryBus().ledgers.audit
    trail = trail_on(log)
    trail.note(entry("first"))
    begun = asyncio.get_running_loop().time()
    assert await trail.write(entry("mine"), 5.0)
    assert asyncio.get_running_loop().time() - begun < 1.0
    assert [one.target for one in (await entries_of(log))[1:]] == ["first", "mine"]


async def test_each_gateway_has_a_chain_of_its_own_that_names_the_end_it_found() -> None:
    log = MemoryBus().ledgers.audit
    first, second = trail_on(log, name="g1"), trail_on(log, name="g2")
    for n in range(20):
        first.note(entry(f"a{n}"))
        second.note(entry(f"b{n}"))
        await asyncio.sleep(0.005)
    await settled(first)
    await settled(second)
    third = trail_on(log)
    assert await third.write(entry("c"), 5.0)
    found = await entries_of(log)
    assert len({one.writer for one in found}) == 3
    opened = [one for one in found if one.action == OPENED]
    assert opened[0].witness == ""
    assert opened[-1].witness.startswith(f"{(await log.state()).last - 2}:w")
    assert opened[0].target == "/cloche/gateway/g1"
    report = await verified(log)
    assert (report.sound, len(report.heads)) == (True, 3)


async def test_a_message_that_was_stored_and_not_answered_is_written_once() -> None:
    log = Shaky()
    trail = trail_on(log)
    assert await trail.write(entry("before"), 5.0)
    log.unanswered = 3
    trail.note(entry("mine"))
    await wait_until(lambda: trail.trouble)
    trail.note(entry("after"))
    await settled(trail)
    assert trail.trouble == ""
    assert [one.target for one in (await entries_of(log))[1:]] == ["before", "mine", "after"]
    assert (await verified(log)).sound
    # The same message under the same id, although more was waiting by then.
    assert len(set(log.tried)) < len(log.tried)


async def test_what_finds_no_room_is_counted_and_said_in_the_chain(
    capfd: pytest.CaptureFixture[str],
) -> None:
    bus = MemoryBus()
    log = bus.ledgers.audit
    trail = trail_on(log, entries=10)
    bus.available = False
    for n in range(25):
        trail.note(entry(str(n)))
    await wait_until(lambda: trail.trouble)
    assert not await trail.write(entry("no room"), 5.0)
    bus.available = True
    await settled(trail)
    found = await entries_of(log)
    [lost] = [one for one in found if one.action == LOST]
    assert (lost.count, lost.outcome) == (16, "failed")
    told = [one.target for one in found if one.action == "POST /v1/evaluations"]
    assert told == [str(n) for n in range(10)]
    report = await verified(log)
    assert (report.sound, report.lost) == (True, 16)
    said = "".join(capfd.readouterr())
    assert "audit_entries_lost" in said
    assert "audit_not_written" in said


async def test_who_waits_in_vain_is_told_so_and_the_entry_is_written_later() -> None:
    bus = MemoryBus()
    log = bus.ledgers.audit
    trail = trail_on(log)
    bus.available = False
    assert not await trail.write(entry("mine"), 0.05)
    assert trail.trouble
    bus.available = True
    await settled(trail)
    assert [one.target for one in (await entries_of(log))[1:]] == ["mine"]


async def test_a_flood_of_requests_without_a_good_key_is_counted_not_told_one_by_one() -> None:
    log = MemoryBus().ledgers.audit
    now = [0.0]
    trail = AuditTrail(
        log,
        instance="g",
        entries=10_000,
        clock=lambda: datetime.now(UTC),
        monotonic=lambda: now[0],
    )
    for _ in range(5000):
        trail.note(entry(key=""))
    trail.note(entry("of a key"))
    await settled(trail)
    found = await entries_of(log)
    told = [one for one in found if one.action == "POST /v1/evaluations"]
    assert len(told) == UNPROVEN_AT_ONCE + 1
    assert told[-1].target == "of a key"
    counted = [one.count for one in found if one.action == UNPROVEN]
    assert sum(counted) == 5000 - UNPROVEN_AT_ONCE
    now[0] += 1
    trail.note(entry("later", key=""))
    await settled(trail)
    assert (await entries_of(log))[-1].target == "later"


async def test_a_chain_that_somebody_else_writes_is_given_up_and_nothing_is_lost() -> None:
    log = MemoryBus().ledgers.audit
    trail = trail_on(log)
    assert await trail.write(entry("mine"), 5.0)
    head = trail._head
    assert head is not None
    await log.append(head.subject, b"{}", msg_id="foreign")
    assert await trail.write(entry("after"), 5.0)
    found = await entries_with_foreign(log)
    assert [one.target for one in found if one.action != OPENED] == ["mine", "after"]
    assert len({one.writer for one in found}) == 2
    [broken] = (await verified(log)).breaks
    assert (broken.kind, broken.sequence) == ("malformed", 3)


async def entries_with_foreign(log: AuditLog) -> list[AuditEntry]:
    """Without the message that is none."""
    kept = MemoryRecords("e", lambda: None)
    for stored in await log.read(1, 100):
        if stored.data != b"{}":
            await kept.append(stored.subject, stored.data, msg_id=str(stored.sequence))
    return await entries_of(kept)


async def test_what_waits_when_the_gateway_stops_is_written_or_said_to_be_lost(
    capfd: pytest.CaptureFixture[str],
) -> None:
    bus = MemoryBus()
    trail = trail_on(bus.ledgers.audit)
    trail.note(entry("mine"))
    await trail.close(5.0)
    assert [one.target for one in (await entries_of(bus.ledgers.audit))[1:]] == ["mine"]
    assert "audit_entries_lost" not in "".join(capfd.readouterr())
    bus.available = False
    trail.note(entry("too late"))
    await trail.close(0.05)
    assert "audit_entries_lost" in "".join(capfd.readouterr())
