"""The events of an evaluation as spans of time: pure, so that it can be told from the log, a row or the archive.

Times of spans are those of events where an event marks them. Where none does (the start of a sandbox, the program
itself), the length is what the executor measured, laid out from the attempt's start on: `measured`.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from cloche_schemas.events import (
    AttemptFailed,
    AttemptStarted,
    CancelRequested,
    CaseCompleted,
    EvaluationCompleted,
    EvaluationDeadLettered,
    EvaluationQueued,
    EvaluationScheduled,
    OutputArchived,
)
from cloche_schemas.timeline import SpanName, Timeline, TimelineSpan
from cloche_schemas.values import Usage
from msgspec import Struct
from msgspec.structs import replace

from cloche_domain.view import Occurrence

ROOT = "evaluation"
Attributes = dict[str, str | int | bool]
#: The others are parts of something.
_CONSUMERS: frozenset[SpanName] = frozenset({"run attempt", "archive output"})


class Settled(Struct, frozen=True):
    """A case that was over at `time`."""

    time: datetime
    case: CaseCompleted


def timeline(occurrences: Iterable[Occurrence], cases: Iterable[Settled] = ()) -> Timeline:
    """The spans of one evaluation. `occurrences`: its lifecycle in order; `cases`: of the attempts' output."""
    told = _Teller()
    for occurrence in occurrences:
        told.tell(occurrence)
    for settled in cases:
        told.settle(settled)
    return Timeline(
        trace_id=told.trace_id,
        complete=ROOT in told.spans and told.spans[ROOT].ended_at is not None,
        spans=tuple(told.spans.values()),
    )


class _Teller:
    """Spans so far, by id, in the order in which they began."""

    def __init__(self) -> None:
        self.spans: dict[str, TimelineSpan] = {}
        self.trace_id: str | None = None

    def tell(self, occurrence: Occurrence) -> None:
        event, time = occurrence.event, occurrence.time
        if not self.spans:
            self.trace_id = occurrence.trace_id
            self._begin(ROOT, "evaluation", time, parent=None)
            self._say(ROOT, {"cloche.evaluation.id": occurrence.evaluation})
        match event:
            case EvaluationScheduled():
                self._begin("wait-until-due", "wait until due", time)
            case EvaluationQueued(attempt=attempt):
                self._end("wait-until-due", time)
                self._end(f"back-off-{attempt - 1}", time)
                self._begin(f"attempt-{attempt}/dequeue", "dequeue", time, attempt=attempt)
            case AttemptStarted(attempt=attempt):
                self._end(f"attempt-{attempt}/dequeue", time)
                self._begin(f"attempt-{attempt}", "run attempt", time, attempt=attempt)
                told: Attributes = {"cloche.attempt": attempt, "cloche.executor": event.executor}
                self._say(f"attempt-{attempt}", told | _engine(event.engine))
            case AttemptFailed(attempt=attempt, reason=reason):
                self._end(f"attempt-{attempt}", time, end=reason, failed=True)
                self._end("cancel", time)
                self._begin(f"back-off-{attempt}", "back off", time, attempt=attempt)
            case CancelRequested():
                self._begin("cancel", "cancel", time)
            case EvaluationCompleted():
                self._completed(event, time)
            case EvaluationDeadLettered(reason=reason):
                self._end_all(time, end=reason, failed=True)
            case OutputArchived(attempt=attempt):
                ended = self.spans[ROOT].ended_at or time
                self._begin("archive-output", "archive output", ended, attempt=attempt)
                self._end("archive-output", time)

    def settle(self, settled: Settled) -> None:
        """A case, as long as it was measured, up to the moment in which it was told."""
        case = settled.case
        length = _length(case.usage) if case.usage is not None else timedelta()
        id_ = f"attempt-{case.attempt}/case-{case.index}"
        self._begin(
            id_,
            "case",
            settled.time - length,
            parent=f"attempt-{case.attempt}",
            attempt=case.attempt,
        )
        self._end(id_, settled.time, end=case.outcome, failed=not case.passed)
        self.spans[id_] = replace(self.spans[id_], measured=True)
        named: Attributes = {"cloche.case.name": case.name} if case.name else {}
        self._say(id_, {"cloche.case": case.index} | named | _exit(case.exit_code, case.limit))

    def _completed(self, event: EvaluationCompleted, time: datetime) -> None:
        failed = event.outcome != "succeeded"
        attempt = f"attempt-{event.attempt}"
        if attempt in self.spans:
            begun = self.spans[attempt].started_at
            if event.compilation is not None and event.compilation.usage is not None:
                begun = self._lay("compile", event.attempt, begun, _length(event.compilation.usage))
            # Of cases each has its own; what they used together says nothing of when.
            if event.usage is not None and event.cases is None:
                start = timedelta(seconds=event.usage.start_seconds or 0.0)
                begun = self._lay("start sandbox", event.attempt, begun, start)
                engine = self.spans[attempt].attributes.get("cloche.engine")
                self._say(f"{attempt}/start-sandbox", _warm(event.usage.warm) | _engine(engine))
                wall = timedelta(seconds=event.usage.wall_seconds)
                self._lay("run program", event.attempt, begun, wall)
                self._say(f"{attempt}/run-program", _exit(event.exit_code, event.limit))
        self._end_all(time, end=event.outcome, failed=failed)

    def _lay(self, name: SpanName, attempt: int, begun: datetime, length: timedelta) -> datetime:
        """A span of measured length that begins at `begun`; where it ends."""
        id_ = f"attempt-{attempt}/{name.replace(' ', '-')}"
        self._begin(id_, name, begun, parent=f"attempt-{attempt}", attempt=attempt)
        self.spans[id_] = replace(self.spans[id_], ended_at=begun + length, measured=True)
        return begun + length

    def _begin(
        self,
        id_: str,
        name: SpanName,
        time: datetime,
        *,
        parent: str | None = ROOT,
        attempt: int = 0,
    ) -> None:
        self.spans[id_] = TimelineSpan(
            id=id_,
            parent=parent,
            name=name,
            kind="consumer" if name in _CONSUMERS else "internal",
            started_at=time,
            attempt=attempt,
        )

    def _say(self, id_: str, attributes: Attributes) -> None:
        span = self.spans[id_]
        self.spans[id_] = replace(span, attributes=span.attributes | attributes)

    def _end(self, id_: str, time: datetime, *, end: str = "", failed: bool = False) -> None:
        span = self.spans.get(id_)
        if span is not None and span.ended_at is None:
            self.spans[id_] = replace(span, ended_at=time, end=end, failed=failed)
            if span.name == "run attempt":
                self._say(id_, {"cloche.end": end})

    def _end_all(self, time: datetime, *, end: str, failed: bool) -> None:
        """Everything that goes on is over; the evaluation and its attempt ended like this."""
        for id_, span in list(self.spans.items()):
            told = span.name in {"evaluation", "run attempt"}
            self._end(id_, time, end=end if told else "", failed=failed and told)


def _length(usage: Usage) -> timedelta:
    return timedelta(seconds=usage.wall_seconds + (usage.start_seconds or 0.0))


def _engine(engine: str | int | None) -> Attributes:
    return {} if engine is None else {"cloche.engine": engine}


def _warm(warm: bool | None) -> Attributes:
    return {} if warm is None else {"cloche.warm": warm}


def _exit(code: int | None, limit: str | None) -> Attributes:
    """How a program ended. The code has the name that OpenTelemetry gives it."""
    told: Attributes = {} if code is None else {"process.exit.code": code}
    return told if limit is None else told | {"cloche.limit": limit}
