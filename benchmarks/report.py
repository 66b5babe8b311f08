"""What a run shows: a table for people, a file for machines."""

import platform
from collections.abc import Sequence
from os import cpu_count
from pathlib import Path

import msgspec
from msgspec import Struct

from benchmarks.frame import Figures, LeftOut, Row

LATEST = Path(__file__).parent / "results" / "latest.json"
HEADINGS = ("name", "ours", "(least..most)", "reference", "(least..most)", "ratio", "goal", "holds")
LEFT = 0


class Result(Struct, frozen=True):
    """A row as it is written down."""

    name: str
    ours: float
    reference: float
    ratio: float
    goal: float | None
    holds: bool | None
    at_most: bool
    unit: str
    about: str
    rounds_of_ours: tuple[float, ...]
    rounds_of_reference: tuple[float, ...]


class Machine(Struct, frozen=True):
    """Where it was measured."""

    system: str
    python: str
    cpus: int


class Report(Struct, frozen=True):
    machine: Machine
    results: list[Result]
    left_out: list[LeftOut]


def table(rows: Sequence[Row], left_out: Sequence[LeftOut] = ()) -> str:
    """Name, ours, reference, ratio, goal, holds; below it what was not measured."""
    cells = [HEADINGS, *(_cells(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(width) if number == LEFT else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in cells
    ]
    lines += [f"{' '.join(each.names)} left out: {each.why}" for each in left_out]
    return "\n".join(lines)


def write(rows: Sequence[Row], left_out: Sequence[LeftOut] = (), path: Path = LATEST) -> None:
    """Write the rows as JSON, for machines."""
    report = Report(
        Machine(platform.platform(), platform.python_version(), cpu_count() or 1),
        [
            Result(
                row.name,
                row.ours.median,
                row.reference.median,
                row.ratio,
                row.goal,
                row.holds,
                row.at_most,
                row.unit,
                row.about,
                row.ours.rounds,
                row.reference.rounds,
            )
            for row in rows
        ],
        list(left_out),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")


def _cells(row: Row) -> tuple[str, ...]:
    goal = "" if row.goal is None else f"{'≤' if row.at_most else '≥'} {row.goal:.2f}"
    holds = {None: "-", True: "yes", False: "NO"}[row.holds]
    return (
        row.name,
        _figure(row.ours.median) + row.unit,
        _spread(row.ours),
        _figure(row.reference.median) + row.unit,
        _spread(row.reference),
        f"{row.ratio:.2f}",
        goal,
        holds,
    )


def _spread(figures: Figures) -> str:
    return f"({_figure(figures.least)}..{_figure(figures.most)})"


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,.3g}"
