"""What the pool goes by: demand, pauses and turns."""

import asyncio

import pytest
from cloche_executor.demand import HALF_LIFE_SECONDS, REMEMBERED, Demand
from cloche_executor.pauses import LONGEST_SECONDS, Pauses
from cloche_executor.sandbox import (
    mould_of,
)
from cloche_executor.turns import Turns
from cloche_schemas.values import Limits

DEFAULT = mould_of("python", Limits())
SMALL = Limits(memory_bytes=32 << 20)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_demand_fades_and_only_so_much_of_it_is_remembered() -> None:
    clock = Clock()
    demand = Demand(clock=clock)
    for _ in range(8):
        demand.note(DEFAULT)
    assert demand.score(DEFAULT) == 8
    clock.now += HALF_LIFE_SECONDS
    assert demand.score(DEFAULT) == pytest.approx(4)
    for n in range(2 * REMEMBERED):
        demand.note(mould_of(f"image{n}", Limits()))
    assert len(demand._scores) == REMEMBERED
    assert demand.score(DEFAULT) == pytest.approx(4), "the least wanted are forgotten first"


def test_shares_follow_demand_within_the_bound() -> None:
    demand = Demand(clock=Clock())
    often, seldom = mould_of("gcc", Limits()), mould_of("go", Limits())
    for mould, times in ((often, 9), (seldom, 3)):
        for _ in range(times):
            demand.note(mould)
    assert demand.shares(DEFAULT, 2, 8) == {DEFAULT: 2, often: 5, seldom: 1}
    assert demand.shares(DEFAULT, 2, 20) == {DEFAULT: 2, often: 9, seldom: 3}
    assert demand.shares(DEFAULT, 4, 3) == {DEFAULT: 3}
    assert demand.shares(DEFAULT, 0, 0) == {}


def test_pauses_grow_to_a_bound_and_end_with_a_success() -> None:
    clock = Clock()
    pauses = Pauses(clock=clock)
    lengths = []
    for _ in range(8):
        pauses.failed("x")
        began = clock.now
        while pauses.last("x"):
            clock.now += 0.25
        lengths.append(clock.now - began)
    assert lengths == sorted(lengths)
    assert lengths[0] <= 0.5
    assert lengths[-1] == LONGEST_SECONDS
    pauses.failed("x")
    assert not pauses.last("y")
    pauses.succeeded("x")
    assert not pauses.last("x")


async def test_a_turn_that_nobody_waits_for_any_more_goes_to_the_next() -> None:
    turns = Turns(1)
    await turns.take()
    gone, next_ = asyncio.create_task(turns.take()), asyncio.create_task(turns.take())
    await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    turns.give_back()
    await next_
    assert not turns.take_spare()
    turns.give_back()
    assert turns.take_spare(), "the only one there is"


async def test_a_turn_that_comes_with_the_cancellation_is_given_on() -> None:
    turns = Turns(1)
    await turns.take()
    waiter = asyncio.create_task(turns.take())
    await asyncio.sleep(0)
    turns.give_back()
    waiter.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiter
    assert turns.taken == 0
