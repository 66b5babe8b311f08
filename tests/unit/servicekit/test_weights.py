"""Priorities are served 16 : 4 : 1, whatever waits and however many slots are free at once."""

from collections import Counter

import pytest
from cloche_kit.weights import WEIGHTS, Weights
from cloche_schemas.values import PRIORITIES, Priority
from hypothesis import given
from hypothesis import strategies as st


class Queue:
    """So many of each priority wait; `serve` takes as an executor does."""

    def __init__(self, **waiting: int) -> None:
        self.waiting: Counter[str] = Counter(waiting)
        self.weights = Weights()
        self.served: list[Priority] = []

    def serve(self, slots: int) -> None:
        free = slots
        open_ = [name for name in PRIORITIES if self.waiting[name]]
        while free and open_:
            for name, asked in self.weights.plan(free, open_):
                got = min(asked, self.waiting[name])
                self.waiting[name] -= got
                self.weights.served(name, got)
                self.served += [name] * got
                free -= got
                if got < asked:
                    open_.remove(name)


@pytest.mark.parametrize("slots", [1, 3, 4, 21])
def test_while_all_wait_they_are_served_by_their_weights(slots: int) -> None:
    queue = Queue(high=4000, normal=4000, low=4000)
    for _ in range(21 * 20 // slots):
        queue.serve(slots)
    counts = Counter(queue.served)
    rounds = len(queue.served) / sum(WEIGHTS.values())
    for name, weight in WEIGHTS.items():
        assert abs(counts[name] - weight * rounds) <= slots + 1, counts


def test_what_is_urgent_goes_first_and_the_least_urgent_once_in_21() -> None:
    queue = Queue(high=100, normal=100, low=100)
    for _ in range(42):
        queue.serve(1)
    assert queue.served[:3] == ["high"] * 3
    assert [at for at, name in enumerate(queue.served) if name == "low"] == [20, 41]


def test_two_share_as_their_weights_say() -> None:
    queue = Queue(normal=1000, low=1000)
    for _ in range(100):
        queue.serve(1)
    assert Counter(queue.served) == {"normal": 80, "low": 20}


def test_slots_that_one_does_not_need_go_to_the_others() -> None:
    queue = Queue(high=1, low=10)
    queue.serve(8)
    assert Counter(queue.served) == {"high": 1, "low": 7}


def test_what_was_not_used_is_not_saved_up() -> None:
    queue = Queue(high=1000)
    for _ in range(500):
        queue.serve(1)
    queue.waiting["low"] = 500
    queue.served.clear()
    for _ in range(17 * 3):
        queue.serve(1)
    assert Counter(queue.served) == {"high": 48, "low": 3}


def test_who_comes_back_is_not_made_to_wait_for_what_it_had() -> None:
    queue = Queue(low=500)
    for _ in range(500):
        queue.serve(1)
    queue.waiting.update(low=10, high=10)
    queue.served.clear()
    queue.serve(1)
    assert queue.served == ["high"]


@given(
    st.dictionaries(st.sampled_from(PRIORITIES), st.integers(0, 60), min_size=1),
    st.lists(st.integers(1, 8), min_size=1, max_size=60),
)
def test_no_slot_is_left_free_while_somebody_waits(
    waiting: dict[Priority, int], slots: list[int]
) -> None:
    queue = Queue(**waiting)
    for count in slots:
        there, before = sum(queue.waiting.values()), len(queue.served)
        queue.serve(count)
        assert len(queue.served) - before == min(count, there)
