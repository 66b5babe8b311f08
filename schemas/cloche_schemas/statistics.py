"""How evaluations ended, how long they waited and ran: counted over stretches of time."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from cloche_schemas.values import Language, Outcome

#: How long one bucket is.
Step = Literal["1m", "15m", "1h", "1d"]
#: The same in seconds. Counts are kept for each of them.
GRAINS: dict[Step, int] = {"1m": 60, "15m": 900, "1h": 3600, "1d": 86_400}


class Durations(Struct, frozen=True, kw_only=True):
    """So many durations, and what half, 95 and 99 % of them do not exceed: seconds, true to within 5 %."""

    count: int = 0
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None


class Ended(Struct, frozen=True, kw_only=True):
    """Evaluations that ended."""

    ended: Annotated[int, Meta(description="verdicts and dead letters together")] = 0
    per_second: Annotated[float, Meta(description="ended, divided by the length of the time")] = 0.0
    by_outcome: dict[Outcome, int] = {}
    dead_lettered: Annotated[int, Meta(description="given up without a verdict")] = 0
    success_rate: Annotated[
        float | None,
        Meta(description="succeeded, of those that were neither cancelled nor given up; 0 to 1"),
    ] = None
    queue: Annotated[Durations, Meta(description="from queued to started, last attempts")] = (
        Durations()
    )
    run: Annotated[Durations, Meta(description="from started to the verdict")] = Durations()


class EndedAt(Ended, frozen=True, kw_only=True):
    """Those that ended from `at` on, for one step."""

    at: datetime


class EndedIn(Ended, frozen=True, kw_only=True):
    """Those of one language."""

    language: Language


class Statistics(Struct, frozen=True, kw_only=True):
    """What ended from `since` until `until`, which are where a bucket begins."""

    since: datetime
    until: datetime
    step: Step
    total: Ended
    languages: Annotated[tuple[EndedIn, ...], Meta(description="most evaluations first")] = ()
    buckets: Annotated[
        tuple[EndedAt, ...], Meta(description="in order of time, also those without any")
    ] = ()
