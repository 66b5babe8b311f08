"""Many evaluations: cut into batches that the server takes, and what is seen of several batches at once."""

from collections.abc import Iterable, Iterator

import msgspec
from cloche_schemas.batches import MOST_EVALUATIONS, BatchProgress, BatchView
from cloche_schemas.commands import SubmitEvaluation
from cloche_schemas.values import TERMINAL_STATUSES, Outcome, Status
from cloche_schemas.views import EvaluationView
from msgspec import Struct

from cloche.errors import ClocheError
from cloche.steps import NOTHING, Came, Finished, Given, Stream, resumed

#: Of one request, below the server's default of 32 MiB.
MOST_BYTES = 24 << 20


class Progress(Struct, frozen=True, kw_only=True):
    """How far some batches are together."""

    size: int
    over: int
    by_status: dict[Status, int]
    by_outcome: dict[Outcome, int]


def parts(evaluations: Iterable[SubmitEvaluation]) -> Iterator[tuple[SubmitEvaluation, ...]]:
    """As many at once as one batch may have, in order."""
    part: list[SubmitEvaluation] = []
    size = 0
    for evaluation in evaluations:
        more = len(msgspec.json.encode(evaluation))
        if part and (len(part) == MOST_EVALUATIONS or size + more > MOST_BYTES):
            yield tuple(part)
            part, size = [], 0
        part.append(evaluation)
        size += more
    if part:
        yield tuple(part)


def together(views: Iterable[BatchView | BatchProgress]) -> Progress:
    """The sums of what was seen."""
    by_status: dict[Status, int] = {}
    by_outcome: dict[Outcome, int] = {}
    size = over = 0
    for view in views:
        size, over = size + view.size, over + view.over
        for status, count in view.by_status.items():
            by_status[status] = by_status.get(status, 0) + count
        for outcome, count in view.by_outcome.items():
            by_outcome[outcome] = by_outcome.get(outcome, 0) + count
    return Progress(size=size, over=over, by_status=by_status, by_outcome=by_outcome)


def unseen(members: Stream[EvaluationView], known: set[str]) -> Stream[EvaluationView]:
    """Those that are over and not known yet, which they are from now on."""
    step = resumed(members)
    while not isinstance(step, Finished):
        came = NOTHING
        if not isinstance(step, Given):
            try:
                came = Came((yield step))
            except ClocheError as error:
                came = Came(error=error)
        elif step.item.status in TERMINAL_STATUSES and step.item.id not in known:
            known.add(step.item.id)
            yield step
        step = resumed(members, came)
