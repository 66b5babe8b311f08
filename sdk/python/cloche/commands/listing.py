"""`cloche list`: evaluations, filtered, searched and sorted."""

import sys
from typing import Annotated, cast

from cloche_schemas.values import EngineChoice, Outcome, Status
from cyclopts import Parameter

from cloche.commands.connecting import connect
from cloche.commands.evaluations import line_of
from cloche.commands.quantities import BadWord, time
from cloche.complaints import USAGE, note, say
from cloche.listing import Order, Selected, Sort
from cloche.terminal import json_of

Flag = Annotated[bool, Parameter(negative="")]
Several = Parameter(negative="")


def list_(  # noqa: PLR0913 - the options of a command
    *,
    limit: Annotated[int, Parameter(alias="-n")] = 20,
    everything: Annotated[bool, Parameter(name="--all", negative="")] = False,
    status: Annotated[list[Status] | None, Several] = None,
    outcome: Annotated[list[Outcome] | None, Several] = None,
    language: Annotated[list[str] | None, Several] = None,
    engine: Annotated[list[EngineChoice] | None, Several] = None,
    label: Annotated[list[str] | None, Several] = None,
    batch: str | None = None,
    schedule: str | None = None,
    since: str | None = None,
    until: str | None = None,
    grep: Annotated[str | None, Parameter(allow_leading_hyphen=True)] = None,
    sort: Sort | None = None,
    order: Order | None = None,
    cursor: str | None = None,
    json: Flag = False,
) -> int:
    """List evaluations, newest first. Every filter that is given must hold; of one that is given again, any.

    Parameters
    ----------
    limit:
        At most so many.
    everything:
        All that fit, however many.
    status:
        Only those in this state.
    outcome:
        Only those that ended so.
    language:
        Only those in this language.
    engine:
        Only those that this sandbox ran, or is to run.
    label:
        Only those with this label, key=value or key; given again, all must fit.
    batch:
        Only those of this batch.
    schedule:
        Only those of this schedule.
    since:
        Submitted then or later: 2026-12-24T18:00, or 12h for so long ago.
    until:
        Submitted before then.
    grep:
        Only those with these words in code, output or labels; also "a phrase", -not and or.
    sort:
        By created, finished or duration; by the latter two only what is over.
    order:
        desc is newest, last and longest first.
    cursor:
        One of the cursors that a page ends with: the page behind it, or the one before, of the same filters.
    json:
        One JSON object a line.
    """
    try:
        given = {
            "status": status,
            "outcome": outcome,
            "language": language,
            "engine": engine,
            "labels": label,
            "batch": batch,
            "schedule": schedule,
            "since": since and time(since),
            "until": until and time(until),
            "text": grep,
            "sort": sort,
            "order": order,
        }
    except BadWord as error:
        say(f"cloche: {error}")
        return USAGE
    selected = cast("Selected", {name: value for name, value in given.items() if value})
    with connect() as client:
        if everything:
            for view in client.each(**selected):
                sys.stdout.write((json_of(view) if json else line_of(view)) + "\n")
            return 0
        page = client.list(limit=limit, cursor=cursor, **selected)
    for view in page.items:
        sys.stdout.write((json_of(view) if json else line_of(view)) + "\n")
    if page.prev_cursor is not None and not json:
        note(f"before: --cursor {page.prev_cursor}")
    if page.next_cursor is not None and not json:
        note(f"more: --cursor {page.next_cursor}")
    return 0
