"""`cloche get`, `wait` and `cancel`: small looks at one evaluation."""

import sys
from typing import Annotated

import msgspec
from cloche_schemas.views import EvaluationView
from cyclopts import Parameter

from cloche import colours
from cloche.commands.connecting import connect
from cloche.commands.quantities import BadWord, seconds
from cloche.commands.watching import exit_code
from cloche.complaints import USAGE, printable, say
from cloche.terminal import json_of


def get(evaluation: str, /, *, json: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Show one evaluation.

    Parameters
    ----------
    evaluation:
        Its id.
    json:
        As one JSON object.
    """
    with connect() as client:
        view = client.get(evaluation)
    if json:
        _write_json(view)
        return 0
    for name, value in msgspec.to_builtins(view).items():
        # A stream on which nothing came says nothing either.
        silent = isinstance(value, dict) and value.get("total_bytes") == 0
        if value not in (None, "", {}, [], ()) and not silent:
            text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
            sys.stdout.write(f"{name:<18}{printable(text)}\n")
    return 0


def wait(
    evaluation: str,
    /,
    *,
    timeout: Annotated[str | None, Parameter(alias="-t")] = None,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Wait until an evaluation is over, and exit as its program did; 124 if it is not over in time.

    Parameters
    ----------
    evaluation:
        Its id.
    timeout:
        No longer than 90s, 15m, 12h or so many seconds. The evaluation goes its own way.
    json:
        Print the evaluation as one JSON object.
    """
    try:
        longest = None if timeout is None else seconds(timeout)
    except BadWord as error:
        say(f"cloche: {error}")
        return USAGE
    with connect() as client:
        view = client.wait(evaluation, timeout=longest)
    if json:
        _write_json(view)
    return exit_code(view)


def cancel(evaluation: str, /, *, reason: str = "") -> int:
    """Ask for the end of an evaluation.

    Parameters
    ----------
    evaluation:
        Its id.
    reason:
        Why, for whoever reads the log.
    """
    with connect() as client:
        client.cancel(evaluation, reason=reason)
    return 0


def line_of(view: EvaluationView) -> str:
    """One evaluation on a line."""
    when = view.submitted_at.strftime("%Y-%m-%d %H:%M:%S") if view.submitted_at else ""
    code = "" if view.exit_code is None else str(view.exit_code)
    words = (view.id, when, view.status, view.outcome or "", code, view.name or "")
    cells = [f"{printable(word):<{width}}" for word, width in zip(words, WIDTHS, strict=True)]
    paint = colours.of(view.status, view.outcome)
    cells[2:4] = [colours.painted(cell, paint, sys.stdout) for cell in cells[2:4]]
    return "  ".join(cells)


WIDTHS = (36, 19, 13, 14, 3, 0)


def _write_json(view: EvaluationView) -> None:
    sys.stdout.write(json_of(view) + "\n")
