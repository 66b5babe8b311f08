"""The words that events, commands and views share. Times are seconds, sizes are bytes."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

EVALUATION_ID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
TENANT = r"^[a-z0-9]{1,32}$"

EvaluationId = Annotated[
    str, Meta(pattern=EVALUATION_ID, description="UUIDv7 (RFC 9562), lower case")
]
Tenant = Annotated[str, Meta(pattern=TENANT, description="server-made token of the owning tenant")]
Attempt = Annotated[int, Meta(ge=1, description="number of the attempt, from 1")]

Language = Literal["python", "bash"]
Engine = Literal["docker", "gvisor", "bubblewrap"]
EngineChoice = Literal["auto", "docker", "gvisor", "bubblewrap"]
Priority = Literal["high", "normal", "low"]
StreamName = Literal["stdout", "stderr"]
Outcome = Literal[
    "succeeded", "failed", "compile_failed", "timed_out", "out_of_memory", "cancelled"
]
FailureDomain = Literal["program", "limit", "infrastructure"]
Status = Literal[
    "scheduled", "queued", "running", "cancelling", "retry_pending", "completed", "dead_lettered"
]

ENGINE_CHOICES: tuple[EngineChoice, ...] = ("auto", "docker", "gvisor", "bubblewrap")
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


class Usage(Struct, frozen=True, kw_only=True):
    """What an attempt used. A figure that the engine cannot measure is absent, never zero."""

    wall_seconds: float
    cpu_seconds: float | None = None
    peak_memory_bytes: int | None = None


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


class ArchivedOutput(Struct, frozen=True, kw_only=True):
    """Where the recorded bytes of one stream of one attempt lie."""

    stream: StreamName
    bucket: str
    key: str
    size: int
    sha256: str
