"""The programs of ``examples`` as the command reads them are what a submission may be."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cloche.commands.cases import read_cases
from cloche.commands.program import read_program
from cloche_schemas.commands import SubmitEvaluation
from cloche_schemas.languages import detect
from support.gateway import KEY
from support.small_platform import platform

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.mark.parametrize(
    ("place", "entry", "language"),
    [
        ("basic-evaluation/hello.py", "hello.py", "python"),
        ("cases/add.py", "add.py", "python"),
        ("artifacts/squares.py", "squares.py", "python"),
        ("compiled", "main.c", "c"),
        ("ml-workload/train.py", "train.py", "python"),
    ],
)
def test_an_example_is_read_with_its_language(place: str, entry: str, language: str) -> None:
    submission: SubmitEvaluation = read_program(str(EXAMPLES / place), [], None)
    assert submission.name == entry
    source = submission.code or next(f.content for f in submission.files if f.name == entry)
    assert source is not None
    assert detect(submission.name, source) == language


def test_the_cases_of_the_example_are_cases() -> None:
    cases = read_cases(EXAMPLES / "cases" / "cases.json")
    assert [case.name for case in cases] == ["two numbers", "two lines", "nothing", "large"]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with platform() as address:
        yield address


def ran(address: str, *words: str) -> list[str]:
    """What an example writes, line by line, as somebody runs it beside a system."""
    done = subprocess.run(
        [sys.executable, *words],
        env={**os.environ, "CLOCHE_URL": address, "CLOCHE_API_KEY": KEY},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_program_is_watched_from_python(address: str) -> None:
    lines = ran(address, str(EXAMPLES / "python-client" / "watch.py"))
    assert [line for line in lines if line.isdigit()] == ["0", "1", "4"]
    assert lines[-1].endswith("succeeded with exit code 0")
