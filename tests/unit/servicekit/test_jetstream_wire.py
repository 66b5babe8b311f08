"""Headers, statuses, times and epochs as NATS writes them."""

import asyncio
from datetime import UTC, datetime

import pytest
from cloche_kit import jetstream_api as api
from cloche_kit.bus import BusError, BusUnavailable, Stored
from cloche_kit.live import LiveFeed
from cloche_kit.memory_held import work_subject
from cloche_kit.nats_headers import header_block, parse_headers, status_of
from cloche_kit.subject_filter import matches
from hypothesis import given
from hypothesis import strategies as st


@given(
    st.dictionaries(
        st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,20}", fullmatch=True),
        st.text(
            st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=40
        ).map(str.strip),
        max_size=5,
    )
)
def test_headers_come_back_as_they_were(headers: dict[str, str]) -> None:
    assert parse_headers(header_block(headers)) == headers


@pytest.mark.parametrize(
    ("name", "value"),
    [("A", "x\r\nEvil: 1"), ("A", "x\ny"), ("A: B", "x"), ("A B", "x"), ("Ä", "x")],
)
def test_a_header_that_would_break_out_of_its_line_is_refused(name: str, value: str) -> None:
    with pytest.raises(BusError, match="not a header"):
        header_block({name: value})


@pytest.mark.parametrize(
    ("block", "status", "headers"),
    [
        (b"", 0, {}),
        (b"NATS/1.0\r\nA: b\r\n\r\n", 0, {"A": "b"}),
        (b"NATS/1.0 404 No Messages\r\n\r\n", 404, {}),
        (b"NATS/1.0 100 Idle Heartbeat\r\nA:b\r\n\r\n", 100, {"A": "b"}),
        (b"NATS/1.0 xyz\r\n\r\n", 0, {}),
    ],
)
def test_a_status_is_told_from_headers(block: bytes, status: int, headers: dict[str, str]) -> None:
    assert status_of(block) == status
    assert parse_headers(block) == headers


@pytest.mark.parametrize(
    ("text", "microsecond"),
    [
        ("2026-11-24T07:16:23.41835025Z", 418350),
        ("2026-11-24T07:16:23Z", 0),
        ("2026-11-24T07:16:23.5Z", 500000),
        ("2026-11-24T07:16:23.000000001Z", 0),
    ],
)
def test_times_are_read_with_any_number_of_decimals(text: str, microsecond: int) -> None:
    assert api.parse_time(text) == datetime(2026, 11, 24, 7, 16, 23, microsecond, UTC)


def test_both_ways_to_tell_a_time_agree_to_the_microsecond() -> None:
    assert api.time_of(1795504583_713817999) == api.parse_time("2026-11-24T07:16:23.713817999Z")


def test_an_epoch_tells_streams_a_nanosecond_apart() -> None:
    first = api.epoch_of("2026-11-24T07:16:23.41835025Z")
    assert first == f"{1795504583_418350250:x}"
    assert first != api.epoch_of("2026-11-24T07:16:23.418350251Z")
    with pytest.raises(BusUnavailable, match="not a time"):
        api.epoch_of("yesterday")


@pytest.mark.parametrize(
    ("filter_", "subject", "falls"),
    [
        ("a.b", "a.b", True),
        ("a.b", "a.b.c", False),
        ("a.*", "a.b", True),
        ("a.*", "a", False),
        ("a.>", "a.b.c", True),
        ("a.>", "a", False),
        ("a.*.c", "a.b.d", False),
    ],
)
def test_filters_match_as_the_server_has_it(filter_: str, subject: str, falls: bool) -> None:
    assert matches(filter_, subject) is falls


def test_only_queued_events_become_work() -> None:
    work = work_subject("evaluations.main.e1.lifecycle.queued.docker.low")
    assert work is not None
    assert work.startswith("work.docker.low.")
    assert work_subject("evaluations.main.e1.lifecycle.log") is None


async def test_a_listener_that_falls_behind_loses_the_oldest() -> None:
    feed = LiveFeed(limit=2)
    for number in range(1, 4):
        feed.offer(Stored("s", number, datetime.now(UTC), b""))
    assert [(await anext(feed)).sequence, (await anext(feed)).sequence] == [2, 3]


async def test_closing_a_feed_wakes_who_waits_on_it_and_ends_it_once() -> None:
    ended = 0

    def end() -> None:
        nonlocal ended
        ended += 1

    feed = LiveFeed()
    feed.end = end
    waiting = asyncio.ensure_future(anext(feed))
    await asyncio.sleep(0)
    await feed.aclose()
    await feed.aclose()
    with pytest.raises(StopAsyncIteration):
        await waiting
    assert ended == 1


async def test_an_error_thrown_into_a_feed_closes_it() -> None:
    feed = LiveFeed()
    with pytest.raises(ValueError, match="over"):
        await feed.athrow(ValueError("over"))
    with pytest.raises(StopAsyncIteration):
        await anext(feed)
