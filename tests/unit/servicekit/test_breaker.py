"""The breaker: opens after failures in a row, lets one probe through, closes by an answer; old outcomes say nothing."""

import asyncio

import pytest
from cloche_kit.breaker import Breaker, Tripped
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import REGISTRY


class Silent(Exception):  # noqa: N818
    """The edge does not answer."""


class Refused(Exception):  # noqa: N818
    """It does, and says no."""


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker("edge", failures=3, open_seconds=2.0, clock=clock)


def state_of(breaker: Breaker) -> str:
    """Asked anew each time: a type checker would remember the answer."""
    return breaker.state


def call(breaker: Breaker, error: Exception | None = None) -> str:
    """One call and what became of it."""
    try:
        with breaker.calling(Silent):
            if error is not None:
                raise error
    except Tripped:
        return "tripped"
    except (Silent, Refused):
        return "failed"
    return "answered"


def test_failures_in_a_row_open_it_and_an_answer_in_between_does_not(breaker: Breaker) -> None:
    for _ in range(5):
        call(breaker, Silent())
        call(breaker, Silent())
        assert call(breaker) == "answered"
    assert state_of(breaker) == "closed"
    assert [call(breaker, Silent()) for _ in range(4)] == ["failed"] * 3 + ["tripped"]
    assert state_of(breaker) == "open"


def test_a_refusal_is_an_answer(breaker: Breaker) -> None:
    for _ in range(10):
        assert call(breaker, Refused()) == "failed"
    assert state_of(breaker) == "closed"
    call(breaker, Silent())
    call(breaker, Silent())
    call(breaker, Refused())
    call(breaker, Silent())
    assert state_of(breaker) == "closed"


def test_after_a_while_one_probe_goes_through(breaker: Breaker, clock: Clock) -> None:
    for _ in range(3):
        call(breaker, Silent())
    clock.now += 1.5
    assert call(breaker) == "tripped"
    assert breaker.retry_after == pytest.approx(0.5)
    clock.now += 0.5
    assert state_of(breaker) == "half_open"
    probe = breaker.enter()
    assert call(breaker) == "tripped"
    breaker.failed(probe)
    assert state_of(breaker) == "open"
    assert breaker.retry_after == pytest.approx(2.0)
    clock.now += 2.0
    assert call(breaker) == "answered"
    assert (state_of(breaker), breaker.retry_after) == ("closed", 0.0)
    # It is as good as new.
    assert [call(breaker, Silent()) for _ in range(2)] == ["failed"] * 2
    assert state_of(breaker) == "closed"


def test_a_probe_that_was_given_up_leaves_its_place_to_another(
    breaker: Breaker, clock: Clock
) -> None:
    for _ in range(3):
        call(breaker, Silent())
    clock.now += 2.0
    with pytest.raises(asyncio.CancelledError), breaker.calling(Silent):
        raise asyncio.CancelledError
    assert state_of(breaker) == "half_open"
    assert call(breaker) == "answered"
    assert state_of(breaker) == "closed"


def test_what_began_before_it_opened_says_nothing_of_now(breaker: Breaker, clock: Clock) -> None:
    slow = [breaker.enter() for _ in range(4)]
    for token in slow[:3]:
        breaker.failed(token)
    assert state_of(breaker) == "open"
    breaker.succeeded(slow[3])
    assert state_of(breaker) == "open"
    clock.now += 2.0
    probe = breaker.enter()
    breaker.failed(slow[3])
    breaker.gave_up(slow[3])
    assert call(breaker) == "tripped"
    breaker.succeeded(probe)
    assert state_of(breaker) == "closed"
    breaker.failed(probe)
    assert call(breaker) == "answered"


def test_who_knows_better_closes_it(breaker: Breaker) -> None:
    for _ in range(3):
        call(breaker, Silent())
    breaker.reset()
    assert (state_of(breaker), call(breaker)) == ("closed", "answered")


def test_an_edge_raises_an_error_of_its_own(breaker: Breaker) -> None:
    class EdgeTripped(Silent, Tripped):
        pass

    for _ in range(3):
        call(breaker, Silent())
    with pytest.raises(EdgeTripped, match="edge has fallen silent") as refused:
        breaker.enter(EdgeTripped)
    assert refused.value.retry_after == pytest.approx(2.0)


def test_metrics_tell_its_state(breaker: Breaker, clock: Clock) -> None:
    def state() -> float | None:
        return REGISTRY.get_sample_value("cloche_breaker_state", {"edge": "edge"})

    assert state() == 0
    before = REGISTRY.get_sample_value("cloche_breaker_turned_away_total", {"edge": "edge"}) or 0.0
    for _ in range(5):
        call(breaker, Silent())
    assert state() == 2
    after = REGISTRY.get_sample_value("cloche_breaker_turned_away_total", {"edge": "edge"})
    assert after == before + 2
    clock.now += 2.0
    breaker.enter()
    assert state() == 1


@given(st.lists(st.tuples(st.sampled_from(["ok", "silent", "refused"]), st.floats(0, 3))))
def test_as_long_as_it_is_open_nothing_goes_through_and_never_for_longer(
    steps: list[tuple[str, float]],
) -> None:
    clock = Clock()
    breaker = Breaker("edge", failures=3, open_seconds=2.0, clock=clock)
    errors = {"ok": None, "silent": Silent(), "refused": Refused()}
    failures, opened = 0, None
    for outcome, gap in steps:
        clock.now += gap
        got = call(breaker, errors[outcome])
        if opened is not None and clock.now < opened + 2.0:
            assert got == "tripped"
            continue
        assert got == ("answered" if outcome == "ok" else "failed")
        failures = failures + 1 if outcome == "silent" else 0
        if outcome == "silent" and (failures >= 3 or opened is not None):
            opened = clock.now
        elif outcome != "silent":
            opened = None
