"""What every row is made of: things measured in turn, in one run, and the ratio of their medians.

Absolute figures differ from machine to machine and drift on a busy one, so ours and the references take turns, several
rounds, and each is represented by its median; the least and the most stand beside it.
"""

import statistics
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence

from msgspec import Struct

Measure = Callable[[], Awaitable[float]]


class Missing(Exception):  # noqa: N818
    """A benchmark cannot be measured here; says why."""


class Figures(Struct, frozen=True):
    """What one side showed, a figure each round."""

    rounds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)

    @property
    def least(self) -> float:
        return min(self.rounds)

    @property
    def most(self) -> float:
        return max(self.rounds)


def pooled(parts: Iterable[Figures]) -> Figures:
    """All rounds of several processes as those of one."""
    return Figures(tuple(one for part in parts for one in part.rounds))


class Row(Struct, frozen=True, kw_only=True):
    """Two figures of the same unit. The goal is on ours / reference; without one the row is for information."""

    name: str
    ours: Figures
    reference: Figures
    goal: float | None = None
    at_most: bool = False
    unit: str = "/s"
    about: str = ""

    @property
    def ratio(self) -> float:
        return self.ours.median / self.reference.median

    @property
    def holds(self) -> bool | None:
        if self.goal is None:
            return None
        return self.ratio <= self.goal if self.at_most else self.ratio >= self.goal


class LeftOut(Struct, frozen=True):
    """Goals that were not measured, and why."""

    names: tuple[str, ...]
    why: str


class Benchmark(Struct, frozen=True):
    """A module with `async def measure() -> Sequence[Row]` and the goals that it measures."""

    module: str
    goals: tuple[str, ...]

    def chosen(self, names: Sequence[str]) -> bool:
        """Whether one of `names` is one of its goals, or the beginning of its module's name; without names: yes."""
        wanted = [name.lower() for name in names]
        return not wanted or any(
            name in (goal.lower() for goal in self.goals)
            or f"{self.module}_".startswith(f"{name}_")
            for name in wanted
        )


async def interleaved(
    *measures: Measure, rounds: int = 5, warm_up: bool = True
) -> tuple[Figures, ...]:
    """Figures of each, measured in turn; who goes first rotates. One round before that (`warm_up`) is not counted."""
    for measure in measures if warm_up else ():
        await measure()
    figures: list[list[float]] = [[] for _ in measures]
    for number in range(rounds):
        for turn in range(len(measures)):
            which = (number + turn) % len(measures)
            figures[which].append(await measures[which]())
    return tuple(Figures(tuple(each)) for each in figures)


async def rate(count: int, work: Callable[[], Awaitable[object]]) -> float:
    """How many a second, when `work` does `count` of them."""
    begin = time.perf_counter()
    await work()
    return count / (time.perf_counter() - begin)
