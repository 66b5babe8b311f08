"""Which evaluations are wanted, and in which order: the parameters of a list."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, TypedDict

from cloche_schemas.values import EngineChoice, Outcome, Status
from cloche_schemas.views import EvaluationPage

from cloche.calls import ask, path, query, written
from cloche.steps import Call, Pairs

Sort = Literal["created", "finished", "duration"]
Order = Literal["desc", "asc"]


class Selected(TypedDict, total=False):
    """Everything that is given must hold; of several values of one filter one is enough, but of `labels` all.

    `labels` are ``key=value`` or ``key``. `engine` is the one that ran it, or is to run it. `since` and `until` are
    times of the submission, the latter excluded. `text` is words in code, output and labels; also ``"a phrase"``,
    ``-not`` and ``or``. Sorted by `finished` or `duration` (seconds that it ran), only what is over is in the list.
    """

    status: Status | Sequence[Status] | None
    outcome: Outcome | Sequence[Outcome] | None
    language: str | Sequence[str] | None
    engine: EngineChoice | Sequence[EngineChoice] | None
    labels: Sequence[str] | None
    batch: str | None
    schedule: str | None
    since: datetime | None
    until: datetime | None
    text: str | None
    sort: Sort | None
    order: Order | None


def page(selected: Selected, limit: int | None, cursor: str | None) -> Call[EvaluationPage]:
    """One page of them."""
    asked = query(limit=limit, cursor=cursor) + _pairs(selected)
    return ask("GET", path("evaluations"), EvaluationPage, query=asked)


def _pairs(selected: Selected) -> Pairs:
    return query(
        status=selected.get("status"),
        outcome=selected.get("outcome"),
        language=selected.get("language"),
        engine=selected.get("engine"),
        label=selected.get("labels"),
        batch=selected.get("batch"),
        schedule=selected.get("schedule"),
        since=written(selected.get("since")),
        until=written(selected.get("until")),
        q=selected.get("text"),
        sort=selected.get("sort"),
        order=selected.get("order"),
    )
