"""What the event bus promises of the log, on both adapters. Where one keeps less, it is named in DEVIATIONS.

Durables, deliveries and parked messages: test_bus_queue.py.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest
from cloche_kit.bus import Appended, Conflict, EventBus, Expectation, Stored, StreamLost
from cloche_schemas import subjects
from cloche_schemas.subjects import SubjectError
from support.bus import an_address, append

# What the adapter in memory does otherwise, on purpose. Nothing here may depend on it.
DEVIATIONS = {
    "memory": (
        "the lane of a tenant is stable, but not the server's",
        "a work message keeps the time of its event; the server's is when it was sourced",
        "the duplicate window is the process's, and forgotten with it",
    ),
}


async def take(stream: AsyncGenerator[list[Stored], None], count: int) -> list[Stored]:
    """The first `count` messages of a follow."""
    found: list[Stored] = []
    async with asyncio.timeout(5.0), aclosing(stream):
        async for batch in stream:
            found += batch
            if len(found) >= count:
                break
    return found


# --- append -----------------------------------------------------------------------------------------------------------


async def test_appends_are_numbered_in_order_and_read_back_as_they_were(bus: EventBus) -> None:
    address = an_address()
    first = await bus.append(address.log, b"one", msg_id="a", headers={"traceparent": "00-x"})
    second = await bus.append(address.output(1), b"two", msg_id="b")

    assert isinstance(first, Appended)
    assert isinstance(second, Appended)
    assert second.sequence > first.sequence
    stored = await bus.get(first.sequence)
    assert stored is not None
    assert (stored.subject, stored.sequence, stored.data) == (address.log, first.sequence, b"one")
    assert stored.headers["traceparent"] == "00-x"
    assert stored.headers["Nats-Msg-Id"] == "a"
    assert stored.time.utcoffset() is not None


async def test_the_callers_headers_are_left_as_they_were(bus: EventBus) -> None:
    headers = {"traceparent": "00-x"}
    await bus.append(an_address().log, b"one", msg_id="a", headers=headers)
    assert headers == {"traceparent": "00-x"}


async def test_the_same_id_again_is_a_duplicate_and_stores_nothing(bus: EventBus) -> None:
    address = an_address()
    first = await bus.append(address.log, b"one", msg_id="a")
    again = await bus.append(address.log, b"one", msg_id="a")

    assert isinstance(first, Appended)
    assert again == Appended(first.sequence, duplicate=True)
    assert len(await bus.history(address.tenant, address.evaluation)) == 1


async def test_of_two_appends_that_expect_the_same_one_wins(bus: EventBus) -> None:
    address = an_address()
    expect = Expectation(address.lifecycle, 0)
    results = await asyncio.gather(
        *(bus.append(address.log, b"x", msg_id=f"id-{n}", expect=expect) for n in range(8))
    )
    assert [type(result) for result in results].count(Appended) == 1
    assert [result for result in results if isinstance(result, Conflict)] == [Conflict(0)] * 7


async def test_the_expectation_looks_at_every_subject_of_its_filter(bus: EventBus) -> None:
    address = an_address()
    queued = await append(bus, address.queued("auto", "normal"))
    await append(bus, address.output(1))
    await append(bus, an_address().log)

    stale = await bus.append(
        address.log, b"x", msg_id="a", expect=Expectation(address.lifecycle, 0)
    )
    fresh = await bus.append(
        address.log, b"x", msg_id="b", expect=Expectation(address.lifecycle, queued)
    )
    assert stale == Conflict(0)
    assert isinstance(fresh, Appended)


async def test_an_append_tried_again_is_found_even_if_others_have_appended_since(
    bus: EventBus,
) -> None:
    address = an_address()
    expect = Expectation(address.lifecycle, 0)
    first = await bus.append(address.log, b"mine", msg_id="mine", expect=expect)
    assert isinstance(first, Appended)
    for _ in range(3):
        await append(bus, address.log, b"theirs")

    again = await bus.append(address.log, b"mine", msg_id="mine", expect=expect)
    other = await bus.append(address.log, b"other", msg_id="other", expect=expect)

    assert again == Appended(first.sequence, duplicate=True)
    assert other == Conflict(0)


async def test_an_own_append_in_the_middle_of_others_is_found(bus: EventBus) -> None:
    address = an_address()
    before = await append(bus, address.log, b"before")
    await append(bus, address.log, b"theirs", msg_id="theirs-1")
    mine = await append(bus, address.log, b"mine", msg_id="mine")
    await append(bus, address.log, b"theirs", msg_id="theirs-2")

    again = await bus.append(
        address.log, b"mine", msg_id="mine", expect=Expectation(address.lifecycle, before)
    )
    assert again == Appended(mine, duplicate=True)


# --- reading ----------------------------------------------------------------------------------------------------------


async def test_history_has_every_lifecycle_message_in_order_and_nothing_else(
    bus: EventBus,
) -> None:
    address, other = an_address(), an_address()
    wanted = [
        await append(bus, address.log, b"scheduled"),
        await append(bus, address.queued("auto", "normal"), b"queued 1"),
    ]
    await append(bus, other.log)
    await append(bus, address.output(1), b"output")
    wanted += [
        await append(bus, address.log, b"started 1"),
        await append(bus, address.log, b"failed 1"),
        await append(bus, address.queued("auto", "normal"), b"queued 2"),
        await append(bus, address.log, b"failed 2"),
        await append(bus, address.queued("docker", "low"), b"queued 3"),
    ]
    found = await bus.history(address.tenant, address.evaluation)
    assert [stored.sequence for stored in found] == wanted
    assert [stored.data for stored in found][-1] == b"queued 3"
    assert {stored.subject for stored in found} == {
        address.log,
        address.queued("auto", "normal"),
        address.queued("docker", "low"),
    }


async def test_history_of_nobody_is_empty_and_of_a_bad_id_refused(bus: EventBus) -> None:
    address = an_address()
    assert await bus.history(address.tenant, address.evaluation) == []
    with pytest.raises(SubjectError):
        await bus.history("main", "not.an.id")


async def test_history_is_whole_beyond_one_batch(bus: EventBus) -> None:
    address = an_address()
    for number in range(600):
        await append(bus, address.log, b"%d" % number)
    found = await bus.history(address.tenant, address.evaluation)
    assert [stored.data for stored in found] == [b"%d" % number for number in range(600)]


async def test_last_is_the_last_message_on_a_subject_or_filter(bus: EventBus) -> None:
    address = an_address()
    assert await bus.last(address.lifecycle) is None
    await append(bus, address.queued("auto", "normal"), b"queued")
    await append(bus, address.log, b"started")
    await append(bus, address.output(1), b"output")

    assert (last := await bus.last(address.lifecycle)) is not None
    assert last.data == b"started"
    assert (last := await bus.last(address.any_queued)) is not None
    assert last.data == b"queued"


async def test_there_is_no_message_beyond_the_end(bus: EventBus) -> None:
    assert await bus.get(999) is None


async def test_state_has_one_epoch_and_the_range(bus: EventBus) -> None:
    before = await bus.state()
    sequence = await append(bus, an_address().log)
    after = await bus.state()

    assert before.epoch == after.epoch != ""
    assert (after.first, after.last) == (1, sequence)
    assert "-" not in after.epoch
    assert await bus.ready()


# --- follow -----------------------------------------------------------------------------------------------------------


async def test_follow_gives_what_is_stored_and_then_what_comes(bus: EventBus) -> None:
    address = an_address()
    for number in range(20):
        await append(bus, address.log, b"%d" % number)

    async def later() -> None:
        for number in range(20, 30):
            await append(bus, address.output(1), b"%d" % number)

    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(take(bus.follow(after=0, batch=7), 30))
        tasks.create_task(later())
    found = reading.result()
    assert [stored.data for stored in found] == [b"%d" % number for number in range(30)]
    assert [stored.sequence for stored in found] == sorted({stored.sequence for stored in found})


async def test_follow_never_gives_more_than_a_batch_at_once(bus: EventBus) -> None:
    for _ in range(10):
        await append(bus, an_address().log)
    sizes = []
    async with asyncio.timeout(5.0), aclosing(bus.follow(after=0, batch=3)) as batches:
        async for batch in batches:
            sizes.append(len(batch))
            if sum(sizes) == 10:
                break
    assert max(sizes) <= 3
    assert min(sizes) >= 1


async def test_follow_resumes_behind_a_sequence(bus: EventBus) -> None:
    sequences = [await append(bus, an_address().log) for _ in range(5)]
    found = await take(bus.follow(after=sequences[2]), 2)
    assert [stored.sequence for stored in found] == sequences[3:]


@pytest.mark.parametrize("count", [1, 2])
async def test_follow_keeps_to_its_filters(bus: EventBus, count: int) -> None:
    address = an_address()
    filters = [subjects.ALL_OUTPUT, subjects.ALL_LOGS][:count]
    output = await append(bus, address.output(1))
    await append(bus, address.queued("auto", "normal"))
    log = await append(bus, address.log)
    again = await append(bus, address.output(1))

    wanted = [output, again] if count == 1 else [output, log, again]
    found = await take(bus.follow(after=0, filters=filters), len(wanted))
    assert [stored.sequence for stored in found] == wanted


async def test_follow_from_beyond_the_end_is_a_lost_stream(bus: EventBus) -> None:
    await append(bus, an_address().log)
    with pytest.raises(StreamLost):
        await take(bus.follow(after=50), 1)


# --- live -------------------------------------------------------------------------------------------------------------


async def test_live_shows_the_lifecycle_from_now_on_with_its_place_on_the_log(
    bus: EventBus,
) -> None:
    address = an_address()
    await append(bus, address.log, b"before")
    feed = await bus.live(address.live)
    queued = await append(bus, address.queued("auto", "normal"), b"queued")
    await append(bus, address.output(1), b"output")
    await append(bus, an_address().log, b"another's")
    started = await append(bus, address.log, b"started")

    async with asyncio.timeout(2.0), aclosing(feed):
        seen = [await anext(feed), await anext(feed)]
    assert [(one.sequence, one.data) for one in seen] == [
        (queued, b"queued"),
        (started, b"started"),
    ]
    assert seen[0] == await bus.get(queued)


async def test_a_closed_feed_ends_and_several_do_not_disturb_each_other(bus: EventBus) -> None:
    address = an_address()
    first, second = await bus.live(address.live), await bus.live(subjects.ALL_LIVE)
    await first.aclose()
    await append(bus, address.log, b"one")

    async with asyncio.timeout(2.0), aclosing(second):
        assert (await anext(second)).data == b"one"
    with pytest.raises(StopAsyncIteration):
        await anext(first)
