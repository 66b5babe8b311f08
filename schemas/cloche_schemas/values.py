"""The words that events, commands and views share. Times are seconds, sizes are bytes."""

from typing import Annotated, Literal, Protocol

from msgspec import Meta, Struct

EVALUATION_ID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
TENANT = r"^[a-z0-9]{1,32}$"

EvaluationId = Annotated[
    str,
    Meta(
        pattern=EVALUATION_ID,
        description="UUIDv7 (RFC 9562), or UUIDv8 where it is derived, lower case",
    ),
]
Tenant = Annotated[str, Meta(pattern=TENANT, description="server-made token of the owning tenant")]
#: Evaluations that take turns with one another: those of a tenant (`TURNS_OF_TENANT`), or of one batch.
TURNS = r"^[a-z0-9]{1,36}$"
TURNS_OF_TENANT = "all"
Turns = Annotated[str, Meta(pattern=TURNS)]
Attempt = Annotated[int, Meta(ge=1, description="number of the attempt, from 1")]

SHA256 = r"^[0-9a-f]{64}$"
Digest = Annotated[str, Meta(pattern=SHA256, description="SHA-256 in hex, lower case")]
LANGUAGE = r"^[a-z][a-z0-9+#-]{0,31}$"
IMAGE = r"^[a-z][a-z0-9-]{0,31}$"

#: Which names there are is no part of the wire format, so that a language is a table in languages.toml and no version.
Language = Annotated[
    str, Meta(pattern=LANGUAGE, description="name of a language: GET /v1/languages lists them")
]
ImageName = Annotated[
    str,
    Meta(pattern=IMAGE, description="name of an image of the registry, never a daemon's reference"),
]
Engine = Literal["docker", "gvisor", "bubblewrap"]
EngineChoice = Literal["auto", "docker", "gvisor", "bubblewrap"]
Priority = Literal["high", "normal", "low"]
#: What an attempt records: what its program wrote, what its compiler said, and the files that were left, in a row.
StreamName = Literal["stdout", "stderr", "compiler", "artifacts"]
Outcome = Literal[
    "succeeded", "failed", "compile_failed", "timed_out", "out_of_memory", "cancelled"
]
FailureDomain = Literal["program", "limit", "infrastructure"]
Status = Literal[
    "scheduled", "queued", "running", "cancelling", "retry_pending", "completed", "dead_lettered"
]

ENGINE_CHOICES: tuple[EngineChoice, ...] = ("auto", "docker", "gvisor", "bubblewrap")
#: Strongest first: what an engine keeps in, every engine before it keeps in as well.
ENGINES_BY_STRENGTH: tuple[Engine, ...] = ("gvisor", "docker", "bubblewrap")
PRIORITIES: tuple[Priority, ...] = ("high", "normal", "low")
TERMINAL_STATUSES: frozenset[Status] = frozenset({"completed", "dead_lettered"})


class Limits(Struct, frozen=True, kw_only=True):
    """What an evaluation may use. The defaults are the product's; a gateway's settings hold the maxima."""

    wall_seconds: Annotated[float, Meta(gt=0, description="wall-clock time of one attempt")] = 60.0
    cpu_seconds: Annotated[float, Meta(gt=0, description="CPU time of one attempt")] = 60.0
    cpus: Annotated[float, Meta(gt=0, description="processors at once")] = 1.0
    memory_bytes: Annotated[int, Meta(ge=16 << 20, description="memory, swap included")] = 256 << 20
    pids: Annotated[int, Meta(ge=1, description="processes and threads at once")] = 64
    output_bytes: Annotated[
        int, Meta(ge=0, description="recorded per stream; more is counted, not kept")
    ] = 16 << 20
    scratch_bytes: Annotated[int, Meta(ge=1 << 20, description="space of the scratch folder")] = (
        64 << 20
    )
    scratch_inodes: Annotated[int, Meta(ge=16, description="files in the scratch folder")] = 4096
    file_bytes: Annotated[int, Meta(ge=0, description="size of one file")] = 64 << 20
    open_files: Annotated[int, Meta(ge=16, description="open files of one process")] = 256
    artifact_files: Annotated[int, Meta(ge=0, description="files that come back")] = 100
    artifact_bytes: Annotated[int, Meta(ge=0, description="size of all of them together")] = (
        16 << 20
    )


