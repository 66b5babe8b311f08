"""How far the log may be trimmed, in every history that can be thought of."""

from datetime import UTC, datetime, timedelta

import pytest
from cloche_kit.progress import Progress
from cloche_storage.bounds import MOST_WORDS, Words, safe_bound
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

NOW = datetime(2026, 11, 26, tzinfo=UTC)


def word(
    sequence: int, oldest_open: int | None = None, *, epoch: str = "e", at: datetime = NOW
) -> Progress:
    return Progress(epoch=epoch, sequence=sequence, oldest_open=oldest_open, at=at)


@pytest.mark.parametrize(
    ("said", "archived", "settled", "bound"),
    [
        # Each of the four alone is what holds it.
        ([word(10)], 10, 10, 10),
        ([word(10)], 9, 10, 0),
        ([word(10)], 10, 9, 0),
        ([word(10)], 99, 99, 10),
        ([word(10, 4)], 10, 10, 3),
        # An older word does as long as the newest one is not reached.
        ([word(5, 3), word(10)], 9, 10, 2),
        ([word(5), word(10, 3)], 10, 10, 5),
        # Nobody has said anything, of another stream, or the first event is open; or it is not known where one begins.
        ([], 10, 10, 0),
        ([word(10, epoch="f")], 10, 10, 0),
        ([word(10, 1)], 10, 10, 0),
        ([word(10, 0)], 10, 10, 0),
    ],
)
def test_the_least_of_the_four_holds(
    said: list[Progress], archived: int, settled: int, bound: int
) -> None:
    assert safe_bound(said, epoch="e", archived=archived, settled=settled) == bound


class Past(Struct, frozen=True):
    """Events as evaluations in the order of the log; the last event of one of `over` is its end."""

    events: list[int]
    over: set[int]

    def first(self, evaluation: int) -> int:
        return self.events.index(evaluation) + 1

    def end(self, evaluation: int) -> int | None:
        if evaluation not in self.over or evaluation not in self.events:
            return None
        return len(self.events) - self.events[::-1].index(evaluation)

    def word(self, sequence: int) -> Progress:
        begun = set(self.events[:sequence])
        still = [one for one in begun if (end := self.end(one)) is None or end > sequence]
        return word(sequence, min(map(self.first, still), default=None))

    def settled(self, waiting: set[int]) -> int:
        """What outputs say while those of `waiting` are still put together."""
        ends = [end for one in waiting & self.over if (end := self.end(one)) is not None]
        return min(ends, default=len(self.events) + 1) - 1


pasts = st.builds(
    Past,
    st.lists(st.integers(0, 6), min_size=1, max_size=40),
    st.sets(st.integers(0, 6)),
)


@given(pasts, st.data())
def test_no_event_goes_that_somebody_needs(past: Past, data: st.DataObject) -> None:
    length = len(past.events)
    places = sorted(data.draw(st.sets(st.integers(0, length), max_size=6), label="said at"))
    archived = data.draw(st.integers(0, length), label="archived")
    waiting = data.draw(st.sets(st.integers(0, 6)), label="not settled")
    settled = past.settled(waiting)
    words = Words()
    for place in places:
        words.hear(past.word(place))
        if data.draw(st.booleans(), label="looked"):
            words.keep(min(archived, settled))
    bound = safe_bound(words.said, epoch="e", archived=archived, settled=settled)

    assert bound <= min(archived, settled, places[-1] if places else 0)
    for evaluation in set(past.events[:bound]):
        end = past.end(evaluation)
        assert end is not None, "it is not over"
        assert end <= archived, "its end is not archived"
        assert end <= settled, "its output is not archived"
        assert end <= places[-1], "its end is not in the read models"


@given(pasts, st.data())
def test_once_all_have_had_everything_all_that_is_over_goes(
    past: Past, data: st.DataObject
) -> None:
    length = len(past.events)
    words = Words()
    for place in sorted(data.draw(st.sets(st.integers(0, length), max_size=6))):
        words.hear(past.word(place))
        words.keep(data.draw(st.integers(0, place)))
    words.hear(past.word(length))
    open_ = [past.first(one) for one in set(past.events) if past.end(one) is None]
    bound = safe_bound(words.said, epoch="e", archived=length, settled=length)
    assert bound == min(open_, default=length + 1) - 1


def test_a_projection_that_goes_back_or_begins_anew_takes_back_what_it_said() -> None:
    words = Words()
    words.hear(word(10))
    words.hear(word(4))
    assert safe_bound(words.said, epoch="e", archived=99, settled=99) == 4
    words.hear(word(7, epoch="f"))
    assert words.said == [word(7, epoch="f")]


def test_silence_is_noticed() -> None:
    words = Words()
    assert not words.fresh(NOW, 60)
    words.hear(word(10))
    words.hear(word(10, at=NOW + timedelta(seconds=50)))
    words.keep(99)
    assert words.fresh(NOW + timedelta(seconds=110), 60)
    assert not words.fresh(NOW + timedelta(seconds=111), 60)


def test_of_many_words_few_are_kept_and_the_newest_among_them() -> None:
    words = Words()
    for sequence in range(1, 10_000):
        words.hear(word(sequence))
    assert len(words.said) <= MOST_WORDS
    assert words.said[-1].sequence == 9_999
    assert words.said[0].sequence < 5_000
