"""What a batch is made of: the submissions that its body lists, or every combination of parameters in a template."""

import itertools
import math
import re
from collections.abc import Iterator
from datetime import datetime

import msgspec
from cloche_schemas.batches import MOST_EVALUATIONS, SubmitBatch
from cloche_schemas.commands import EvaluationSpec, SubmitEvaluation
from cloche_schemas.views import FieldError
from msgspec import Struct
from msgspec.structs import replace

from cloche_gateway.due import due_time
from cloche_gateway.problems import ClientError, at, step, within
from cloche_gateway.settings import GatewaySettings

MOST_LABELS = 32
_PLACEHOLDER = re.compile(r"\{\{([A-Za-z_][A-Za-z0-9_]*)\}\}")


class Member(Struct, frozen=True):
    """One submission of a batch. `pointer` is its place in the body, `parameters` are names that stand elsewhere."""

    spec: EvaluationSpec
    pointer: str
    parameters: frozenset[str] = frozenset()
    due_at: datetime | None = None
    rerun_of: str | None = None

    def place(self, pointer: str) -> str:
        """The pointer into the body of the batch, for one into this submission."""
        name = pointer.removeprefix("/env/")
        if name != pointer and name in self.parameters:
            return f"/parameters/{step(name)}"
        return f"{self.pointer}{pointer}"


def size_of(body: SubmitBatch, settings: GatewaySettings) -> int:
    """How many evaluations the body makes. A problem if it is of neither form, or makes none or too many."""
    if "\0" in body.name:
        raise _invalid("/name", "must not contain the character U+0000")
    if (body.evaluations is None) == (body.template is None):
        detail = "either evaluations, or template with parameters"
        pointer = "" if body.template is None else "/template"
        raise ClientError("contradiction", detail, errors=at(pointer, detail))
    if body.evaluations is not None:
        if body.parameters is not None:
            detail = "parameters go with a template"
            raise ClientError("contradiction", detail, errors=at("/parameters", detail))
        return len(body.evaluations)
    return _combinations(body, settings)


def _combinations(body: SubmitBatch, settings: GatewaySettings) -> int:
    parameters = body.parameters
    if not parameters:
        raise _invalid("/parameters", "a template needs the values of at least one parameter")
    for name, values in parameters.items():
        if not values:
            raise _invalid(f"/parameters/{step(name)}", "no value, so there is no combination")
        if body.template is not None and name in body.template.env:
            detail = "the template's env has this name, too"
            pointer = f"/parameters/{step(name)}"
            raise ClientError("contradiction", detail, errors=at(pointer, detail))
    number = math.prod(len(values) for values in parameters.values())
    if number > MOST_EVALUATIONS:
        detail = f"{number} combinations; a batch may have {MOST_EVALUATIONS} evaluations"
        raise _invalid("/parameters", detail)
    size = number * len(msgspec.json.encode(body.template))
    if size > settings.batch_bytes:
        detail = (
            f"{number} evaluations of it are {size} bytes, a batch may be {settings.batch_bytes}"
        )
        raise ClientError("body_too_large", detail, errors=at("/template", detail))
    return number


def members(body: SubmitBatch, now: datetime) -> Iterator[Member]:
    """Each submission of a body that `size_of` has passed, with the labels of the batch."""
    for member in _listed(body, now):
        labels = {**body.labels, **member.spec.labels}
        if len(labels) > MOST_LABELS:
            detail = f"{len(labels)} labels with those of the batch; there may be {MOST_LABELS}"
            raise _invalid(member.place("/labels"), detail)
        yield replace(member, spec=replace(member.spec, labels=labels)) if labels else member


def _listed(body: SubmitBatch, now: datetime) -> Iterator[Member]:
    if body.template is None:
        for index, one in enumerate(body.evaluations or ()):
            member = Member(one.spec(), f"/evaluations/{index}")
            yield replace(member, due_at=_due(one, now, member))
        return
    template, parameters = body.template.spec(), body.parameters or {}
    due_at = _due(body.template, now, Member(template, "/template"))
    names = frozenset(parameters)
    for values in itertools.product(*parameters.values()):
        combination = dict(zip(parameters, values, strict=True))
        yield Member(_filled(template, combination), "/template", names, due_at)


def _due(body: SubmitEvaluation, now: datetime, member: Member) -> datetime | None:
    try:
        return due_time(body, now)
    except ClientError as error:
        raise within(error, member.place) from error


def _filled(template: EvaluationSpec, values: dict[str, str]) -> EvaluationSpec:
    """The template with these variables, and with their values for ``{{NAME}}``, once: values are not read again."""

    def fill(text: str) -> str:
        return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text)

    return replace(
        template,
        env={**template.env, **values},
        argv=tuple(fill(argument) for argument in template.argv),
        stdin=fill(template.stdin),
    )


def _invalid(pointer: str, detail: str) -> ClientError:
    return ClientError("invalid_body", detail, errors=(FieldError(pointer=pointer, detail=detail),))
