"""Where work is looked for: not everywhere each time, and everywhere in time."""

import pytest
from cloche_executor.wakeup import IDLE_SECONDS, LAG_SECONDS, Prospects

HIGH, LOW = "work-auto-high", "work-auto-low"


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def looked(clock: Clock) -> Prospects:
    """A look everywhere has just found nothing."""
    prospects = Prospects(clock=clock)
    for durable in (HIGH, LOW):
        assert prospects.worth(durable)
        prospects.seen(durable, asked=2, got=0)
    prospects.seen_all()
    assert not prospects.worth(HIGH)
    return prospects


def test_everything_is_due_after_a_while(looked: Prospects, clock: Clock) -> None:
    clock.now += IDLE_SECONDS
    assert looked.worth(HIGH)
    assert looked.worth(LOW)


def test_a_look_that_was_broken_off_is_still_due(clock: Clock) -> None:
    prospects = Prospects(clock=clock)
    prospects.seen(HIGH, asked=1, got=0)
    assert prospects.worth(LOW)


def test_more_looks_at_a_few_do_not_put_off_the_look_everywhere(
    looked: Prospects, clock: Clock
) -> None:
    for _ in range(3):
        clock.now += IDLE_SECONDS / 3
        looked.announce(LOW)
        looked.seen(LOW, asked=1, got=1)
        if clock.now < 1000 + IDLE_SECONDS:
            looked.seen_all()
    assert looked.worth(HIGH)


def test_news_is_worth_a_look_until_it_was_seen(looked: Prospects, clock: Clock) -> None:
    looked.announce(LOW)
    looked.announce(LOW)
    assert (looked.worth(LOW), looked.worth(HIGH)) == (True, False)
    looked.seen(LOW, asked=2, got=0)
    assert looked.worth(LOW), "the queue lags behind the news"
    looked.seen(LOW, asked=4, got=1)
    assert looked.worth(LOW)
    looked.seen(LOW, asked=4, got=1)
    assert not looked.worth(LOW)


def test_what_another_executor_took_is_given_up_after_the_lag(
    looked: Prospects, clock: Clock
) -> None:
    looked.announce(LOW)
    clock.now += LAG_SECONDS + 0.1
    assert looked.worth(LOW), "nobody has looked since"
    looked.seen(LOW, asked=1, got=0)
    assert not looked.worth(LOW)


def test_where_there_was_as_much_as_was_asked_for_there_may_be_more(looked: Prospects) -> None:
    looked.seen(LOW, asked=2, got=2)
    assert looked.worth(LOW)
    looked.seen(LOW, asked=2, got=1)
    assert not looked.worth(LOW)
