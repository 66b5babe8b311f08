"""What the REST API answers: the read model's shape, and problems (RFC 9457)."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from cloche_schemas.values import (
    ArchivedOutput,
    Artifact,
    BatchPlace,
    CaseCounts,
    CompileResult,
    Digest,
    Engine,
    EngineChoice,
    EvaluationId,
    FailureDomain,
    ImageName,
    Language,
    Limits,
    Outcome,
    OutputSummary,
    Priority,
    RequestedLimits,
    RetryPolicy,
    SkippedArtifact,
    Status,
    Turns,
    Usage,
)


class AttemptView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One attempt. While neither `outcome` nor `reason` is there, it is not over."""

    number: Annotated[int, Meta(ge=1, description="from 1")]
    queued_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    executor: Annotated[str, Meta(description="name of the executor process")] | None = None
    engine: Engine | None = None
    outcome: Annotated[Outcome, Meta(description="the verdict that it ended with")] | None = None
    reason: (
        Annotated[
            str,
            Meta(
                description="why it ended without a verdict that counts: executor_lost, …, "
                "or the outcome of a program that is tried again"
            ),
        ]
        | None
    ) = None
    domain: FailureDomain | None = None
    detail: str = ""


class AttemptList(Struct, frozen=True, kw_only=True):
    """Every attempt of an evaluation, in order."""

    items: tuple[AttemptView, ...] = ()
    counts: Annotated[int, Meta(description="the attempt whose output counts, 0 for none")] = 0
    complete: Annotated[bool, Meta(description="false while another may come")] = False
    max_attempts: Annotated[int, Meta(description="attempts before it is given up")] = 3


class EvaluationView(Struct, frozen=True, kw_only=True):
    """One evaluation as the log tells it. `sequence` is the last lifecycle event it includes."""

    id: EvaluationId
    status: Status
    outcome: Outcome | None = None
    exit_code: int | None = None
    signal: int | None = None
    failure_domain: FailureDomain | None = None
    limit: Annotated[str, Meta(description="the limit that ended the program")] | None = None
    reached: Annotated[
        tuple[str, ...], Meta(description="limits that the program ran into, by evidence")
    ] = ()
    detail: str = ""
    attempt: Annotated[int, Meta(description="attempts begun or queued so far")] = 0
    attempts: Annotated[
        tuple[AttemptView, ...], Meta(description="each of them; not in lists of evaluations")
    ] = ()
    language: Language = "python"
    name: str | None = None
    engine_requested: EngineChoice = "auto"
    engine: Engine | None = None
    runtime: str = ""
    image: str = ""
    image_digest: str = ""
    enforced: Annotated[
        tuple[str, ...], Meta(description="names of the limits that the engine enforces")
    ] = ()
    shortfalls: Annotated[
        tuple[str, ...], Meta(description="what holds instead where a limit is not enforced")
    ] = ()
    executor: str | None = None
    priority: Priority = "normal"
    requested: Annotated[RequestedLimits, Meta(description="limits asked for")] = RequestedLimits()
    limits: Annotated[Limits, Meta(description="limits in force")] = Limits()
    usage: Usage | None = None
    stdout: OutputSummary = OutputSummary()
    stderr: OutputSummary = OutputSummary()
    compiler: OutputSummary = OutputSummary()
    compilation: CompileResult | None = None
    artifact_count: Annotated[int, Meta(description="files that came back")] = 0
    artifacts: tuple[Artifact, ...] = ()
    skipped_artifacts: tuple[SkippedArtifact, ...] = ()
    artifact_bytes: OutputSummary = OutputSummary()
    cases: Annotated[
        CaseCounts | None, Meta(description="absent where the submission has no cases")
    ] = None
    archived: tuple[ArchivedOutput, ...] = ()
    labels: dict[str, str] = {}
    retry: Annotated[RetryPolicy, Meta(description="when another attempt follows")] = RetryPolicy()
    max_attempts: Annotated[int, Meta(description="attempts before it is given up")] = 3
    turns: (
        Annotated[Turns, Meta(description="taken in turn with others of its tenant or batch")]
        | None
    ) = None
    rerun_of: EvaluationId | None = None
    batch: BatchPlace | None = None
    schedule: EvaluationId | None = None
    due_at: Annotated[datetime | None, Meta(description="when it is, or was, to be queued")] = None
    late_seconds: Annotated[float, Meta(description="how much later than due it was queued")] = 0.0
    submitted_at: datetime | None = None
    queued_at: Annotated[datetime | None, Meta(description="when its last attempt was queued")] = (
        None
    )
    started_at: datetime | None = None
    completed_at: datetime | None = None
    trace_id: str | None = None
    sequence: int = 0


