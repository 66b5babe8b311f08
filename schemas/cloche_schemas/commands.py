"""What clients ask for. A request body is one of these Structs, and so is what the log keeps of it."""

from typing import Annotated

from msgspec import Meta, Struct, convert

from cloche_schemas.values import EngineChoice, Language, Limits, Priority, RequestedLimits

LABEL = Annotated[str, Meta(max_length=128)]
ARGUMENT = Annotated[str, Meta(max_length=32_768)]


class EvaluationSpec(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A program and how to run it, as it was submitted. Tolerant of unknown fields: it is read back from the log."""

    code: Annotated[str, Meta(min_length=1, description="the program's source text")]
    language: Annotated[Language, Meta(description="what the source is written in")] = "python"
    name: (
        Annotated[
            str,
            Meta(
                max_length=128,
                pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]*$",
                description="file name of the source",
            ),
        ]
        | None
    ) = None
    argv: Annotated[
        tuple[ARGUMENT, ...], Meta(max_length=256, description="arguments passed to the program")
    ] = ()
    stdin: Annotated[str, Meta(description="what the program reads from standard input")] = ""
    engine: Annotated[
        EngineChoice, Meta(description="sandbox engine; auto takes the executor's strongest")
    ] = "auto"
    priority: Priority = "normal"
    limits: RequestedLimits = RequestedLimits()
    labels: Annotated[
        dict[LABEL, LABEL], Meta(max_length=32, description="the client's own marks, searchable")
    ] = {}


class LimitsBody(
    RequestedLimits, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """`RequestedLimits` as a request body: an unknown field is an error."""


class SubmitEvaluation(
    EvaluationSpec, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """The body of ``POST /v1/evaluations``: `EvaluationSpec`, but an unknown field is an error."""

    limits: LimitsBody = LimitsBody()

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
