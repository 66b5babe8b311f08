"""What every row is made of: two things measured in turn, in one run, and the ratio of their medians.

Absolute figures differ from machine to machine and drift on a busy one, so ours and the reference take turns, several
rounds, and each is represented by its median.
"""

import platform
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from os import cpu_count
from pathlib import Path

import msgspec
from msgspec import Struct

LATEST = Path(__file__).parent / "results" / "latest.json"
Measure = Callable[[], Awaitable[float]]


class Row(Struct, frozen=True, kw_only=True):
    """One goal. `ours` and `reference` are figures of the same unit; the goal is on ours / reference."""

    name: str
    ours: float
    reference: float
    goal: float
    at_most: bool = False
    unit: str = "/s"
    about: str = ""

    @property
    def ratio(self) -> float:
        return self.ours / self.reference

    @property
    def holds(self) -> bool:
        return self.ratio <= self.goal if self.at_most else self.ratio >= self.goal


class Result(Struct, frozen=True):
    """A row as it is written down."""

    name: str
    ours: float
    reference: float
    ratio: float
    goal: float
    holds: bool
    at_most: bool
    unit: str
    about: str


class Machine(Struct, frozen=True):
    """Where it was measured."""

    system: str
    python: str
    cpus: int


class Report(Struct, frozen=True):
    machine: Machine
    results: list[Result]


async def interleaved(ours: Measure, reference: Measure, *, rounds: int = 5) -> tuple[float, float]:
    """Medians of both, measured in turn; who goes first alternates. One round of each before that is not counted."""
    await ours()
    await reference()
    figures: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds):
        for which in (0, 1) if number % 2 == 0 else (1, 0):
            figures[which].append(await (ours, reference)[which]())
    return statistics.median(figures[0]), statistics.median(figures[1])


async def rate(count: int, work: Callable[[], Awaitable[object]]) -> float:
    """How many a second, when `work` does `count` of them."""
    begin = time.perf_counter()
    await work()
    return count / (time.perf_counter() - begin)


def table(rows: Sequence[Row]) -> str:
    """Name, ours, reference, ratio, goal, holds."""
    width = max((len(row.name) for row in rows), default=4)
    lines = [f"{'name':{width}}  {'ours':>12}  {'reference':>12}  {'ratio':>6}  {'goal':>7}  holds"]
    lines += [
        f"{row.name:{width}}  {_figure(row.ours, row.unit)}  {_figure(row.reference, row.unit)}"
        f"  {row.ratio:6.2f}  {'≤' if row.at_most else '≥'} {row.goal:5.2f}  {'yes' if row.holds else 'NO'}"
        for row in rows
    ]
    return "\n".join(lines)


def write(rows: Sequence[Row], path: Path = LATEST) -> None:
    """Write the rows as JSON, for machines."""
    report = Report(
        Machine(platform.platform(), platform.python_version(), cpu_count() or 1),
        [
            Result(
                row.name,
                row.ours,
                row.reference,
                row.ratio,
                row.goal,
                row.holds,
                row.at_most,
                row.unit,
                row.about,
            )
            for row in rows
        ],
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")


def _figure(value: float, unit: str) -> str:
    text = f"{value:,.0f}" if value >= 100 else f"{value:,.3g}"
    return f"{text + ' ' + unit:>12}"
