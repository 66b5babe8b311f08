"""Wrapped secrets open for the same context under the same key, and for nothing else."""

import pytest
from cloche_kit.wrapping import Wrapper

SECRET = b"s" * 32
FIRST, SECOND = "first secret of the gateways", "second secret of the gateways"


def test_what_was_wrapped_is_unwrapped() -> None:
    wrapper = Wrapper(FIRST)
    text = wrapper.wrap(SECRET, "a:b")
    assert wrapper.unwrap(text, "a:b") == SECRET
    assert Wrapper(FIRST).unwrap(text, "a:b") == SECRET
    assert len(text) == 8 + 1 + 80


def test_the_same_is_never_wrapped_twice_alike() -> None:
    wrapper = Wrapper(FIRST)
    assert len({wrapper.wrap(SECRET, "a") for _ in range(20)}) == 20


def test_it_opens_for_no_other_context_and_under_no_other_key() -> None:
    text = Wrapper(FIRST).wrap(SECRET, "a:b")
    assert Wrapper(FIRST).unwrap(text, "a:c") is None
    assert Wrapper(SECOND).unwrap(text, "a:b") is None


def test_a_new_secret_wraps_and_the_old_one_still_opens() -> None:
    old = Wrapper(FIRST).wrap(SECRET, "a")
    both = Wrapper(SECOND, FIRST)
    assert both.unwrap(old, "a") == SECRET
    new = both.wrap(SECRET, "a")
    assert Wrapper(SECOND).unwrap(new, "a") == SECRET
    assert Wrapper(FIRST).unwrap(new, "a") is None


@pytest.mark.parametrize("place", [9, 30, 60, 88])
def test_what_was_changed_does_not_open(place: int) -> None:
    wrapper = Wrapper(FIRST)
    text = wrapper.wrap(SECRET, "a")
    other = "B" if text[place] == "A" else "A"
    assert wrapper.unwrap(text[:place] + other + text[place + 1 :], "a") is None


@pytest.mark.parametrize("rest", ["", "AAAA", "!" * 80, "A" * 80, "é" * 80])
def test_what_is_no_box_does_not_open(rest: str) -> None:
    wrapper = Wrapper(FIRST)
    id_ = wrapper.wrap(SECRET, "a").partition(".")[0]
    assert wrapper.unwrap(f"{id_}.{rest}", "a") is None


def test_nothing_of_the_secrets_is_shown() -> None:
    assert FIRST not in repr(Wrapper(FIRST))
