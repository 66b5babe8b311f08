"""GCRA: never more than its rate and burst allow, in any stretch of time, and waits that are exact."""

import pytest
from cloche_gateway import gcra
from cloche_gateway.gcra import MINUTE, SECOND, Rate
from hypothesis import given
from hypothesis import strategies as st

RATES = st.builds(Rate, st.integers(1, 10 * SECOND), st.integers(1, 1000))
TIMES = st.integers(0, 10**18)


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[Rate, list[tuple[int, int]]]:
    """A rate, and requests in order of time, each with its cost: close together, so that some are refused."""
    rate = draw(RATES)
    gaps = draw(
        st.lists(
            st.tuples(st.integers(0, 3 * rate.interval), st.integers(1, rate.burst)),
            min_size=1,
            max_size=60,
        )
    )
    now, found = draw(TIMES), []
    for gap, cost in gaps:
        now += gap
        found.append((now, cost))
    return rate, found


@given(arrivals())
def test_no_stretch_of_time_has_more_than_burst_and_rate(
    case: tuple[Rate, list[tuple[int, int]]],
) -> None:
    rate, requests = case
    tat, taken = 0, []
    for now, cost in requests:
        after = gcra.take(rate, tat, now, cost)
        if after is not None:
            tat = after
            taken.append((now, cost))
    for first, (begin, _) in enumerate(taken):
        spent = 0
        for now, cost in taken[first:]:
            spent += cost
            assert spent <= rate.burst + (now - begin) // rate.interval


@given(arrivals())
def test_what_waits_as_long_as_it_is_told_is_taken_and_not_a_nanosecond_earlier(
    case: tuple[Rate, list[tuple[int, int]]],
) -> None:
    rate, requests = case
    tat = 0
    for now, cost in requests:
        wait = gcra.wait(rate, tat, now, cost)
        assert (wait == 0) == (gcra.take(rate, tat, now, cost) is not None)
        assert gcra.take(rate, tat, now + wait, cost) is not None
        if wait:
            assert gcra.take(rate, tat, now + wait - 1, cost) is None
        tat = gcra.take(rate, tat, now, cost) or tat


@given(RATES, TIMES, TIMES)
def test_exactly_what_remains_can_be_taken(rate: Rate, tat: int, now: int) -> None:
    left = gcra.remaining(rate, tat, now)
    assert 0 <= left <= rate.burst
    assert left == 0 or gcra.take(rate, tat, now, left) is not None
    assert gcra.take(rate, tat, now, left + 1) is None


@given(RATES, st.data())
def test_leases_together_give_no_more_than_the_rate(rate: Rate, data: st.DataObject) -> None:
    """Whoever takes them, in whatever blocks; what was owed is counted, too."""
    begin = now = data.draw(TIMES)
    tat, counted = 0, 0
    for _ in range(data.draw(st.integers(1, 20))):
        now += data.draw(st.integers(0, 3 * rate.tolerance))
        # Gateways owe a block each, which is far less than a budget together.
        owed = data.draw(
            st.integers(0, (now + rate.tolerance - max(tat - rate.tolerance, now)) // rate.interval)
        )
        wanted = data.draw(st.integers(0, 2 * rate.burst))
        before = tat
        tat, given_ = gcra.lease(rate, tat, now, owed, wanted)
        assert 0 <= given_ <= wanted
        # What is given was there; only what is owed goes further.
        assert given_ == 0 or tat - now <= rate.tolerance
        assert tat >= before
        counted += given_
        assert counted <= rate.burst + (now - begin) // rate.interval


@given(RATES, TIMES, st.integers(0, 24 * 3600 * SECOND))
def test_a_clock_that_was_set_back_costs_one_budget_at_most(
    rate: Rate, now: int, ahead: int
) -> None:
    tat = now + 2 * rate.tolerance + 1 + ahead
    tat, given_ = gcra.lease(rate, tat, now, 0, 2 * rate.burst)
    assert given_ == rate.burst
    assert gcra.wait(rate, tat, now, 1) == rate.interval


def test_a_budget_is_whole_again_after_its_time() -> None:
    rate = gcra.per_minute(60, 10)
    assert (rate.interval, rate.tolerance) == (SECOND, 10 * SECOND)
    tat = gcra.take(rate, 0, MINUTE, 10)
    assert tat == MINUTE + 10 * SECOND
    assert gcra.remaining(rate, tat, MINUTE) == 0
    assert gcra.remaining(rate, tat, MINUTE + 3 * SECOND) == 3
    assert gcra.remaining(rate, tat, tat) == 10


@pytest.mark.parametrize("units", [1, 7, 60, 1_000, 299_999, 10**8])
def test_a_rate_is_never_more_than_was_said(units: int) -> None:
    assert gcra.per_minute(units, 1).interval * units >= MINUTE


def test_a_share_of_a_rate_is_never_more_than_that_share() -> None:
    rate = gcra.per_minute(100, 100).scaled(0.25, 5)
    assert rate == Rate(2_400_000_000, 5)
    assert gcra.per_minute(7, 7).scaled(0.3, 1).interval >= MINUTE / 7 / 0.3
