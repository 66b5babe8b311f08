"""What evaluations are found by: which parts, and no more of them than is looked at."""

from cloche_projector.texts import (
    SUBMITTED_LETTERS,
    WRITTEN_BYTES,
    said,
    submitted,
    text_of,
    wanted,
    wrote,
)
from cloche_schemas.commands import Case, EvaluationSpec, SourceFile
from cloche_schemas.values import OutputSummary
from cloche_schemas.views import EvaluationView

KEY = ("main", "01900000-0000-7000-8000-000000000000")


def test_labels_name_code_and_text_files_are_looked_at_and_nothing_else_is() -> None:
    spec = EvaluationSpec(
        code="solve_many(A)",
        name="src/main.py",
        labels={"Model": "m-7"},
        files=(
            SourceFile(name="notes.txt", content="hello"),
            SourceFile(name="table.bin", data=b"secret"),
            SourceFile(name="big.txt", blob="0" * 64),
        ),
        stdin="secret",
        argv=("secret",),
        env={"SECRET": "secret"},
        cases=(Case(stdin="secret"),),
    )
    assert text_of(spec) == "model m 7 src main py solve many a notes txt hello"


def test_no_more_of_a_submission_is_looked_at_than_its_beginning() -> None:
    code = "word " * SUBMITTED_LETTERS + "end"
    assert len(text_of(EvaluationSpec(code=code))) <= SUBMITTED_LETTERS
    assert "end" not in text_of(EvaluationSpec(code=code))


def summary(head: int, tail: int = 0) -> OutputSummary:
    return OutputSummary(total_bytes=head + tail, head_bytes=head, tail_bytes=tail)


def test_only_of_a_verdict_with_output_is_output_looked_at() -> None:
    view = EvaluationView(id=KEY[1], status="completed", attempt=2, stdout=summary(9, 2))
    long = EvaluationView(id=KEY[1], status="completed", attempt=1, stderr=summary(1 << 20))
    silent = EvaluationView(id=KEY[1], status="completed", attempt=1)
    given_up = EvaluationView(id=KEY[1], status="dead_lettered", attempt=3, stdout=summary(9))
    assert wanted({KEY: view}) == (["main"], [KEY[1]], [2], [11], [0])
    assert wanted({KEY: long})[3:] == ([0], [WRITTEN_BYTES])
    assert wanted({KEY: silent}) == wanted({KEY: given_up}) == ()


def test_stdout_and_stderr_are_one_text_whatever_their_bytes_are() -> None:
    rows = [(*KEY, "stdout", b"Out_put \xff\x00caf\xc3\xa9 caf\xc3"), (*KEY, "stderr", b"err")]
    assert said(rows) == {KEY: "out put café caf err"}
    assert said([(*KEY, "stdout", b"\xff\xfe --")]) == {}
    assert wrote({KEY: "a b"}) == (["main"], [KEY[1]], ["a b"])
    assert submitted({KEY: "a b"}, {KEY: "c"}) == (["main"], [KEY[1]], ["a b"], ["c"])
    assert submitted({KEY: "a b"}, {}) == (["main"], [KEY[1]], ["a b"], [""])
