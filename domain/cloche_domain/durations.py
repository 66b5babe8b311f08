"""How long evaluations waited and ran, and durations counted by class, so that percentiles can be told of any sum.

Eight classes an octave, from a millisecond to some fifty days: what is told of a class, its geometric middle, is off
by at most 4.5 %. Counts of classes add up exactly, whatever the order, which percentiles do not.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence

from cloche_schemas.views import EvaluationView

_PER_OCTAVE = 8
_OCTAVES = 32
#: Where each class ends, in seconds; the first is everything under a millisecond, and one more is everything beyond.
BOUNDS = tuple(0.001 * 2 ** (n / _PER_OCTAVE) for n in range(_PER_OCTAVE * _OCTAVES + 1))


def class_of(seconds: float) -> int:
    """The class that counts a duration, from 0."""
    return bisect_right(BOUNDS, seconds)


def middle(number: int) -> float:
    """What a duration of a class is taken for, in seconds."""
    if number == 0:
        return 0.0
    if number >= len(BOUNDS):
        return BOUNDS[-1]
    return math.sqrt(BOUNDS[number - 1] * BOUNDS[number])


def quantile(counts: Sequence[int], fraction: float) -> float | None:
    """The duration in seconds that `fraction` of all do not exceed, by the nearest rank; None of none."""
    total = sum(counts)
    if total == 0:
        return None
    rank = max(1, math.ceil(fraction * total))
    for number, count in enumerate(counts):
        rank -= count
        if rank <= 0:
            return middle(number)
    return middle(len(counts))


def added(counts: Sequence[int], seconds: float) -> list[int]:
    """The counts with one more duration."""
    number = class_of(seconds)
    more = [*counts, *[0] * (number + 1 - len(counts))]
    more[number] += 1
    return more


def summed(one: Sequence[int], other: Sequence[int]) -> list[int]:
    """Counts of both together."""
    long, short = (one, other) if len(one) >= len(other) else (other, one)
    return [count + (short[n] if n < len(short) else 0) for n, count in enumerate(long)]


def waited(view: EvaluationView) -> float | None:
    """Seconds from queued to started of the last attempt; None if it has not started."""
    last = view.attempts[-1] if view.attempts else None
    if last is None or last.queued_at is None or last.started_at is None:
        return None
    return max((last.started_at - last.queued_at).total_seconds(), 0.0)


def ran(view: EvaluationView) -> float | None:
    """Seconds that the attempt ran which gave the verdict; None if none has, or if it was cancelled before."""
    last = view.attempts[-1] if view.attempts else None
    if last is None or last.outcome is None or last.started_at is None or last.ended_at is None:
        return None
    return max((last.ended_at - last.started_at).total_seconds(), 0.0)
