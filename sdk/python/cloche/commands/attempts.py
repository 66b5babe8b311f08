"""`cloche attempts`: where each attempt ran and how it ended."""

import sys
from typing import Annotated

import msgspec
from cloche_schemas.views import AttemptView
from cyclopts import Parameter

from cloche.commands.connecting import connect
from cloche.complaints import printable


def attempts(evaluation: str, /, *, json: Annotated[bool, Parameter(negative="")] = False) -> int:
    """List the attempts of an evaluation.

    Parameters
    ----------
    evaluation:
        Its id.
    json:
        One JSON object a line.
    """
    with connect() as client:
        listed = client.attempts(evaluation)
    for one in listed.items:
        text = msgspec.json.encode(one).decode() if json else line_of(one)
        sys.stdout.write(text + "\n")
    return 0


def line_of(attempt: AttemptView) -> str:
    """One attempt on a line."""
    times = (attempt.queued_at, attempt.started_at, attempt.ended_at)
    shown = "  ".join(f"{time:%H:%M:%S.%f}"[:12] if time else " " * 12 for time in times)
    running = "running" if attempt.started_at else "queued"
    end = attempt.outcome or attempt.reason or running
    said = f": {attempt.detail}" if attempt.detail else ""
    where = f"{attempt.engine or '-':<10}  {attempt.executor or '-'}"
    return printable(f"{attempt.number:>2}  {shown}  {where}  {end}{said}")
