"""Every event of an evaluation. Dumb values: whoever appends them stamps id, time and place in the envelope.

A lifecycle event moves the state machine of ``cloche_domain``. ``OutputChunk`` and ``CaseCompleted`` do not: they have
a subject of their own, so that folding an evaluation never reads its output (ARCHITECTURE.md, "The log").

A default is not written to the log, so it belongs to the version of the type: another default is another version.
"""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from cloche_schemas.commands import EvaluationSpec
from cloche_schemas.values import (
    ArchivedOutput,
    Artifact,
    Attempt,
    CaseCounts,
    CompileResult,
    Engine,
    EngineChoice,
    FailureDomain,
    Limits,
    Origin,
    Outcome,
    OutputSummary,
    Priority,
    Recorded,
    SkippedArtifact,
    StreamName,
    Turns,
    Usage,
)


class EvaluationScheduled(
    Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    tag_field="type",
    tag="cloche.evaluation.scheduled.v1",
):
    """Accepted, to be queued when due."""

    spec: EvaluationSpec
    limits: Limits
    due_at: Annotated[datetime, Meta(tz=True, description="when it is to be queued")]
    max_attempts: Annotated[int, Meta(ge=1, description="attempts before the dead letter")] = 3
    turns: Annotated[Turns, Meta(description="as of the queued event that follows")] | None = None
    origin: Origin = Origin()


class EvaluationQueued(
    Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    tag_field="type",
    tag="cloche.evaluation.queued.v1",
):
    """Ready to run. The first attempt carries the submission; a later one points to the event that does."""

    attempt: Attempt
    engine: EngineChoice = "auto"
    priority: Priority = "normal"
    spec: (
        Annotated[EvaluationSpec, Meta(description="the submission, where this event carries it")]
        | None
    ) = None
    limits: Annotated[Limits, Meta(description="limits in force, beside spec")] | None = None
    spec_sequence: (
        Annotated[int, Meta(description="stream sequence of the event that carries spec")] | None
    ) = None
    max_attempts: Annotated[int, Meta(ge=1, description="attempts before the dead letter")] = 3
    turns: (
        Annotated[
            Turns,
            Meta(description="held, to be released in turn with others; absent: work at once"),
        ]
        | None
    ) = None
    origin: Annotated[Origin, Meta(description="beside spec")] = Origin()
    due_at: Annotated[datetime, Meta(tz=True, description="when it was to be queued")] | None = None
    late_seconds: Annotated[
        float, Meta(ge=0, description="how much later than due, where that is worth a word")
    ] = 0.0


class AttemptStarted(
    Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    tag_field="type",
    tag="cloche.evaluation.started.v1",
):
    """An executor has won the attempt. `nonce` tells its claim from another's; what it enforces is echoed."""

    attempt: Attempt
    executor: Annotated[str, Meta(description="name of the executor process")]
    nonce: Annotated[str, Meta(description="random, one for each claim")]
    engine: Engine
    runtime: Annotated[str, Meta(description="what runs the sandbox: runc, runsc, bwrap")] = ""
    image: Annotated[str, Meta(description="name of the image that the sandbox is made from")] = ""
    image_digest: Annotated[str, Meta(description="what that image contained")] = ""
    limits: Annotated[Limits, Meta(description="limits in force")] = Limits()
    enforced: Annotated[
        tuple[str, ...], Meta(description="names of the limits that the engine enforces")
    ] = ()
    shortfalls: Annotated[
        tuple[str, ...], Meta(description="what holds instead where a limit is not enforced")
    ] = ()


class OutputChunk(
    Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    tag_field="type",
    tag="cloche.evaluation.output-chunk.v1",
):
    """Bytes that the program or its compiler wrote, or left in files. One is in flight per attempt, so no gaps."""

    attempt: Attempt
    stream: StreamName
    index: Annotated[
        int, Meta(ge=0, description="number of the chunk in its attempt, over all streams, from 0")
    ]
    offset: Annotated[int, Meta(ge=0, description="offset of the first byte in its stream")]
    data: Annotated[bytes, Meta(description="base64 in JSON")]


class CaseCompleted(
    Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    tag_field="type",
    tag="cloche.evaluation.case-completed.v1",
):
    """One case is over. Lies among the output of its attempt, behind what its own program wrote."""

    attempt: Attempt
    index: Annotated[int, Meta(ge=0, description="place of the case in the submission, from 0")]
    name: Annotated[str, Meta(description="as the submission calls it")] = ""
    outcome: Annotated[
        Outcome, Meta(description="succeeded only if stdout is what was expected, too")
    ]
    passed: Annotated[bool, Meta(description="it succeeded")]
    exit_code: Annotated[int, Meta(description="as the program returned it")] | None = None
    signal: Annotated[int, Meta(description="signal that ended the program")] | None = None
    domain: Annotated[FailureDomain, Meta(description="whose failure it was")] | None = None
    limit: Annotated[str, Meta(description="the limit that ended the program")] | None = None
    reached: Annotated[
        tuple[str, ...], Meta(description="limits that the program ran into, by evidence")
    ] = ()
    detail: str = ""
    usage: Usage | None = None
    stdout: OutputSummary = OutputSummary()
    stderr: OutputSummary = OutputSummary()
    stdout_offset: Annotated[
        int, Meta(ge=0, description="where its recorded stdout begins in that of the attempt")
    ] = 0
    stderr_offset: Annotated[int, Meta(ge=0, description="the same of stderr")] = 0


