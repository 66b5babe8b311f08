"""`cloche projections ls`, `rebuild`, `swap`, `rollback` and `abort`: for administrators."""

import sys
import time
from typing import Annotated

from cloche_schemas.projections import Differences, ProjectionView, RowDifference, SwapWhen
from cyclopts import Parameter

from cloche.client import Client
from cloche.commands.connecting import connect
from cloche.complaints import note, printable, say
from cloche.projections import READ_MODELS
from cloche.terminal import json_of

LOOK_SECONDS = 0.5


def ls(*, json: Annotated[bool, Parameter(negative="")] = False) -> int:
    """List projections: how far each one is, and how the last rebuild went.

    Parameters
    ----------
    json:
        One JSON object a line.
    """
    with connect() as client:
        for view in client.projections.list().items:
            sys.stdout.write((json_of(view) if json else line_of(view)) + "\n")
    return 0


def rebuild(
    name: str = READ_MODELS,
    /,
    *,
    swap: bool | None = None,
    wait: Annotated[bool, Parameter(negative="")] = False,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Make a projection anew from archive and log, beside the live rows, and compare every row and column.

    Parameters
    ----------
    name:
        Which one.
    swap:
        Put the new rows in place whatever differs, or never. Default: if nothing differs, or the version is another.
    wait:
        Until it is done, and write what differs; then 1 if anything does.
    json:
        Write what differs as one JSON object.
    """
    when: SwapWhen = "auto" if swap is None else "always" if swap else "never"
    with connect() as client:
        view = client.projections.rebuild(name, swap=when)
        if not wait:
            note(f"{name}: {view.request} asked for; cloche projections ls shows how far it is")
            return 0
        view = _wait(client, name)
    return _ended(view, json=json)


def swap(
    name: str = READ_MODELS, /, *, wait: Annotated[bool, Parameter(negative="")] = False
) -> int:
    """Put what was made anew in its place; what was there is kept until the next swap.

    Parameters
    ----------
    name:
        Which one.
    wait:
        Until it is done.
    """
    with connect() as client:
        client.projections.swap(name)
        return _done(_wait(client, name)) if wait else 0


def rollback(
    name: str = READ_MODELS, /, *, wait: Annotated[bool, Parameter(negative="")] = False
) -> int:
    """Go back to what was there before the last swap, after it has caught up.

    Parameters
    ----------
    name:
        Which one.
    wait:
        Until it is done.
    """
    with connect() as client:
        client.projections.rollback(name)
        return _done(_wait(client, name)) if wait else 0


def abort(name: str = READ_MODELS, /) -> int:
    """Give up what is being done; the live rows stay as they are.

    Parameters
    ----------
    name:
        Which one.
    """
    with connect() as client:
        client.projections.abort(name)
    return 0


def _wait(client: Client, name: str) -> ProjectionView:
    """The projection once nothing is being done with it; how far it is on stderr meanwhile."""
    said = ""
    while True:
        view = client.projections.get(name)
        if (line := _progress(view)) != said:
            note(line)
            said = line
        if view.request is None and view.state not in {"rebuilding", "comparing"}:
            return view
        time.sleep(LOOK_SECONDS)


def _progress(view: ProjectionView) -> str:
    words = view.state if view.request is None else f"{view.request}: {view.state}"
    if view.state == "rebuilding" and view.target:
        words += (
            f" {view.progress} of {view.target} ({100 * (view.progress or 0) // view.target} %)"
        )
    return f"{words} ({view.error})" if view.error else words


def _done(view: ProjectionView) -> int:
    return 1 if view.state == "failed" else 0


def _ended(view: ProjectionView, *, json: bool) -> int:
    found = view.differences
    if json and found is not None:
        sys.stdout.write(json_of(found) + "\n")
    elif found is not None:
        for line in lines_of(found):
            sys.stdout.write(printable(line) + "\n")
    if view.state == "ready":
        say("the new rows are kept: cloche projections swap puts them in place, abort drops them")
    return 1 if view.state == "failed" or found is None or not found.equal else 0


def lines_of(found: Differences) -> list[str]:
    """What differs, for people."""
    lines = [f"compared as of sequence {found.sequence}: {'equal' if found.equal else 'NOT equal'}"]
    for table in found.tables:
        words = (
            [f"{table.live} rows"]
            if table.live == table.rebuilt
            else [f"{table.live} rows live, {table.rebuilt} anew"]
        )
        if table.only_live:
            words.append(f"{table.only_live} only live")
        if table.only_rebuilt:
            words.append(f"{table.only_rebuilt} only anew")
        words += [f"{one.column} differs in {one.rows}" for one in table.columns]
        if other := (*table.columns_only_live, *table.columns_only_rebuilt):
            words.append(f"not compared: {', '.join(other)}")
        lines.append(f"  {table.table:<18} {', '.join(words)}")
    return lines + [_example(one) for one in found.examples]


def _example(one: RowDifference) -> str:
    where = f"{one.table} {'/'.join(one.key)}"
    if not one.column:
        return f"  {where}: only {'live' if one.rebuilt is None else 'anew'}"
    return f"  {where} {one.column}{one.pointer}: {one.live} live, {one.rebuilt} anew"


def line_of(view: ProjectionView) -> str:
    """One projection on a line."""
    words = f"{view.name:<14} version {view.version}  at {view.sequence}  {_progress(view)}"
    if view.differences is not None:
        words += "  equal" if view.differences.equal else "  NOT equal"
    if view.previous is not None:
        words += f"  (back to version {view.previous})"
    return printable(words)
