"""`cloche stats`: how many ended, how, how fast, and how long they waited and ran."""

import sys
from collections.abc import Iterator
from typing import Annotated

from cloche_schemas.statistics import Durations, Ended, Statistics, Step
from cyclopts import Parameter

from cloche.commands.connecting import connect
from cloche.commands.quantities import BadWord, time
from cloche.complaints import USAGE, say
from cloche.terminal import json_of

_HEAD = (
    f"{'ENDED':>9}{'RATE':>10}{'SUCCESS':>9}"
    f"{'WAITED P50':>12}{'P95':>9}{'P99':>9}{'RAN P50':>11}{'P95':>9}{'P99':>9}"
)


def stats(
    *,
    since: str | None = None,
    until: str | None = None,
    step: Step | None = None,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Show how many evaluations ended, how, how fast, and how long they waited and ran: in all and by language.

    Success is the part that succeeded of those that were neither cancelled nor given up. Durations are true to within
    5 %: half of them, 95 and 99 % take no longer.

    Parameters
    ----------
    since:
        Ended then or later: 2026-12-24T18:00, or 12h for so long ago (default: a day).
    until:
        Ended before then (default: now).
    step:
        Also a line for each so long stretch in which anything ended.
    json:
        As one JSON object, with every stretch.
    """
    try:
        begin, end = since and time(since), until and time(until)
    except BadWord as error:
        say(f"cloche: {error}")
        return USAGE
    with connect() as client:
        found = client.statistics(since=begin or None, until=end or None, step=step)
    lines = [json_of(found)] if json else _said(found, by_time=step is not None)
    for line in lines:
        sys.stdout.write(line + "\n")
    return 0


def _said(found: Statistics, *, by_time: bool) -> Iterator[str]:
    total = found.total
    counts = [f"{count} {name.replace('_', ' ')}" for name, count in total.by_outcome.items()]
    if total.dead_lettered:
        counts.append(f"{total.dead_lettered} given up")
    yield f"{found.since:%Y-%m-%d %H:%M}Z to {found.until:%Y-%m-%d %H:%M}Z: {total.ended} ended"
    if not total.ended:
        return
    yield ", ".join(counts)
    yield f"{'LANGUAGE':<18}{_HEAD}"
    for one in found.languages:
        yield f"{one.language:<18}{_row(one)}"
    if len(found.languages) != 1:
        yield f"{'all':<18}{_row(total)}"
    if by_time:
        yield f"{'FROM':<18}{_HEAD}"
        for bucket in found.buckets:
            if bucket.ended:
                yield f"{bucket.at:%Y-%m-%d %H:%M}Z {_row(bucket)}"


def _row(one: Ended) -> str:
    success = "" if one.success_rate is None else f"{100 * one.success_rate:.1f} %"
    waited, ran = _durations(one.queue, 12), _durations(one.run, 11)
    return f"{one.ended:>9}{_rate(one.per_second):>10}{success:>9}{waited}{ran}"


def _rate(per_second: float) -> str:
    """In the unit that leaves a number over one; the last one takes what is rarer."""
    for unit, seconds in (("s", 1), ("min", 60)):
        if per_second * seconds >= 1:
            return f"{per_second * seconds:,.1f}/{unit}"
    return f"{per_second * 3600:.1f}/h"


def _durations(some: Durations, width: int) -> str:
    return f"{_took(some.p50):>{width}}{_took(some.p95):>9}{_took(some.p99):>9}"


def _took(seconds: float | None) -> str:
    """As people read it."""
    if seconds is None:
        return ""
    if seconds < 1:
        return f"{seconds * 1000:.3g} ms"
    return f"{seconds:.3g} s" if seconds < 100 else f"{seconds / 60:.3g} min"
