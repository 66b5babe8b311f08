"""``GET /v1/statistics``: how evaluations ended over time, how many a second, and how long they waited and ran."""

import math
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, get_args

from cloche_domain.durations import quantile, summed
from cloche_kit.log import utcnow
from cloche_schemas.statistics import (
    GRAINS,
    Durations,
    Ended,
    EndedAt,
    EndedIn,
    Statistics,
    Step,
)
from cloche_schemas.values import Outcome
from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime
from starlette.responses import Response

from cloche_gateway.authentication import TheReader
from cloche_gateway.deps import TheGateway
from cloche_gateway.openapi import answers, cached, of_rows
from cloche_gateway.planned_route import PlannedRoute
from cloche_gateway.problems import ClientError, at
from cloche_gateway.representations import conditional
from cloche_gateway.statistics_models import Stretches, Tally

router = APIRouter(route_class=PlannedRoute, tags=["statistics"])
#: What one answer costs grows with them and with nothing else.
MOST_BUCKETS = 500
#: So many are enough for a picture, where nobody says how long one is to be.
FINE_BUCKETS = 200
DEFAULT = timedelta(hours=24)
#: Nothing was counted before; and times have room to be rounded.
EARLIEST = datetime(2020, 1, 1, tzinfo=UTC)
LATEST = datetime(9000, 1, 1, tzinfo=UTC)
_OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


@router.get(
    "/v1/statistics",
    summary="Counts, throughput, success rate, and percentiles of waiting and running",
    responses=of_rows(cached(answers(200, Statistics, 401, 403, 422, 503))),
)
async def statistics(
    request: Request,
    gateway: TheGateway,
    caller: TheReader,
    since: Annotated[
        AwareDatetime | None, Query(description="RFC 3339; default: a day before until")
    ] = None,
    until: Annotated[AwareDatetime | None, Query(description="RFC 3339; default: now")] = None,
    step: Annotated[
        Step | None,
        Query(
            description=f"length of a bucket, at most {MOST_BUCKETS} of them; default: the finest that gives "
            f"{FINE_BUCKETS} or fewer"
        ),
    ] = None,
) -> Response:
    """Of the evaluations of this key's tenant that ended in that time, each once, when it ended. Both ends are moved
    outwards to where a bucket begins. From the read models, which have counted them as they ended."""
    chosen, wish = stretches_of(since, until, step, utcnow())
    lag = await gateway.read_lag.header()
    found = await gateway.deps.read_models.statistics(caller.tenant, wish)
    seconds = (wish.until - wish.since).total_seconds()
    languages = [
        EndedIn(language=language, **_ended(tally, seconds))
        for language, tally in found.by_language.items()
    ]
    nothing = Tally(Counter())
    answer = Statistics(
        since=wish.since,
        until=wish.until,
        step=chosen,
        total=Ended(**_ended(_total(found.by_language.values()), seconds)),
        languages=tuple(sorted(languages, key=lambda one: (-one.ended, one.language))),
        buckets=tuple(
            EndedAt(at=begin, **_ended(found.by_time.get(begin, nothing), wish.grain))
            for begin in wish.all
        ),
    )
    return conditional(request, answer, headers=lag)


def stretches_of(
    since: datetime | None, until: datetime | None, step: Step | None, now: datetime
) -> tuple[Step, Stretches]:
    """The buckets that are asked for. `invalid_parameter`."""
    end = _within(until, "until") or now
    begin = _within(since, "since") or max(end - DEFAULT, EARLIEST)
    if end <= begin:
        raise _invalid("until", "it must lie behind since")
    chosen = step or _finest(begin, end)
    grain = GRAINS[chosen]
    first = math.floor(begin.timestamp() / grain)
    last = math.ceil(end.timestamp() / grain)
    if last - first > MOST_BUCKETS:
        raise _invalid("step", f"that is more than {MOST_BUCKETS} buckets")
    return chosen, Stretches(_time(first * grain), _time(last * grain), grain)


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _within(time: datetime | None, name: str) -> datetime | None:
    if time is not None and not EARLIEST <= time <= LATEST:
        raise _invalid(name, "there were no evaluations then")
    return time


def _finest(begin: datetime, end: datetime) -> Step:
    seconds = (end - begin).total_seconds()
    for step, grain in GRAINS.items():
        if seconds / grain <= FINE_BUCKETS:
            return step
    return "1d"


def _total(tallies: Iterable[Tally]) -> Tally:
    total = Tally(Counter())
    for tally in tallies:
        total.outcomes += tally.outcomes
        total.waited = summed(total.waited, tally.waited)
        total.ran = summed(total.ran, tally.ran)
    return total


def _ended(tally: Tally, seconds: float) -> dict[str, Any]:
    """The members of `Ended`."""
    ended = tally.outcomes.total()
    by_outcome = {name: n for name in _OUTCOMES if (n := tally.outcomes[name])}
    given_up = ended - sum(by_outcome.values())
    judged = ended - given_up - tally.outcomes["cancelled"]
    return {
        "ended": ended,
        "per_second": ended / seconds,
        "by_outcome": by_outcome,
        "dead_lettered": given_up,
        "success_rate": tally.outcomes["succeeded"] / judged if judged else None,
        "queue": _durations(tally.waited),
        "run": _durations(tally.ran),
    }


def _durations(counts: Iterable[int]) -> Durations:
    known = list(counts)
    p50, p95, p99 = (quantile(known, fraction) for fraction in (0.5, 0.95, 0.99))
    return Durations(count=sum(known), p50=p50, p95=p95, p99=p99)


def _invalid(name: str, detail: str) -> ClientError:
    return ClientError("invalid_parameter", detail, errors=at(f"/query/{name}", detail))
