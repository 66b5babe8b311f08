"""When a schedule is due: cron expressions as Debian's cron reads them, in a time zone, and fixed intervals.

Where clocks are set forward, a time of day that does not exist is due as soon as it would have been over; where they
are set back, one that comes twice is due the first time. What runs every hour or minute runs by the clock that goes on.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError
from msgspec import Struct

#: So many missed times are counted at most; beyond it the count says "at least".
MOST_MISSED = 1000
MACROS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_EVERY = re.compile(r"@every\s+((?:\d{1,9}[smhd])+)", re.ASCII)
_PART = re.compile(r"(\d+)([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_FIELDS = 5
# Windows that are searched backwards for the last due time, the shortest first.
_WINDOWS = tuple(timedelta(days=days) for days in (1 / 24, 1, 40, 400, 4000))


class BadRecurrence(ValueError):  # noqa: N818 - it names what was written
    """No times follow from it. `field`: cron or timezone."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field
        self.detail = detail


class Overdue(Struct, frozen=True):
    """`due`: the last due time that has passed. `missed`: how many lie before it, unserved, up to `MOST_MISSED`."""

    due: datetime
    missed: int


class Recurrence(Protocol):
    def after(self, moment: datetime) -> datetime | None:
        """The first due time after `moment`, in UTC. None if there is none."""
        ...

    def overdue(self, served: datetime, now: datetime) -> Overdue | None:
        """What became due after `served` and not after `now`; None if nothing did."""
        ...


class Every(Struct, frozen=True):
    """Due whenever another `period` is over since `anchor`."""

    anchor: datetime
    period: timedelta

    def after(self, moment: datetime) -> datetime | None:
        try:
            return self.anchor + self.period * max(1, (moment - self.anchor) // self.period + 1)
        except OverflowError:
            return None

    def overdue(self, served: datetime, now: datetime) -> Overdue | None:
        first = self.after(served)
        if first is None or first > now:
            return None
        missed = (now - first) // self.period
        return Overdue(first + self.period * missed, min(missed, MOST_MISSED))


class Cron(Struct, frozen=True):
    """Due when the clocks of `zone` show what `expression` says."""

    expression: str
    zone: tzinfo

    def after(self, moment: datetime) -> datetime | None:
        return next(self._times(moment), None)

    def overdue(self, served: datetime, now: datetime) -> Overdue | None:
        last, count = None, 0
        for due in self._times(served):
            if due > now:
                break
            last, count = due, count + 1
            if count > MOST_MISSED:
                last = self._last(last, now)
                break
        return None if last is None else Overdue(last, min(count - 1, MOST_MISSED))

    def _last(self, known: datetime, now: datetime) -> datetime:
        """The last due time up to `now`. `known` is one of them."""
        for window in _WINDOWS:
            if now - window <= known:
                break
            found = self._upto(now - window, now)
            if found is not None:
                return found
        return self._upto(known, now) or known

    def _upto(self, begin: datetime, now: datetime) -> datetime | None:
        last = None
        for due in self._times(begin):
            if due > now:
                break
            last = due
        return last

    def _times(self, moment: datetime) -> Iterator[datetime]:
        """Due times after `moment`, each later than the one before."""
        last = moment
        try:
            for local in CronSim(self.expression, moment.astimezone(self.zone)):
                due = local.astimezone(UTC)
                # In the hour that comes twice, a time of day may be found that has passed.
                if due > last:
                    last = due
                    yield due
        except (OverflowError, ValueError):
            # The calendar ends.
            return


def recurrence(text: str, zone: str, anchor: datetime, *, least: float = 0.0) -> Recurrence:
    """What `text` and `zone` say, intervals counted from `anchor`. `BadRecurrence`.

    `least`: seconds, no interval may be shorter.
    """
    known = _zone(zone)
    words = text.strip()
    if words.startswith("@every"):
        return _every(words, anchor, least)
    if words.startswith("@"):
        found = MACROS.get(words.lower())
        if found is None:
            raise BadRecurrence("cron", f"@every 5m, or one of {', '.join(MACROS)}")
        words = found
    if len(words.split()) != _FIELDS:
        detail = "five fields: minute, hour, day of month, month, day of week"
        raise BadRecurrence("cron", detail)
    cron = Cron(" ".join(words.split()), known)
    try:
        CronSim(cron.expression, anchor)
    except CronSimError as error:
        raise BadRecurrence("cron", f"{error}") from None
    if cron.after(anchor) is None:
        raise BadRecurrence("cron", "it is never due")
    return cron


def _every(words: str, anchor: datetime, least: float) -> Every:
    match = _EVERY.fullmatch(words)
    if match is None:
        raise BadRecurrence("cron", "@every and a time: 90s, 5m, 1h30m, 2d")
    seconds = sum(int(number) * _SECONDS[unit] for number, unit in _PART.findall(match[1]))
    if seconds < max(least, 1):
        raise BadRecurrence("cron", f"@every may be no less than {max(least, 1):g}s")
    try:
        every = Every(anchor, timedelta(seconds=seconds))
    except OverflowError:
        raise BadRecurrence("cron", "it is never due") from None
    if every.after(anchor) is None:
        raise BadRecurrence("cron", "it is never due")
    return every


@lru_cache(maxsize=256)
def _zone(name: str) -> tzinfo:
    # By the key of a package's file, so nothing may lead out of it; zoneinfo checks that, and we what is left.
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        detail = "no time zone of the IANA database is called so"
        raise BadRecurrence("timezone", detail) from None
