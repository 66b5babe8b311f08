"""What clients ask for. A request body is one of these Structs, and so is what the log keeps of it."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct, convert

from cloche_schemas.values import (
    Digest,
    Engine,
    EngineChoice,
    ImageName,
    Language,
    Limits,
    Priority,
    RequestedLimits,
    RetryPolicy,
)

LABEL = Annotated[str, Meta(max_length=128)]
ARGUMENT = Annotated[str, Meta(max_length=32_768)]
ARGUMENTS = Annotated[
    tuple[ARGUMENT, ...], Meta(max_length=256, description="arguments passed to the program")
]
STDIN = Annotated[str, Meta(description="what the program reads from standard input")]


class SourceFile(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file of the program, or beside it: one of `content`, `data` and `blob`. There are no links and no modes."""

    name: Annotated[
        str,
        Meta(
            description="relative path below the program's folder, with plain / between its parts"
        ),
    ]
    content: Annotated[str, Meta(description="the file as text, kept in UTF-8")] | None = None
    data: Annotated[bytes, Meta(description="the file as bytes, base64 in JSON")] | None = None
    blob: Annotated[Digest, Meta(description="digest of a blob (PUT /v1/blobs)")] | None = None

    @property
    def raw(self) -> bytes:
        """What the file holds, as far as it is here: nothing of a blob."""
        return (self.content or "").encode() if self.data is None else self.data


class Case(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One run of the program in a sandbox of its own. It passes if it succeeds and writes what is expected."""

    name: Annotated[str, Meta(max_length=128, description="the client's own word for it")] = ""
    argv: Annotated[ARGUMENTS, Meta(description="instead of the evaluation's")] | None = None
    stdin: Annotated[STDIN, Meta(description="instead of the evaluation's")] | None = None
    stdin_blob: Annotated[Digest, Meta(description="a blob instead of stdin")] | None = None
    expected_stdout: (
        Annotated[
            str,
            Meta(
                description="compared without white space at the ends of lines and of the whole; absent: any output"
            ),
        ]
        | None
    ) = None
    limits: Annotated[
        RequestedLimits, Meta(description="instead of the evaluation's, one by one")
    ] = RequestedLimits()


class EvaluationSpec(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A program and how to run it, as it was submitted. Tolerant of unknown fields: it is read back from the log.

    The program is `code`, or without code one of `files`: the one called `name`, else the first. The files lie beside
    it in the folder where it runs.
    """

    code: Annotated[str, Meta(description="source text of the program; none: it is in files")] = ""
    code_blob: Annotated[Digest, Meta(description="a blob instead of code")] | None = None
    language: Annotated[
        Language,
        Meta(
            description="what it is written in (GET /v1/languages); auto: found by name, first line and text"
        ),
    ] = "python"
    name: (
        Annotated[
            str,
            Meta(
                max_length=1024,
                description="relative path of the source that runs; without code, one of files",
            ),
        ]
        | None
    ) = None
    files: Annotated[
        tuple[SourceFile, ...], Meta(max_length=1000, description="the program's folder")
    ] = ()
    argv: ARGUMENTS = ()
    stdin: STDIN = ""
    stdin_blob: Annotated[Digest, Meta(description="a blob instead of stdin")] | None = None
    env: Annotated[
        dict[str, str],
        Meta(max_length=64, description="environment of the program; the server lists the names"),
    ] = {}
    image: (
        Annotated[ImageName, Meta(description="image to run in, instead of the language's own")]
        | None
    ) = None
    engine: Annotated[
        EngineChoice, Meta(description="sandbox engine; auto takes the executor's strongest")
    ] = "auto"
    require: (
        Annotated[Engine, Meta(description="the weakest engine that may run it, or nothing does")]
        | None
    ) = None
    priority: Priority = "normal"
    limits: RequestedLimits = RequestedLimits()
    retry: RetryPolicy = RetryPolicy()
    cases: (
        Annotated[
            tuple[Case, ...],
            Meta(min_length=1, max_length=1000, description="compiled once, run once for each"),
        ]
        | None
    ) = None
    fail_fast: Annotated[bool, Meta(description="no more cases after one that does not pass")] = (
        False
    )
    labels: Annotated[
        dict[LABEL, LABEL], Meta(max_length=32, description="the client's own marks, searchable")
    ] = {}


class LimitsBody(
    RequestedLimits, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """`RequestedLimits` as a request body: an unknown field is an error."""


class RetryBody(
    RetryPolicy, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """`RetryPolicy` as part of a request body: an unknown field is an error."""


class FileBody(
    SourceFile, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """`SourceFile` as part of a request body: an unknown field is an error."""


class CaseBody(Case, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """`Case` as part of a request body: an unknown field is an error."""

    limits: LimitsBody = LimitsBody()


class SubmitEvaluation(
    EvaluationSpec, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """The body of ``POST /v1/evaluations``: `EvaluationSpec`, but an unknown field is an error."""

    limits: LimitsBody = LimitsBody()
    retry: RetryBody = RetryBody()
    files: Annotated[
        tuple[FileBody, ...], Meta(max_length=1000, description="the program's folder")
    ] = ()
    cases: (
        Annotated[
            tuple[CaseBody, ...],
            Meta(min_length=1, max_length=1000, description="compiled once, run once for each"),
        ]
        | None
    ) = None

    run_at: (
        Annotated[
            datetime, Meta(tz=True, description="not before this time (RFC 3339 with offset)")
        ]
        | None
    ) = None
    delay_seconds: (
        Annotated[float, Meta(ge=0, description="not before so long from now; excludes run_at")]
        | None
    ) = None

    def spec(self) -> EvaluationSpec:
        """The same values in the form that the log keeps."""
        return convert(self, EvaluationSpec, from_attributes=True)


class CancelEvaluation(
    Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """The body of ``POST /v1/evaluations/{id}/cancel``; it may be empty."""

    reason: Annotated[str, Meta(max_length=1024)] = ""


def grant(requested: RequestedLimits, defaults: Limits) -> Limits:
    """The limits in force: what was asked, else the default. Maxima are checked before (gateway)."""
    asked = {f: v for f in Limits.__struct_fields__ if (v := getattr(requested, f)) is not None}
    return Limits(**{f: asked.get(f, getattr(defaults, f)) for f in Limits.__struct_fields__})