class RequestedLimits(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The limits a submission asks for; what is absent takes the server's default."""

    wall_seconds: Annotated[float, Meta(gt=0)] | None = None
    cpu_seconds: Annotated[float, Meta(gt=0)] | None = None
    cpus: Annotated[float, Meta(gt=0)] | None = None
    memory_bytes: Annotated[int, Meta(ge=16 << 20)] | None = None
    pids: Annotated[int, Meta(ge=1)] | None = None
    output_bytes: Annotated[int, Meta(ge=0)] | None = None
    scratch_bytes: Annotated[int, Meta(ge=1 << 20)] | None = None
    scratch_inodes: Annotated[int, Meta(ge=16)] | None = None
    file_bytes: Annotated[int, Meta(ge=0)] | None = None
    open_files: Annotated[int, Meta(ge=16)] | None = None
    artifact_files: Annotated[int, Meta(ge=0)] | None = None
    artifact_bytes: Annotated[int, Meta(ge=0)] | None = None


class RetryPolicy(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """When another attempt follows one that failed, and after which time: a random part of ``base · 2ⁿ⁻¹``, at most of
    the cap.

    What a submission leaves out, the server fills in before it lies on the log.
    """

    attempts: (
        Annotated[int, Meta(ge=1, description="attempts in all, the first included")] | None
    ) = None
    base_seconds: (
        Annotated[float, Meta(gt=0, description="ceiling of the first back-off")] | None
    ) = None
    cap_seconds: Annotated[float, Meta(gt=0, description="ceiling of every back-off")] | None = None
    program_failures: Annotated[
        bool, Meta(description="also after a verdict other than succeeded; the last one counts")
    ] = False


class BatchPlace(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which batch an evaluation belongs to, and its place there."""

    id: EvaluationId
    index: Annotated[int, Meta(ge=0, description="place in the batch, from 0")]
    size: Annotated[int, Meta(ge=1, description="evaluations of the batch")]
    name: Annotated[str, Meta(max_length=128, description="the client's word for the batch")] = ""
    concurrency: (
        Annotated[int, Meta(ge=1, description="of the batch, no more than so many run at once")]
        | None
    ) = None


class Idempotency(Struct, frozen=True, kw_only=True):
    """The Idempotency-Key of a submission, and a digest of what was submitted under it."""

    key: Annotated[str, Meta(min_length=1, max_length=255)]
    digest: Annotated[str, Meta(description="SHA-256 of the body as it was understood, in hex")]


class Origin(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a submission comes from, beside its client."""

    rerun_of: Annotated[EvaluationId, Meta(description="the evaluation that it repeats")] | None = (
        None
    )
    batch: BatchPlace | None = None
    schedule: Annotated[EvaluationId, Meta(description="the schedule that submitted it")] | None = (
        None
    )
    idempotency: Idempotency | None = None


class Usage(Struct, frozen=True, kw_only=True):
    """What an attempt used. A figure that the engine cannot measure is absent, never zero."""

    wall_seconds: float
    cpu_seconds: float | None = None
    peak_memory_bytes: int | None = None
    start_seconds: (
        Annotated[float, Meta(description="until the sandbox had the program")] | None
    ) = None
    warm: Annotated[bool, Meta(description="the sandbox had been started ahead")] | None = None


class OutputSummary(Struct, frozen=True, kw_only=True):
    """One stream of one attempt: ``total_bytes = head_bytes + dropped_bytes + tail_bytes``.

    The head is recorded from offset 0. Beyond the limit bytes are only counted, but for the last ones, the tail,
    which is recorded too, at its true offset.
    """

    total_bytes: int = 0
    head_bytes: int = 0
    dropped_bytes: int = 0
    tail_bytes: int = 0
    sha256: Annotated[str, Meta(description="hex digest of the recorded bytes, head then tail")] = (
        ""
    )
    chunks: int = 0


class ArchivedOutput(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where the recorded bytes of one stream of one attempt lie."""

    stream: StreamName
    bucket: str
    key: str
    size: int
    sha256: str
    blobs: Annotated[
        bool, Meta(description="of artifacts: each file lies by itself, under key and its digest")
    ] = False


class Artifact(Struct, frozen=True, kw_only=True):
    """A file that the program left in its output folder."""

    name: Annotated[str, Meta(description="relative path below the output folder, checked")]
    size: int
    sha256: Annotated[str, Meta(description="hex digest of its bytes")]
    offset: Annotated[int, Meta(description="where its bytes begin in the stream artifacts")]


class SkippedArtifact(Struct, frozen=True, kw_only=True):
    """Something in the output folder that did not come back."""

    name: Annotated[str, Meta(description="as the program called it, shortened: for reading only")]
    reason: Annotated[
        str, Meta(description="too_many, too_large, link, special, bad_name or incomplete")
    ]


class CompileResult(Struct, frozen=True, kw_only=True):
    """How compiling went. It has limits of its own, which the server sets. Its words are the stream compiler."""

    exit_code: Annotated[int, Meta(description="as the compiler returned it")] | None = None
    signal: Annotated[int, Meta(description="signal that ended the compiler")] | None = None
    detail: str = ""
    usage: Usage | None = None


class CaseCounts(Struct, frozen=True, kw_only=True):
    """What became of the cases. While they run, only `total` is known; each result is an event of its own."""

    total: Annotated[int, Meta(description="cases of the submission")]
    passed: int = 0
    failed: int = 0
    skipped: Annotated[
        int, Meta(description="not run: after a failure (fail_fast), or over before their turn")
    ] = 0


class Recorded(Protocol):
    """What says of each stream what was recorded of it: `EvaluationCompleted` and the view."""

    @property
    def stdout(self) -> OutputSummary: ...
    @property
    def stderr(self) -> OutputSummary: ...
    @property
    def compiler(self) -> OutputSummary: ...
    @property
    def artifact_bytes(self) -> OutputSummary: ...
