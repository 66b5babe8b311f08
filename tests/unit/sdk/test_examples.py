"""The programs of ``examples`` as the command reads them are what a submission may be."""

from pathlib import Path

import pytest
from cloche.commands.cases import read_cases
from cloche.commands.program import read_program
from cloche_schemas.commands import SubmitEvaluation
from cloche_schemas.languages import detect

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.mark.parametrize(
    ("place", "entry", "language"),
    [
        ("basic-evaluation/hello.py", "hello.py", "python"),
        ("cases/add.py", "add.py", "python"),
        ("artifacts/squares.py", "squares.py", "python"),
        ("compiled", "main.c", "c"),
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