class EvaluationPage(Struct, frozen=True, kw_only=True):
    """A page of evaluations. Its items are without `attempts`, `artifacts` and `skipped_artifacts`, but counted."""

    items: tuple[EvaluationView, ...]
    next_cursor: Annotated[str, Meta(description="pass as ?cursor= for the next page")] | None = (
        None
    )
    prev_cursor: Annotated[str, Meta(description="the same for the page before")] | None = None


class Accepted(Struct, frozen=True, kw_only=True):
    """The answer to a submission: it is on the log and will run, `scheduled` when it is due."""

    id: EvaluationId
    status: Status = "queued"
    links: Annotated[
        dict[str, str],
        Meta(description="self, events, output, cases, artifacts, attempts, timeline, …"),
    ] = {}


class CaseResult(Struct, frozen=True, kw_only=True):
    """What became of one case: its `CaseCompleted` event."""

    index: Annotated[int, Meta(description="place of the case in the submission, from 0")]
    name: str = ""
    outcome: Outcome
    passed: bool
    exit_code: int | None = None
    signal: int | None = None
    domain: FailureDomain | None = None
    limit: str | None = None
    reached: tuple[str, ...] = ()
    detail: str = ""
    usage: Usage | None = None
    stdout: OutputSummary = OutputSummary()
    stderr: OutputSummary = OutputSummary()
    stdout_offset: Annotated[
        int, Meta(description="where its recorded stdout begins in that of the attempt")
    ] = 0
    stderr_offset: int = 0


class CaseList(Struct, frozen=True, kw_only=True):
    """The cases that are over, of the attempt that counts."""

    attempt: Annotated[int, Meta(description="the attempt that counts, 0 for none")]
    complete: Annotated[bool, Meta(description="false while results may still come")]
    total: Annotated[int, Meta(description="cases of the submission")]
    items: Annotated[tuple[CaseResult, ...], Meta(description="in order of their index")] = ()


class ArtifactList(Struct, frozen=True, kw_only=True):
    """The files that the program left, and those that did not come back."""

    attempt: Annotated[int, Meta(description="the attempt that counts, 0 for none")]
    complete: Annotated[bool, Meta(description="false until the program is over")]
    items: tuple[Artifact, ...] = ()
    skipped: tuple[SkippedArtifact, ...] = ()


class BlobView(Struct, frozen=True, kw_only=True):
    """Bytes that are stored, and can be named in a submission."""

    sha256: Digest
    size: int


class OutputMatch(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line of output that holds what was searched for."""

    line: Annotated[int, Meta(description="its number, from 1")]
    offset: Annotated[
        int, Meta(description="of the first byte that matches, in the recorded bytes")
    ]
    text: Annotated[str, Meta(description="the line, or what lies around the match, as UTF-8")]
    cut: Annotated[bool, Meta(description="there is more of the line than text")] = False


class OutputMatches(Struct, frozen=True, kw_only=True):
    """A page of matching lines, at most one match of each."""

    attempt: Annotated[int, Meta(description="the attempt that was searched, 0 for none")]
    complete: Annotated[bool, Meta(description="false while the program may still write")]
    items: tuple[OutputMatch, ...] = ()
    more: Annotated[bool, Meta(description="there is output that was not searched yet")] = False
    next_cursor: Annotated[str, Meta(description="pass as ?cursor= to search on")] | None = None


class LanguageView(Struct, frozen=True, kw_only=True):
    """One language that programs may be written in."""

    name: Language
    image: Annotated[
        ImageName, Meta(description="image that it runs in unless another is asked for")
    ]
    suffixes: Annotated[tuple[str, ...], Meta(description="ends of file names that tell it")]
    compiled: Annotated[bool, Meta(description="compiled once, in a sandbox of its own")]


class LanguageList(Struct, frozen=True, kw_only=True):
    """What `language`, `image` and the names in `env` of a submission may be."""

    items: tuple[LanguageView, ...]
    images: tuple[ImageName, ...]
    env: Annotated[tuple[str, ...], Meta(description="names; * stands for any letters")] = ()


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
