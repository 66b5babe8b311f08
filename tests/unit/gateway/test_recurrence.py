"""When a schedule is due: zones, the days on which clocks change, intervals, and what was missed."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from cloche_gateway.recurrence import (
    MOST_MISSED,
    BadRecurrence,
    Every,
    Overdue,
    Recurrence,
    recurrence,
)
from hypothesis import example, given
from hypothesis import strategies as st

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def times(of: Recurrence, after: datetime, count: int) -> list[datetime]:
    found = []
    for _ in range(count):
        due = of.after(after)
        assert due is not None
        found.append(due)
        after = due
    return found


def berlin(*of: int) -> datetime:
    return datetime(*of, tzinfo=BERLIN)  # type: ignore[misc,arg-type]


def utc(*of: int) -> datetime:
    return datetime(*of, tzinfo=UTC)  # type: ignore[misc,arg-type]


def test_a_time_of_day_is_that_of_the_zone_in_summer_and_in_winter() -> None:
    daily = recurrence("30 9 * * *", "Europe/Berlin", NOON)
    assert daily.after(utc(2026, 7, 1)) == utc(2026, 7, 1, 7, 30)
    assert daily.after(utc(2026, 12, 1)) == utc(2026, 12, 1, 8, 30)


def test_in_spring_a_time_that_does_not_exist_is_due_when_the_gap_is_over_and_once() -> None:
    nightly = recurrence("30 2 * * *", "Europe/Berlin", NOON)
    assert times(nightly, berlin(2027, 3, 27, 12), 2) == [
        utc(2027, 3, 28, 1, 0),
        utc(2027, 3, 29, 0, 30),
    ]
    assert nightly.overdue(berlin(2027, 3, 27, 12), berlin(2027, 3, 28, 12)) == Overdue(
        utc(2027, 3, 28, 1), 0
    )


def test_in_autumn_a_time_that_comes_twice_is_due_the_first_time_only() -> None:
    nightly = recurrence("30 2 * * *", "Europe/Berlin", NOON)
    first, second = utc(2027, 10, 31, 0, 30), utc(2027, 11, 1, 1, 30)
    assert times(nightly, berlin(2027, 10, 30, 12), 2) == [first, second]
    # Asked again while the clocks show half past two, and a quarter past, for the second time.
    for moment in (first, utc(2027, 10, 31, 1, 15), utc(2027, 10, 31, 1, 30)):
        assert nightly.after(moment) == second


@pytest.mark.parametrize("day", [(2027, 3, 28), (2027, 10, 31)])
def test_what_runs_every_hour_or_minute_goes_on_while_clocks_change(
    day: tuple[int, int, int],
) -> None:
    begin = utc(*day)
    for text, period in (("0 * * * *", 3600), ("*/20 * * * *", 1200), ("* * * * *", 60)):
        found = times(recurrence(text, "Europe/Berlin", NOON), begin, 6)
        assert found == [begin + timedelta(seconds=period * n) for n in range(1, 7)]


def test_days_of_month_and_of_week_are_alternatives_as_in_debian_s_cron() -> None:
    either = recurrence("0 0 13 * FRI", "UTC", NOON)
    assert times(either, utc(2026, 11, 10), 3) == [
        utc(2026, 11, 13),
        utc(2026, 11, 20),
        utc(2026, 11, 27),
    ]


@pytest.mark.parametrize(
    ("macro", "expected"),
    [
        ("@hourly", (2026, 11, 24, 13)),
        ("@daily", (2026, 11, 25)),
        ("@midnight", (2026, 11, 25)),
        ("@weekly", (2026, 11, 29)),
        ("@Monthly", (2026, 12, 1)),
        ("@yearly", (2027, 1, 1)),
        ("@annually", (2027, 1, 1)),
    ],
)
def test_words_for_usual_times(macro: str, expected: tuple[int, ...]) -> None:
    assert recurrence(macro, "UTC", NOON).after(NOON) == utc(*expected)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("@every 90s", 90), ("@every  5m", 300), ("@every 1h30m", 5400), (" @every 2d ", 172_800)],
)
def test_intervals_are_counted_from_when_it_was_made(text: str, seconds: int) -> None:
    every = recurrence(text, "UTC", NOON)
    period = timedelta(seconds=seconds)
    assert every == Every(NOON, period)
    assert times(every, NOON, 2) == [NOON + period, NOON + 2 * period]
    assert every.after(NOON - 10 * period) == NOON + period
    assert every.after(NOON + period - timedelta(microseconds=1)) == NOON + period


@pytest.mark.parametrize(
    ("text", "zone", "field", "says"),
    [
        ("", "UTC", "cron", "five fields"),
        ("* * * *", "UTC", "cron", "five fields"),
        ("* * * * * *", "UTC", "cron", "five fields"),
        ("60 * * * *", "UTC", "cron", "minute"),
        ("* * * * MOON", "UTC", "cron", "day-of-week"),
        ("0 0 30 2 *", "UTC", "cron", "day-of-month"),
        # The first of February, if it is the fifth Monday.
        ("0 0 */31 2 MON#5", "UTC", "cron", "never due"),
        ("@reboot", "UTC", "cron", "@every 5m"),
        ("@every", "UTC", "cron", "90s"),
        ("@every -5s", "UTC", "cron", "90s"),
        ("@every 5", "UTC", "cron", "90s"),
        ("@every 0s", "UTC", "cron", "no less than 10s"),
        ("@every 9s", "UTC", "cron", "no less than 10s"),
        ("@every 999999999d", "UTC", "cron", "never due"),
        ("@every 9999999d", "UTC", "cron", "never due"),
        ("@every ٣m", "UTC", "cron", "90s"),
        ("@daily", "Europe/Nowhere", "timezone", "time zone"),
        ("@daily", "../../etc/passwd", "timezone", "time zone"),
        ("@daily", "Europe", "timezone", "time zone"),
        ("@daily", "\0", "timezone", "time zone"),
    ],
)
def test_what_gives_no_times_is_refused(text: str, zone: str, field: str, says: str) -> None:
    with pytest.raises(BadRecurrence, match=says) as refused:
        recurrence(text, zone, NOON, least=10)
    assert refused.value.field == field


@given(st.text(st.sampled_from("0123456789*/-,#LWMONFRI @every smhd"), max_size=40))
@example("* * L-1 * *")
@example("* * LW/2 * 5L")
@example("* * * * 1#2/3")
def test_whatever_is_written_gives_times_or_is_refused(text: str) -> None:
    try:
        found = recurrence(text, "Europe/Berlin", NOON)
    except BadRecurrence:
        return
    due = found.after(NOON)
    assert due is not None
    assert due > NOON


def test_nothing_is_overdue_before_the_next_due_time() -> None:
    for text in ("0 * * * *", "@every 1h"):
        of = recurrence(text, "UTC", NOON)
        assert of.overdue(NOON, NOON + timedelta(minutes=59)) is None


def test_of_several_that_were_missed_the_last_is_due_and_the_others_are_counted() -> None:
    for text in ("0 * * * *", "@every 1h"):
        of = recurrence(text, "UTC", NOON)
        assert of.overdue(NOON, NOON + timedelta(hours=1)) == Overdue(NOON + timedelta(hours=1), 0)
        late = NOON + timedelta(hours=26, minutes=3)
        assert of.overdue(NOON, late) == Overdue(NOON + timedelta(hours=26), 25)


@pytest.mark.parametrize(
    ("text", "last", "missed"),
    [
        ("* * * * *", utc(2030, 6, 3, 12), MOST_MISSED),
        ("@every 1m", utc(2030, 6, 3, 12), MOST_MISSED),
        ("*/7 3,4 1 * *", utc(2030, 6, 1, 4, 56), 773),
        ("*/2 3,4 1 1 *", utc(2030, 1, 1, 4, 58), 239),
        ("* * 1 1 *", utc(2030, 1, 1, 23, 59), MOST_MISSED),
    ],
)
def test_after_years_the_last_one_is_found_without_counting_all(
    text: str, last: datetime, missed: int
) -> None:
    of = recurrence(text, "UTC", NOON)
    assert of.overdue(NOON, utc(2030, 6, 3, 12, 0, 30)) == Overdue(last, missed)


@given(
    st.integers(0, 2 * 365 * 86_400).map(lambda at: utc(2026, 1, 1) + timedelta(seconds=at)),
    st.sampled_from(["30 2 * * *", "*/30 1-3 * * *", "0 0 * * *", "15 * * * *", "@every 7m"]),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"]),
)
def test_due_times_grow_whenever_one_asks(moment: datetime, text: str, zone: str) -> None:
    of = recurrence(text, zone, utc(2025, 12, 31))
    first, second = times(of, moment, 2)
    assert moment < first < second
    assert of.overdue(moment, second) == Overdue(second, 1)