class AttemptFailed(
    Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    tag_field="type",
    tag="cloche.evaluation.attempt-failed.v1",
):
    """The attempt ended without a verdict on the program: our trouble, to be retried."""

    attempt: Attempt
    reason: Annotated[str, Meta(description="slug: executor_lost, sandbox_unavailable, …")]
    detail: str = ""
    domain: FailureDomain = "infrastructure"


class CancelRequested(
    Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    tag_field="type",
    tag="cloche.evaluation.cancel-requested.v1",
):
    """Somebody wants the running attempt to end; the executor kills it and completes it as cancelled."""

    reason: str = ""
    requested_by: str = ""


class EvaluationCompleted(
    Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    tag_field="type",
    tag="cloche.evaluation.completed.v1",
):
    """Over, with a verdict. Terminal."""

    outcome: Outcome
    attempt: Annotated[
        int, Meta(ge=0, description="the attempt that counts; 0 if none had started")
    ]
    exit_code: Annotated[int, Meta(description="as the program returned it")] | None = None
    signal: Annotated[int, Meta(description="signal that ended the program")] | None = None
    domain: Annotated[FailureDomain, Meta(description="whose failure it was")] | None = None
    limit: Annotated[str, Meta(description="the limit that ended the program")] | None = None
    reached: Annotated[
        tuple[str, ...],
        Meta(description="limits that the program ran into, by evidence; also where it went on"),
    ] = ()
    detail: str = ""
    usage: Usage | None = None
    stdout: OutputSummary = OutputSummary()
    stderr: OutputSummary = OutputSummary()
    compiler: Annotated[OutputSummary, Meta(description="what the compiler said")] = OutputSummary()
    compilation: Annotated[
        CompileResult | None, Meta(description="absent where nothing was compiled")
    ] = None
    artifacts: Annotated[
        tuple[Artifact, ...],
        Meta(description="files that the program left, in the stream artifacts"),
    ] = ()
    skipped_artifacts: tuple[SkippedArtifact, ...] = ()
    artifact_bytes: Annotated[
        OutputSummary, Meta(description="the stream artifacts: every file, one after another")
    ] = OutputSummary()
    cases: Annotated[
        CaseCounts | None, Meta(description="absent where the submission has no cases")
    ] = None


class EvaluationDeadLettered(
    Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    tag_field="type",
    tag="cloche.evaluation.dead-lettered.v1",
):
    """Given up after the last attempt. Terminal."""

    attempts: Annotated[int, Meta(ge=0)]
    reason: str
    detail: str = ""


class OutputArchived(
    Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    tag_field="type",
    tag="cloche.evaluation.output-archived.v1",
):
    """The output of the attempt that counts lies in S3. The only event after a terminal one."""

    attempt: Annotated[int, Meta(ge=0)]
    outputs: tuple[ArchivedOutput, ...] = ()


LifecycleEvent = (
    EvaluationScheduled
    | EvaluationQueued
    | AttemptStarted
    | AttemptFailed
    | CancelRequested
    | EvaluationCompleted
    | EvaluationDeadLettered
    | OutputArchived
)
#: What lies on an attempt's output subject, in one chain: each expects the one before it.
OutputEvent = OutputChunk | CaseCompleted
EvaluationEvent = LifecycleEvent | OutputEvent

EVENT_TYPES: tuple[type[EvaluationEvent], ...] = (
    EvaluationScheduled,
    EvaluationQueued,
    AttemptStarted,
    OutputChunk,
    CaseCompleted,
    AttemptFailed,
    CancelRequested,
    EvaluationCompleted,
    EvaluationDeadLettered,
    OutputArchived,
)


#: What feeds call the types: their names without prefix and version.
EventName = Literal[
    "scheduled",
    "queued",
    "started",
    "output-chunk",
    "case-completed",
    "attempt-failed",
    "cancel-requested",
    "completed",
    "dead-lettered",
    "output-archived",
]


def type_of(event: EvaluationEvent | type[EvaluationEvent]) -> str:
    """The stable, versioned name of an event: ``cloche.evaluation.queued.v1``."""
    return str(event.__struct_config__.tag)


def name_of(type_: str) -> str:
    """``queued`` of ``cloche.evaluation.queued.v1``."""
    return type_.removeprefix("cloche.evaluation.").rpartition(".")[0]


def recorded(of: Recorded) -> dict[StreamName, OutputSummary]:
    """What the attempt that counts recorded, by stream."""
    return {
        "stdout": of.stdout,
        "stderr": of.stderr,
        "compiler": of.compiler,
        "artifacts": of.artifact_bytes,
    }
