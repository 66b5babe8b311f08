"""Schedules: what their log keeps of them, and what the API takes and shows.

Their log is a stream of its own (``schedules.…``), for the same reasons as that of tenants and keys. A record is the
whole state of one schedule; the last one of a subject counts.
"""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from cloche_schemas.access import DisplayName
from cloche_schemas.commands import EvaluationSpec, SubmitEvaluation
from cloche_schemas.values import EvaluationId, Tenant

ALL_SCHEDULES = "schedules.>"

ScheduleId = Annotated[str, Meta(description="UUIDv7 (RFC 9562), lower case")]
Cron = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=200,
        description="minute, hour, day of month, month, day of week, as Debian's cron; or @hourly, @daily, @weekly, "
        "@monthly, @yearly; or @every 90s, 5m, 1h, 2d, counted from when it was made",
    ),
]
TimeZone = Annotated[
    str, Meta(min_length=1, max_length=64, description="name of the IANA database: Europe/Berlin")
]


class ScheduleRecord(
    Struct, frozen=True, kw_only=True, omit_defaults=True, tag="cloche.schedule.v1"
):
    """A schedule. `active_since`: due times up to it are none of its business (made or resumed then)."""

    id: ScheduleId
    tenant: Tenant
    name: str
    cron: str
    timezone: str = "UTC"
    evaluation: EvaluationSpec
    created_at: datetime
    created_by: str = ""
    active_since: datetime
    paused: bool = False
    last_due: datetime | None = None
    last_evaluation: EvaluationId | None = None
    last_late_seconds: float = 0.0
    missed: int = 0
    problem: str = ""
    deleted: bool = False


def subject_of(record: ScheduleRecord) -> str:
    """Where the records of this schedule lie."""
    return f"schedules.{record.tenant}.{record.id}"


class CreateSchedule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of ``POST /v1/schedules``."""

    name: Annotated[DisplayName, Meta(description="for people")]
    cron: Cron
    timezone: TimeZone = "UTC"
    evaluation: Annotated[SubmitEvaluation, Meta(description="what is submitted each time")]
    paused: bool = False


class ScheduleView(Struct, frozen=True, kw_only=True):
    """A schedule as the API shows it."""

    id: ScheduleId
    name: str
    cron: Cron
    timezone: TimeZone
    paused: bool
    evaluation: EvaluationSpec
    created_at: datetime
    created_by: str = ""
    next_due: Annotated[datetime | None, Meta(description="absent while it is paused")] = None
    last_due: Annotated[datetime | None, Meta(description="the last due time that was served")] = (
        None
    )
    last_evaluation: Annotated[
        EvaluationId | None, Meta(description="what was submitted for last_due")
    ] = None
    last_late_seconds: Annotated[
        float, Meta(description="how much later than last_due it was submitted")
    ] = 0.0
    missed: Annotated[
        int, Meta(description="due times so far that a later one stood in for, as after an outage")
    ] = 0
    problem: Annotated[
        str, Meta(description="why nothing was submitted for last_due; empty if it was")
    ] = ""


class ScheduleList(Struct, frozen=True, kw_only=True):
    """Every schedule of a tenant, oldest first, without the text of their programs."""

    items: tuple[ScheduleView, ...] = ()
