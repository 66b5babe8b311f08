"""Cases: from a file into a submission, their results onto a line each, and `cloche cases`."""

import sys
from pathlib import Path
from typing import Annotated

import msgspec
from cloche_schemas.commands import CaseBody
from cloche_schemas.events import CaseCompleted
from cloche_schemas.views import CaseResult, EvaluationView
from cyclopts import Parameter

from cloche.commands.connecting import connect
from cloche.commands.quantities import BadWord
from cloche.commands.watching import signal_name
from cloche.complaints import printable
from cloche.terminal import json_of

NOT_ALL_PASSED = 1
_cases = msgspec.json.Decoder(CaseBody)


def read_cases(path: Path) -> tuple[CaseBody, ...]:
    """The cases of a file: a JSON array of them, an object with `cases`, or one object a line."""
    text = path.read_text()
    try:
        whole = msgspec.json.decode(text)
    except msgspec.DecodeError:
        whole = None
    if isinstance(whole, dict) and "cases" in whole:
        whole = whole["cases"]
    if isinstance(whole, list):
        numbered = [(f"case {n}", msgspec.json.encode(case)) for n, case in enumerate(whole)]
    else:
        lines = enumerate(text.splitlines(), start=1)
        numbered = [(f"line {n}", line.encode()) for n, line in lines if line.strip()]
    return tuple(_case(path, place, data) for place, data in numbered)


def _case(path: Path, place: str, data: bytes) -> CaseBody:
    try:
        return _cases.decode(data)
    except msgspec.DecodeError as error:
        raise BadWord(f"{path}: {place}: {error}") from None


def line_of(case: CaseCompleted | CaseResult) -> str:
    """One case on a line."""
    seconds = "" if case.usage is None else f"{case.usage.wall_seconds:.3f} s"
    why = "" if case.passed else _why(case)
    mark = "ok" if case.passed else "FAIL"
    line = f"{mark:<4} {case.index:>4}  {seconds:>10}  {case.name}{'  ' * bool(case.name)}{why}"
    return printable(line).rstrip()


def _why(case: CaseCompleted | CaseResult) -> str:
    if case.detail or case.outcome != "failed":
        return case.detail or case.outcome.replace("_", " ")
    if case.signal is not None:
        return f"ended by {signal_name(case.signal)}"
    return "failed" if case.exit_code is None else f"exit code {case.exit_code}"


def summary_of(view: EvaluationView) -> str:
    """All cases on a line."""
    counts = view.cases
    if counts is None:
        return "no cases"
    ended = f"{counts.passed} of {counts.total} cases passed"
    more = ((counts.failed, "failed"), (counts.skipped, "not run"))
    return ", ".join([ended, *(f"{number} {word}" for number, word in more if number)])


def cases(evaluation: str, /, *, json: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Show what became of each case of an evaluation so far.

    Parameters
    ----------
    evaluation:
        Its id.
    json:
        One JSON object a line.
    """
    with connect() as client:
        listed = client.cases(evaluation)
    for case in listed.items:
        sys.stdout.write((json_of(case) if json else line_of(case)) + "\n")
    if not json:
        passed = sum(case.passed for case in listed.items)
        left = "" if listed.complete else ", more to come"
        sys.stderr.write(f"{passed} of {listed.total} cases passed{left}\n")
    return 0
