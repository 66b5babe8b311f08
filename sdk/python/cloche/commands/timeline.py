"""`cloche timeline`: where the time of an evaluation went, as a waterfall of what its events tell."""

import shutil
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

import msgspec
from cloche_schemas.timeline import Timeline, TimelineSpan
from cyclopts import Parameter

from cloche import colours
from cloche.commands.connecting import connect
from cloche.complaints import printable

NAMES = 26
LEAST_BAR, MOST_BAR = 10, 60
#: Two times of eleven characters, the names, and what keeps the columns apart.
_BESIDE = NAMES + 28


def timeline(evaluation: str, /, *, json: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Show where the time of an evaluation went: waiting, starting, running, and when.

    Parameters
    ----------
    evaluation:
        Its id.
    json:
        One JSON object a line: a span, in the order of the waterfall.
    """
    with connect() as client:
        found = client.timeline(evaluation)
    if json:
        for span in found.spans:
            sys.stdout.write(msgspec.json.encode(span).decode() + "\n")
        return 0
    width = shutil.get_terminal_size().columns - _BESIDE
    for line in waterfall(found, min(MOST_BAR, max(LEAST_BAR, width))):
        sys.stdout.write(line + "\n")
    return 0


def waterfall(found: Timeline, width: int) -> Iterator[str]:
    """A line for each span: when it began and how long it took, in seconds, and both as a bar of `width` characters."""
    if not found.spans:
        return
    begun = min(span.started_at for span in found.spans)
    ended = max(span.ended_at or span.started_at for span in found.spans)
    whole = (ended - begun).total_seconds()
    depths: dict[str, int] = {}
    for span in found.spans:
        depth = depths[span.id] = 0 if span.parent is None else depths.get(span.parent, 0) + 1
        after = (span.started_at - begun).total_seconds()
        took = "        …" if span.seconds is None else f"{span.seconds:9.3f}"
        name = "  " * depth + span.name
        end = f" {span.end}" if span.end else ""
        line = f"{after:9.3f}  {took}  {name:<{NAMES}}  {_bar(span, begun, whole, width)}{end}"
        said = printable(line.rstrip())
        yield colours.painted(said, "red", sys.stdout) if span.failed else said


def _bar(span: TimelineSpan, begun: datetime, whole: float, width: int) -> str:
    """What goes on reaches to the edge; what took no time is a dot."""
    if not whole:
        return "·"
    place = (span.started_at - begun).total_seconds() / whole
    share = 1 - place if span.seconds is None else span.seconds / whole
    before = min(width - 1, int(place * width))
    length = min(width - before, round(share * width))
    return " " * before + ("━" * length or "·")
