"""What the REST API answers: the read model's shape, and problems (RFC 9457)."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from cloche_schemas.values import (
    ArchivedOutput,
    Engine,
    EngineChoice,
    EvaluationId,
    FailureDomain,
    Language,
    Limits,
    Outcome,
    OutputSummary,
    Priority,
    Status,
    Usage,
)


class EvaluationView(Struct, frozen=True, kw_only=True):
    """One evaluation as the log tells it. `sequence` is the last lifecycle event it includes."""

    id: EvaluationId
    status: Status
    outcome: Outcome | None = None
    exit_code: int | None = None
    signal: int | None = None
    failure_domain: FailureDomain | None = None
    detail: str = ""
    attempt: Annotated[int, Meta(description="attempts begun or queued so far")] = 0
    language: Language = "python"
    name: str | None = None
    engine_requested: EngineChoice = "auto"
    engine: Engine | None = None
    runtime: str = ""
    executor: str | None = None
    priority: Priority = "normal"
    limits: Limits = Limits()
    usage: Usage | None = None
    stdout: OutputSummary = OutputSummary()
    stderr: OutputSummary = OutputSummary()
    archived: tuple[ArchivedOutput, ...] = ()
    labels: dict[str, str] = {}
    submitted_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    trace_id: str | None = None
    sequence: int = 0


class EvaluationPage(Struct, frozen=True, kw_only=True):
    """A page of evaluations, newest first."""

    items: tuple[EvaluationView, ...]
    next_cursor: Annotated[str, Meta(description="pass as ?cursor= for the next page")] | None = (
        None
    )


class Accepted(Struct, frozen=True, kw_only=True):
    """The answer to a submission: it is on the log and will run."""

    id: EvaluationId
    status: Status = "queued"
    links: Annotated[dict[str, str], Meta(description="self, events, output, cancel")] = {}


class FieldError(Struct, frozen=True, kw_only=True):
    """One thing wrong with a request body."""

    pointer: Annotated[str, Meta(description="JSON pointer (RFC 6901) to the field")]
    detail: str


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """RFC 9457 problem details. `code` is the stable slug to branch on."""

    type: str
    title: str
    status: int
    code: str
    detail: str = ""
    instance: str = ""
    request_id: str = ""
    trace_id: str = ""
    errors: tuple[FieldError, ...] = ()
