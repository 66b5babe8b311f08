"""Ended evaluations by stretch of time and by language, as the projector has counted them: PostgreSQL, and in memory.

What it costs follows from the number of stretches, never from how many evaluations ended: the projector adds them up.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from cloche_domain import durations
from cloche_schemas.views import EvaluationView
from msgspec import Struct


class Stretches(Struct, frozen=True):
    """Stretches of `grain` seconds from `since` to `until`, both of which are where one begins."""

    since: datetime
    until: datetime
    grain: int

    def of(self, time: datetime) -> datetime:
        """Where the stretch begins that `time` lies in."""
        return self.since + (time - self.since) // self._length * self._length

    @property
    def all(self) -> list[datetime]:
        """The beginnings, in order."""
        count = (self.until - self.since) // self._length
        return [self.since + n * self._length for n in range(count)]

    @property
    def _length(self) -> timedelta:
        return timedelta(seconds=self.grain)


class Tally(Struct):
    """How many ended with each outcome (or dead_lettered), and counts by class of how long they waited and ran."""

    outcomes: Counter[str]
    waited: Sequence[int] = ()
    ran: Sequence[int] = ()


class Tallies(Struct, frozen=True):
    """The same evaluations twice: by the stretch that they ended in, and by their language."""

    by_time: dict[datetime, Tally]
    by_language: dict[str, Tally]


_CHOSEN = """
SELECT at, language, outcome, ended, waited, ran FROM tallies
WHERE tenant = $1 AND grain = $2 AND at >= $3 AND at < $4
"""
ENDED = f"""
SELECT at, language, outcome, sum(ended)::bigint FROM ({_CHOSEN}) AS chosen
GROUP BY GROUPING SETS ((at, outcome), (language, outcome))
"""  # noqa: S608 - made of our own constants
# Counts of one class after the other, without the classes behind the last that any row has.
DURATIONS = f"""
SELECT at, language, array_agg(waited ORDER BY place), array_agg(ran ORDER BY place)
FROM (
    SELECT c.at, c.language, u.place,
           sum(coalesce(u.waited, 0))::bigint AS waited, sum(coalesce(u.ran, 0))::bigint AS ran
    FROM ({_CHOSEN}) AS c, unnest(c.waited, c.ran) WITH ORDINALITY AS u (waited, ran, place)
    GROUP BY GROUPING SETS ((c.at, u.place), (c.language, u.place))
) AS summed
GROUP BY at, language
"""  # noqa: S608 - made of our own constants


def tallies_of(ended: Iterable[Any], counts: Iterable[Any]) -> Tallies:
    """What the two queries gave."""
    found = Tallies({}, {})
    for at, language, outcome, number in ended:
        _tally(found, at, language).outcomes[outcome] += number
    for at, language, waited, ran in counts:
        tally = _tally(found, at, language)
        tally.waited, tally.ran = waited, ran
    return found


def _tally(found: Tallies, at: datetime | None, language: str | None) -> Tally:
    """The one of a row, which is of a time or of a language."""
    if at is not None:
        return found.by_time.setdefault(at, Tally(Counter()))
    return found.by_language.setdefault(language or "", Tally(Counter()))


def tallies_in_memory(views: Iterable[EvaluationView], wish: Stretches) -> Tallies:
    """The same of a tenant's views."""
    found = Tallies({}, {})
    for view in views:
        if view.completed_at is None or not wish.since <= view.completed_at < wish.until:
            continue
        for tally in (
            _tally(found, wish.of(view.completed_at), None),
            _tally(found, None, view.language),
        ):
            tally.outcomes[view.outcome or view.status] += 1
            if (wait := durations.waited(view)) is not None:
                tally.waited = durations.added(tally.waited, wait)
            if (run := durations.ran(view)) is not None:
                tally.ran = durations.added(tally.ran, run)
    return found
