"""Ended evaluations, counted by stretch of time, language and outcome for statistics. Pure, but for the statement.

Each is counted once: by the event that ended it, in the transaction that writes its row, which knows whether it has
been folded before.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from cloche_domain import durations
from cloche_schemas.statistics import GRAINS
from cloche_schemas.views import EvaluationView
from msgspec import Struct

Key = tuple[str, str]
Columns = tuple[list[Any], ...]

ADD = """
INSERT INTO tallies AS t (tenant, grain, at, language, outcome, ended, waited, ran)
SELECT tenant, grain, at, language, outcome, ended, waited::integer[], ran::integer[]
FROM unnest($1::text[], $2::integer[], $3::timestamptz[], $4::text[], $5::text[], $6::integer[], $7::text[], $8::text[])
    AS n (tenant, grain, at, language, outcome, ended, waited, ran)
ON CONFLICT (tenant, grain, at, language, outcome) DO UPDATE SET
    ended = t.ended + EXCLUDED.ended,
    waited = ARRAY(
        SELECT coalesce(a, 0) + coalesce(b, 0)
        FROM unnest(t.waited, EXCLUDED.waited) WITH ORDINALITY AS u (a, b, place) ORDER BY place),
    ran = ARRAY(
        SELECT coalesce(a, 0) + coalesce(b, 0)
        FROM unnest(t.ran, EXCLUDED.ran) WITH ORDINALITY AS u (a, b, place) ORDER BY place)
"""


class Stretch(Struct, frozen=True):
    """What is counted together. `outcome`: that of the evaluation, or dead_lettered."""

    tenant: str
    grain: int
    at: datetime
    language: str
    outcome: str


class Tally(Struct):
    """So many ended; of these how many waited and ran for how long, by class of duration."""

    ended: int = 0
    waited: list[int] = []
    ran: list[int] = []


def counted(ends: Mapping[Key, EvaluationView]) -> dict[Stretch, Tally]:
    """The evaluations of a batch that ended in it."""
    found: dict[Stretch, Tally] = {}
    for (tenant, _), view in ends.items():
        if view.completed_at is None:
            continue
        wait, run = durations.waited(view), durations.ran(view)
        for grain in GRAINS.values():
            at = beginning(view.completed_at, grain)
            place = Stretch(tenant, grain, at, view.language, view.outcome or view.status)
            tally = found.setdefault(place, Tally())
            tally.ended += 1
            if wait is not None:
                tally.waited = durations.added(tally.waited, wait)
            if run is not None:
                tally.ran = durations.added(tally.ran, run)
    return found


def beginning(time: datetime, grain: int) -> datetime:
    """Where the stretch begins that `time` lies in."""
    return datetime.fromtimestamp(int(time.timestamp()) // grain * grain, UTC)


def columns(ends: Mapping[Key, EvaluationView]) -> Columns:
    """What `ADD` takes."""
    found = counted(ends)
    rows = [
        (
            place.tenant,
            place.grain,
            place.at,
            place.language,
            place.outcome,
            tally.ended,
            _array(tally.waited),
            _array(tally.ran),
        )
        for place, tally in found.items()
    ]
    return tuple(map(list, zip(*rows, strict=True)))


def _array(counts: list[int]) -> str:
    return "{" + ",".join(map(str, counts)) + "}"
