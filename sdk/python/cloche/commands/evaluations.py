"""`cloche get`, `ls`, `wait` and `cancel`: small looks at what is on the log."""

import sys
from typing import Annotated

import msgspec
from cloche_schemas.values import Status
from cloche_schemas.views import EvaluationView
from cyclopts import Parameter

from cloche.client import Client
from cloche.commands.watching import exit_code
from cloche.complaints import printable
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
    with Client.local() as client:
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


def ls(
    *,
    limit: int = 20,
    status: Status | None = None,
    cursor: str | None = None,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """List evaluations, newest first.

    Parameters
    ----------
    limit:
        At most so many.
    status:
        Only those in this state.
    cursor:
        Go on where the page before ended.
    json:
        One JSON object a line.
    """
    with Client.local() as client:
        page = client.list(limit=limit, status=status, cursor=cursor)
    for view in page.items:
        if json:
            _write_json(view)
        else:
            sys.stdout.write(line_of(view) + "\n")
    if page.next_cursor is not None and not json:
        sys.stderr.write(f"more: --cursor {printable(page.next_cursor)}\n")
    return 0


def wait(evaluation: str, /, *, json: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Wait until an evaluation is over, and exit as its program did.

    Parameters
    ----------
    evaluation:
        Its id.
    json:
        Print the evaluation as one JSON object.
    """
    with Client.local() as client:
        view = client.wait(evaluation)
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
    with Client.local() as client:
        client.cancel(evaluation, reason=reason)
    return 0


def line_of(view: EvaluationView) -> str:
    """One evaluation on a line."""
    when = view.submitted_at.strftime("%Y-%m-%d %H:%M:%S") if view.submitted_at else ""
    code = "" if view.exit_code is None else str(view.exit_code)
    words = (view.id, when, view.status, view.outcome or "", code, view.name or "")
    return printable(
        "  ".join(f"{word:<{width}}" for word, width in zip(words, WIDTHS, strict=True))
    )


WIDTHS = (36, 19, 13, 14, 3, 0)


def _write_json(view: EvaluationView) -> None:
    sys.stdout.write(json_of(view) + "\n")
