"""Durations by class: how far off what is told of them may be, and that counts add up."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from cloche_domain import durations
from cloche_domain.durations import BOUNDS, added, class_of, middle, quantile, summed
from cloche_schemas.views import AttemptView, EvaluationView
from hypothesis import given
from hypothesis import strategies as st

seconds = st.floats(min_value=0, max_value=10_000_000)
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


@given(st.floats(min_value=0.001, max_value=BOUNDS[-1] * 0.999))
def test_the_middle_of_a_class_is_off_by_less_than_a_twentieth(value: float) -> None:
    assert middle(class_of(value)) == pytest.approx(value, rel=0.05)


def test_what_is_shorter_or_longer_than_any_class_has_one() -> None:
    assert (class_of(0.0), middle(class_of(0.0004))) == (0, 0.0)
    assert middle(class_of(1e12)) == BOUNDS[-1]


@given(st.lists(seconds, min_size=1, max_size=60), st.sampled_from([0.5, 0.95, 0.99]))
def test_a_quantile_is_that_of_the_durations_within_a_class(
    values: list[float], fraction: float
) -> None:
    counts: list[int] = []
    for value in values:
        counts = added(counts, value)
    found = quantile(counts, fraction)
    exact = sorted(values)[max(1, math.ceil(fraction * len(values))) - 1]
    assert found == middle(class_of(exact))


@given(st.lists(st.integers(0, 9), max_size=9), st.lists(st.integers(0, 9), max_size=9))
def test_counts_add_up_in_any_order(one: list[int], other: list[int]) -> None:
    assert summed(one, other) == summed(other, one)
    assert sum(summed(one, other)) == sum(one) + sum(other)


def test_of_none_there_is_no_quantile() -> None:
    assert quantile([], 0.5) is None
    assert quantile([0, 0], 0.5) is None


def view(*attempts: AttemptView) -> EvaluationView:
    return EvaluationView(
        id="01900000-0000-7000-8000-000000000000", status="completed", attempts=attempts
    )


def test_the_last_attempt_is_measured_and_only_if_it_gave_the_verdict() -> None:
    lost = AttemptView(number=1, queued_at=NOON, started_at=NOON, ended_at=NOON, reason="lost")
    last = AttemptView(
        number=2,
        queued_at=NOON,
        started_at=NOON + timedelta(seconds=2),
        ended_at=NOON + timedelta(seconds=5),
        outcome="failed",
    )
    assert (durations.waited(view(lost, last)), durations.ran(view(lost, last))) == (2.0, 3.0)
    assert (durations.waited(view(lost)), durations.ran(view(lost))) == (0.0, None)
    never = AttemptView(number=1, queued_at=NOON, ended_at=NOON, outcome="cancelled")
    assert (durations.waited(view(never)), durations.ran(view(never))) == (None, None)
    assert (durations.waited(view()), durations.ran(view())) == (None, None)
