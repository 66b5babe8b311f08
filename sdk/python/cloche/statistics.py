"""The client's call for numbers: what ended, how, how fast, and how long it waited and ran."""

from datetime import datetime

from cloche_schemas.statistics import Statistics, Step

from cloche.calls import ask, path, query, written
from cloche.operations import operation
from cloche.steps import Call


class StatisticsCalls:
    @operation
    def statistics(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        step: Step | None = None,
    ) -> Call[Statistics]:
        """Counts of this key's tenant: of what ended from `since` (a day before) until `until` (now), in all, by
        language, and for each `step`, at most 500 of them; without one the finest that gives 200 or fewer.

        Both ends move outwards to where a step begins. Durations are seconds, true to within 5 %. `Invalid` if the ends
        are the wrong way round, or too far apart for the step.

        >>> day = client.statistics(step="1h")
        >>> day.total.ended == sum(hour.ended for hour in day.buckets)
        True
        >>> day.total.run.p95  # doctest: +SKIP
        0.42
        """
        asked = query(since=written(since), until=written(until), step=step)
        return ask("GET", path("statistics"), Statistics, query=asked)
