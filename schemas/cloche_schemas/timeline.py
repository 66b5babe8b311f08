"""An evaluation as spans of time, rebuilt from its events alone: what a waterfall shows where no trace store is."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

#: The names of spans are those that the services give theirs; `evaluation`, `wait until due`, `back off` and `cancel`
#: are told by events alone.
SpanName = Literal[
    "evaluation",
    "wait until due",
    "dequeue",
    "run attempt",
    "start sandbox",
    "compile",
    "run program",
    "case",
    "back off",
    "cancel",
    "archive output",
]
#: As OpenTelemetry calls what the services record: work that came by the log, or a part of something.
SpanKind = Literal["consumer", "internal"]


class TimelineSpan(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that took time. `ended_at` is absent while it goes on."""

    id: Annotated[str, Meta(description="unique in the timeline: attempt-1/run-program")]
    parent: Annotated[str, Meta(description="id of the span that it is a part of")] | None = None
    name: SpanName
    kind: SpanKind
    started_at: datetime
    ended_at: datetime | None = None
    attempt: Annotated[int, Meta(description="number of the attempt, 0 for none")] = 0
    end: Annotated[
        str, Meta(description="how it ended: an outcome, or the reason of a failure")
    ] = ""
    failed: bool = False
    measured: Annotated[
        bool, Meta(description="its length was measured; where it lies follows from the events")
    ] = False
    attributes: Annotated[
        dict[str, str | int | bool],
        Meta(description="what the events say of it, by the names that recorded spans have"),
    ] = {}

    @property
    def seconds(self) -> float | None:
        """How long it took; None while it goes on."""
        return None if self.ended_at is None else (self.ended_at - self.started_at).total_seconds()


class Timeline(Struct, frozen=True, kw_only=True):
    """The spans of one evaluation, each after the one that it is a part of; none before its first event."""

    trace_id: Annotated[str, Meta(description="of the spans that the services recorded")] | None = (
        None
    )
    complete: Annotated[
        bool, Meta(description="it is over; `archive output` may still be to come")
    ] = False
    spans: tuple[TimelineSpan, ...] = ()
