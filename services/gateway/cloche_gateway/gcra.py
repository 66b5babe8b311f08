"""The generic cell rate algorithm (ITU-T I.371): one number tells how much of a budget is left.

The number is the theoretical arrival time (TAT): the moment at which the budget will be whole again. Every unit that is
spent moves it on by one `interval`; it may lie at most `burst` intervals ahead of now. So there is no window with an
edge at which twice as much would pass, and nothing to be counted down by a timer.

Pure, and in whole nanoseconds, so that nothing is lost to rounding: within any time `d` at most
``burst + d / interval`` units are taken, and what is told to wait for `wait` nanoseconds fits then, and not one
nanosecond earlier.
"""

from msgspec import Struct

SECOND = 10**9
MINUTE = 60 * SECOND


class Rate(Struct, frozen=True):
    """A unit every `interval` nanoseconds, and up to `burst` of them at once."""

    interval: int
    burst: int

    @property
    def tolerance(self) -> int:
        """How far ahead of now the TAT may lie: the nanoseconds in which an empty budget becomes whole."""
        return self.interval * self.burst

    def scaled(self, share: float, burst: int) -> "Rate":
        """The same with only a `share` (0 to 1) of the units, and another burst."""
        return Rate(-int(-self.interval // share), burst)


def per_minute(units: int, burst: int) -> Rate:
    """At most `units` a minute in the long run. The interval is rounded up: rather a little less than more."""
    return Rate(-(-MINUTE // units), burst)


def take(rate: Rate, tat: int, now: int, cost: int) -> int | None:
    """The TAT after `cost` units; None if that many are not there now."""
    after = advance(rate, tat, now, cost)
    return after if after - now <= rate.tolerance else None


def advance(rate: Rate, tat: int, now: int, cost: int) -> int:
    """The TAT after `cost` units, whether they are there or not."""
    return max(tat, now) + cost * rate.interval


def remaining(rate: Rate, tat: int, now: int) -> int:
    """How many units there are now."""
    return max(0, (now + rate.tolerance - max(tat, now)) // rate.interval)


def wait(rate: Rate, tat: int, now: int, cost: int) -> int:
    """Nanoseconds until `cost` units are there, if nobody else takes any: 0 if they are. `cost` up to the burst."""
    return max(0, advance(rate, tat, now, cost) - rate.tolerance - now)


def sane(rate: Rate, tat: int, now: int) -> int:
    """`tat`, or `now` where it lies further ahead than spending could have brought it: a clock was set back.

    That gives one budget too many, once. To wait for the old time to come again might take for ever.
    """
    return tat if tat - now <= 2 * rate.tolerance else now


def lease(rate: Rate, tat: int, now: int, owed: int, wanted: int) -> tuple[int, int]:
    """The TAT after a lease, and how many units it gives: as many of `wanted` as there are.

    `owed` units have been spent already: they are counted whether they are there or not. Below 0 they are given back.
    """
    tat = advance(rate, sane(rate, tat, now), now, owed)
    given = min(wanted, remaining(rate, tat, now))
    return advance(rate, tat, now, given), given
