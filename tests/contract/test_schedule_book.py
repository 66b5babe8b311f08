"""The book of schedules over its log in memory and on JetStream: what one gateway does, every other one learns."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from cloche_gateway import schedule_book
from cloche_gateway.schedule_book import BookEmpty, ScheduleBook
from cloche_kit.bus import BusUnavailable, Conflict, EventBus, Expectation, RecordLog
from cloche_kit.jetstream import JetStreamBus
from cloche_schemas.commands import SubmitEvaluation
from cloche_schemas.schedules import CreateSchedule, ScheduleRecord, subject_of
from msgspec.structs import replace
from support.waiting import wait_until

WISH = CreateSchedule(name="x", cron="@hourly", evaluation=SubmitEvaluation(code="print(1)"))


@pytest.fixture
def log(bus: EventBus) -> RecordLog:
    return bus.schedules if isinstance(bus, JetStreamBus) else bus


@asynccontextmanager
async def a_gateway(log: RecordLog) -> AsyncIterator[ScheduleBook]:
    """A book that has read what is there, and follows."""
    book = ScheduleBook(log)
    following = asyncio.create_task(book.follow())
    try:
        await asyncio.wait_for(book.ready.wait(), 10)
        yield book
    finally:
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following


async def made(book: ScheduleBook) -> ScheduleRecord:
    return await book.create(WISH, tenant="main", by="somebody")


async def test_one_made_by_one_is_known_to_all_and_to_those_that_come_later(
    log: RecordLog,
) -> None:
    async with a_gateway(log) as first, a_gateway(log) as second:
        record = await made(first)
        assert first.get("main", record.id) == record
        await wait_until(lambda: second.get("main", record.id) == record)
        paused = await second.pause("main", record.id)
        assert paused == replace(record, paused=True)
        await wait_until(lambda: first.get("main", record.id) == paused)
        async with a_gateway(log) as third:
            assert third.all() == [paused]
            assert third.get("other", record.id) is None


async def test_changes_at_the_same_time_are_all_made(log: RecordLog) -> None:
    async with a_gateway(log) as first, a_gateway(log) as second:
        record = await made(first)
        await wait_until(lambda: second.get("main", record.id) is not None)

        def one_more(known: ScheduleRecord) -> ScheduleRecord:
            return replace(known, missed=known.missed + 1)

        await asyncio.gather(
            *(book.change("main", record.id, one_more) for book in (first, second) * 5)
        )
        await wait_until(lambda: [book.all()[0].missed for book in (first, second)] == [10, 10])


async def test_deleted_by_one_it_is_gone_for_all_and_nothing_changes_it(log: RecordLog) -> None:
    async with a_gateway(log) as first, a_gateway(log) as second:
        record = await made(first)
        await wait_until(lambda: second.get("main", record.id) is not None)
        assert await first.delete("main", record.id) == record
        assert await second.pause("main", record.id) is None
        assert first.all() == []
        assert second.all() == []
        async with a_gateway(log) as third:
            assert third.all() == []
            assert await third.delete("main", record.id) is None


async def test_the_log_takes_no_record_that_expects_another_one(log: RecordLog) -> None:
    async with a_gateway(log) as book:
        record = await made(book)
    subject = subject_of(record)
    refused = await log.append(subject, b"{}", msg_id="x", expect=Expectation(subject, 0))
    assert refused == Conflict(0)


async def test_one_whose_record_is_of_a_later_version_is_left_alone(log: RecordLog) -> None:
    async with a_gateway(log) as book:
        record = await made(book)
        await log.append(subject_of(record), b'{"type":"later.v9"}', msg_id="later")
        await wait_until(lambda: book.all() == [])
        assert await made(book) in book.all()


async def test_a_change_that_is_always_too_late_ends(
    log: RecordLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule_book, "CHANGE_LOOK_SECONDS", 0.0)
    deaf = ScheduleBook(log)
    with pytest.raises(BookEmpty):
        deaf.of("main")
    deaf.ready.set()
    record = await made(deaf)
    await log.append(subject_of(record), b"{}", msg_id="by another")
    with pytest.raises(BusUnavailable, match="changed meanwhile"):
        await deaf.pause("main", record.id)


async def test_the_last_record_of_each_is_kept_and_no_other(jetstream_bus: JetStreamBus) -> None:
    async with a_gateway(jetstream_bus.schedules) as book:
        first, second = await made(book), await made(book)
        for _ in range(3):
            await book.pause("main", first.id)
            await book.resume("main", first.id)
        assert (await jetstream_bus.schedules.state()).first == 2
    async with a_gateway(jetstream_bus.schedules) as book:
        assert [one.id for one in book.of("main")] == sorted([first.id, second.id])
