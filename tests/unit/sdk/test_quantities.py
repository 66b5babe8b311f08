"""Sizes, limits and variables as people write them."""

import pytest
from cloche.commands.quantities import BadWord, limits, seconds, size, variables
from cloche_schemas.commands import LimitsBody
from cloche_schemas.values import Limits


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("128MiB", 128 << 20),
        ("64k", 64_000),
        ("1.5 GiB", 3 << 29),
        ("1000000", 1_000_000),
        ("2gb", 2 * 10**9),
    ],
)
def test_a_size_is_read(text: str, expected: int) -> None:
    assert size(text) == expected


@pytest.mark.parametrize("text", ["", "much", "12 parsecs", "-1", "MiB"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(BadWord, match="is no size"):
        size(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("90", 90), ("90s", 90), ("1.5m", 90), ("12h", 43_200), ("30d", 2_592_000), ("1w", 604_800)],
)
def test_a_time_is_read(text: str, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "soon", "5 fortnights", "-1s", "h"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(BadWord, match="is no time"):
        seconds(text)


@pytest.mark.parametrize(
    ("word", "name", "value"),
    [
        ("pids=16", "pids", 16),
        ("cpus=0.5", "cpus", 0.5),
        ("cpu_seconds=2", "cpu_seconds", 2.0),
        ("cpu=2.5", "cpu_seconds", 2.5),
        ("wall-seconds=1", "wall_seconds", 1.0),
        ("memory=64MiB", "memory_bytes", 64 << 20),
        ("scratch_bytes=1000000", "scratch_bytes", 1_000_000),
        ("scratch_inodes=99", "scratch_inodes", 99),
        ("artifact_files=0", "artifact_files", 0),
        ("output=0", "output_bytes", 0),
    ],
)
def test_a_limit_is_read_with_or_without_its_unit(word: str, name: str, value: float) -> None:
    assert limits([word], None, None) == LimitsBody(**{name: value})  # type: ignore[arg-type]


def test_limits_are_asked_for_together_and_the_last_word_counts() -> None:
    asked = limits(["pids=1", "pids=2", "wall_seconds=9", "memory=1GiB"], 5.0, "64MiB")
    assert asked == LimitsBody(pids=2, wall_seconds=5.0, memory_bytes=64 << 20)
    assert limits([], None, None) == LimitsBody()


@pytest.mark.parametrize(
    "word", ["", "pids", "=1", "gpus=1", "pids=", "pids=1.5", "pids=many", "memory=", "cpus=x"]
)
def test_what_is_no_limit_is_refused(word: str) -> None:
    with pytest.raises(BadWord):
        limits([word], None, None)


def test_every_limit_can_be_asked_for() -> None:
    assert [limits([f"{name}=1"], None, None) for name in Limits.__struct_fields__]


def test_variables_are_given_or_taken_from_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HERE", "here")
    monkeypatch.delenv("NOWHERE", raising=False)
    assert variables(["A=1", "B=", "C=a=b", "HERE", "A=2"]) == {
        "A": "2",
        "B": "",
        "C": "a=b",
        "HERE": "here",
    }
    with pytest.raises(BadWord, match="NOWHERE is not set"):
        variables(["NOWHERE"])
