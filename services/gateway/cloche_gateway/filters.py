"""Which evaluations a list is to have, and in which order: what a client asks, checked. Pure."""

from datetime import UTC, datetime
from typing import Annotated, Literal, TypeVar

import msgspec
from cloche_domain import words
from cloche_domain.durations import ran
from cloche_domain.words import BadQuery
from cloche_schemas.values import EVALUATION_ID as ID
from cloche_schemas.values import LANGUAGE, EngineChoice, Outcome, Status
from cloche_schemas.views import EvaluationView
from fastapi import Depends, Query
from msgspec import Struct
from pydantic import AwareDatetime, StringConstraints

from cloche_gateway.problems import ClientError, at

Sort = Literal["created", "finished", "duration"]
Order = Literal["desc", "asc"]
Value = datetime | float
Label = tuple[str, str | None]
"""A key, and its value or None for any."""

T = TypeVar("T", bound=str)
MOST_TEXT = 256
_MOST = 16
_Language = Annotated[str, StringConstraints(pattern=LANGUAGE)]
_Label = Annotated[str, StringConstraints(max_length=MOST_TEXT + 1)]
_Text = Annotated[str, StringConstraints(max_length=MOST_TEXT)]


class Filters(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything must hold; of several values of one filter one is enough, but of `labels` all are needed.

    `since` and `until` are of the submission, the latter excluded. `text` is looked for in code, output and labels.
    """

    status: tuple[Status, ...] = ()
    outcome: tuple[Outcome, ...] = ()
    language: tuple[str, ...] = ()
    engine: tuple[EngineChoice, ...] = ()
    labels: tuple[Label, ...] = ()
    batch: str | None = None
    schedule: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: words.Query | None = None

    def match(self, view: EvaluationView) -> bool:
        """Whether an evaluation is one of them, but for `text`: its view does not have it."""
        return (
            _one_of(view.status, self.status)
            and _one_of(view.outcome, self.outcome)
            and _one_of(view.language, self.language)
            and _one_of(view.engine or view.engine_requested, self.engine)
            and all(_labelled(view.labels, label) for label in self.labels)
            and self.batch in {None, view.batch.id if view.batch else ""}
            and self.schedule in {None, view.schedule or ""}
            and _within(view.submitted_at, self.since, self.until)
        )


class Listing(Struct, frozen=True, kw_only=True):
    """A page of a list: up to `limit` of them from `after` on, which is the place of an evaluation; `back`: towards the
    beginning, the nearest ones first."""

    filters: Filters = Filters()
    sort: Sort = "created"
    order: Order = "desc"
    limit: int = 50
    after: tuple[Value, str] | None = None
    back: bool = False

    @property
    def descending(self) -> bool:
        """The way in which rows are read."""
        return (self.order == "desc") != self.back

    def scope(self, tenant: str) -> bytes:
        """What a cursor of this list is good for."""
        return msgspec.json.encode((tenant, self.filters, self.sort, self.order))


def value_of(view: EvaluationView, sort: Sort) -> Value | None:
    """What an evaluation is sorted by; None if it does not have it yet, and is in no list that is sorted by it."""
    match sort:
        case "created":
            return view.submitted_at
        case "finished":
            return view.completed_at
        case "duration":
            return ran(view)


async def _filters(  # noqa: PLR0913, PLR0917 - the parameters of a query
    status: Annotated[
        list[Status] | None, Query(max_length=_MOST, description="one of these; may be repeated")
    ] = None,
    outcome: Annotated[
        list[Outcome] | None, Query(max_length=_MOST, description="one of these")
    ] = None,
    language: Annotated[
        list[_Language] | None, Query(max_length=_MOST, description="one of these")
    ] = None,
    engine: Annotated[
        list[EngineChoice] | None,
        Query(max_length=_MOST, description="which ran it, or is to run it; one of these"),
    ] = None,
    label: Annotated[
        list[_Label] | None,
        Query(max_length=_MOST, description="key=value, or key; all of them may be asked for"),
    ] = None,
    batch: Annotated[str | None, Query(description="only those of this batch", pattern=ID)] = None,
    schedule: Annotated[
        str | None, Query(description="only those of this schedule", pattern=ID)
    ] = None,
    since: Annotated[
        AwareDatetime | None, Query(description="submitted then or later (RFC 3339)")
    ] = None,
    until: Annotated[AwareDatetime | None, Query(description="submitted before then")] = None,
    q: Annotated[
        _Text | None,
        Query(
            description='words in code, output and labels; also "a phrase", -not, or',
            examples=["solve_many or KeyError"],
        ),
    ] = None,
) -> Filters:
    begin, end = _utc(since, "since"), _utc(until, "until")
    if begin is not None and end is not None and end <= begin:
        raise _invalid("until", "it must lie behind since")
    return Filters(
        status=_set(status),
        outcome=_set(outcome),
        language=_set(language),
        engine=_set(engine),
        labels=_labels(label),
        batch=batch,
        schedule=schedule,
        since=begin,
        until=end,
        text=None if q is None else _text(q),
    )


TheFilters = Annotated[Filters, Depends(_filters)]


def _set(values: list[T] | None) -> tuple[T, ...]:
    return tuple(sorted(set(values or ())))


def _utc(time: datetime | None, name: str) -> datetime | None:
    try:
        return None if time is None else time.astimezone(UTC)
    except OverflowError:
        raise _invalid(name, "there is no such time in UTC") from None


def _labels(texts: list[str] | None) -> tuple[Label, ...]:
    found: set[tuple[str, str | None]] = set()
    for number, text in enumerate(texts or ()):
        key, equals, value = text.partition("=")
        if not key or "\0" in text:
            raise _invalid(f"label/{number}", "key=value, or key for any value")
        found.add((key, value if equals else None))
    return tuple(sorted(found, key=lambda label: (label[0], label[1] or "", label[1] is None)))


def _text(q: str) -> words.Query:
    try:
        return words.parse(q)
    except BadQuery as error:
        raise _invalid("q", str(error)) from None


def _invalid(name: str, detail: str) -> ClientError:
    return ClientError("invalid_parameter", detail, errors=at(f"/query/{name}", detail))


def _one_of(value: str | None, wanted: tuple[str, ...]) -> bool:
    return not wanted or value in wanted


def _labelled(labels: dict[str, str], label: Label) -> bool:
    key, value = label
    return key in labels and value in {None, labels[key]}


def _within(time: datetime | None, since: datetime | None, until: datetime | None) -> bool:
    if time is None:
        return since is None and until is None
    return (since is None or time >= since) and (until is None or time < until)
