"""What a benchmark's row says, which benchmarks are chosen, and in what turn the two sides are measured."""

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

if TYPE_CHECKING:
    from benchmarks.frame import Figures

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """The package lies at the root, which is not on the path of every way to run the tests."""
    monkeypatch.setattr(sys, "path", [*sys.path, str(ROOT)])


def figures(*rounds: float) -> "Figures":
    from benchmarks.frame import Figures

    return Figures(rounds)


def test_a_goal_is_held_by_the_ratio_of_the_medians() -> None:
    from benchmarks.frame import Row

    slow, fast = figures(1, 2, 90), figures(7, 8, 9)
    assert Row(name="x", ours=fast, reference=slow, goal=4.0).holds is True
    assert Row(name="x", ours=fast, reference=slow, goal=4.1).holds is False
    assert Row(name="x", ours=slow, reference=fast, goal=0.25, at_most=True).holds is True
    assert Row(name="x", ours=slow, reference=fast, goal=0.24, at_most=True).holds is False
    assert Row(name="x", ours=slow, reference=fast).holds is None


def test_rounds_of_several_processes_count_as_those_of_one() -> None:
    from benchmarks.frame import pooled

    whole = pooled([figures(1, 9), figures(2), figures(3, 4)])
    assert whole == figures(1, 9, 2, 3, 4)
    # No median of medians, which would be 3.5.
    assert whole.median == 3


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        ([], True),
        (["P8"], True),
        (["p9"], True),
        (["p8_first"], True),
        (["p10", "P9"], True),
        (["p"], False),
        (["p80"], False),
        (["P10"], False),
    ],
)
def test_a_benchmark_is_chosen_by_goal_or_by_name(names: list[str], chosen: bool) -> None:
    from benchmarks.frame import Benchmark

    assert Benchmark("p8_first_byte", ("P8", "P9")).chosen(names) is chosen


def test_p1_does_not_choose_p10() -> None:
    from benchmarks.frame import Benchmark

    assert not Benchmark("p10_whole_system", ("P10",)).chosen(["P1"])


async def test_sides_take_turns_and_the_first_rotates() -> None:
    from benchmarks.frame import interleaved

    order: list[str] = []

    async def a() -> float:
        order.append("a")
        return len(order)

    async def b() -> float:
        order.append("b")
        return len(order)

    measured = await interleaved(a, b, rounds=3)
    assert "".join(order) == "ab" + "ab" + "ba" + "ab"
    assert [side.rounds for side in measured] == [(3, 6, 7), (4, 5, 8)]


def test_the_table_says_what_was_left_out_and_the_file_keeps_every_round(tmp_path: Path) -> None:
    from benchmarks.frame import LeftOut, Row
    from benchmarks.report import table, write

    row = Row(name="P3 publisher", ours=figures(1, 2, 3), reference=figures(4, 5, 6), goal=1.6)
    left_out = LeftOut(("P8", "P9"), "no Docker daemon answers")
    shown = table([row], [left_out]).splitlines()
    assert " ".join(shown[1].split()) == "P3 publisher 2/s (1..3) 5/s (4..6) 0.40 ≥ 1.60 NO"
    assert shown[2] == "P8 P9 left out: no Docker daemon answers"
    write([row], [left_out], tmp_path / "new" / "latest.json")
    kept = msgspec.json.decode((tmp_path / "new" / "latest.json").read_bytes())
    assert kept["results"][0]["rounds_of_reference"] == [4, 5, 6]
    assert kept["left_out"] == [{"names": ["P8", "P9"], "why": "no Docker daemon answers"}]


def test_every_benchmark_is_there() -> None:
    listed = importlib.import_module("benchmarks.__main__").BENCHMARKS
    for benchmark in listed:
        assert (ROOT / "benchmarks" / f"{benchmark.module}.py").is_file()
