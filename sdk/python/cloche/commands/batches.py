"""`cloche batches ls`, `get`, `cancel` and `rerun`."""

import sys
from typing import Annotated

from cloche_schemas.batches import BatchView
from cyclopts import Parameter

from cloche.commands.batch_results import progress_of
from cloche.commands.connecting import connect
from cloche.complaints import note, printable
from cloche.terminal import json_of

Flag = Annotated[bool, Parameter(negative="")]


def ls(*, limit: int = 20, cursor: str | None = None, json: Flag = False) -> int:
    """List batches, newest first.

    Parameters
    ----------
    limit:
        At most so many.
    cursor:
        Go on where the page before ended.
    json:
        One JSON object a line.
    """
    with connect() as client:
        page = client.batches.list(limit=limit, cursor=cursor)
    for view in page.items:
        sys.stdout.write((json_of(view) if json else line_of(view)) + "\n")
    if page.next_cursor is not None and not json:
        note(f"more: --cursor {page.next_cursor}")
    return 0


def get(batch: str, /, *, json: Flag = False) -> int:
    """Show how far a batch is.

    Parameters
    ----------
    batch:
        Its id.
    json:
        As one JSON object.
    """
    with connect() as client:
        view = client.batches.get(batch)
    sys.stdout.write((json_of(view) if json else line_of(view)) + "\n")
    return 0


def cancel(batch: str, /, *, reason: str = "") -> int:
    """Ask for the end of what is left of a batch.

    Parameters
    ----------
    batch:
        Its id.
    reason:
        Why, for whoever reads the log.
    """
    with connect() as client:
        answer = client.batches.cancel(batch, reason=reason)
    sys.stdout.write(f"{answer.cancelled} cancelled, {answer.already_over} were over\n")
    return 0


def rerun(batch: str, /, *, all: Flag = False) -> int:  # noqa: A002 - the option's name
    """Run again what failed, as a new batch, and write its id.

    Parameters
    ----------
    batch:
        Its id.
    all:
        Everything, not only what failed.
    """
    with connect() as client:
        accepted = client.batches.rerun(batch, only="all" if all else "failed")
    sys.stdout.write(accepted.id + "\n")
    return 0


def line_of(view: BatchView) -> str:
    """One batch on a line."""
    when = view.created_at.strftime("%Y-%m-%d %H:%M:%S") if view.created_at else ""
    return printable(f"{view.id}  {when:<19}  {progress_of(view)}  {view.name}").rstrip()
