"""Batches, as the client sees them: ``client.batches``."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Literal

from cloche_schemas.batches import (
    BatchAccepted,
    BatchCancelled,
    BatchPage,
    BatchProgress,
    BatchView,
    RerunBatch,
    SubmitBatch,
)
from cloche_schemas.commands import CancelEvaluation, SubmitEvaluation
from cloche_schemas.values import Outcome, Status
from cloche_schemas.views import EvaluationPage, EvaluationView
from msgspec.structs import replace

from cloche.batch_results import FIRST_LOOK, LATER_LOOKS, feed_of, got, members, page, results
from cloche.calls import ask, checked, path, query
from cloche.errors import NotFound
from cloche.feed import PATIENCE_SECONDS, Event
from cloche.many import Progress, parts
from cloche.operations import Awaiting, Blocking, operation, streaming
from cloche.steps import Call, Sleep, Steps, Stream, drained


class BatchCalls:
    """Many evaluations at once. Every method may raise `ClocheError`s."""

    #: Seconds without a sign of life, while connections fail, until a feed is given up.
    patience: float = PATIENCE_SECONDS

    @operation
    def submit(
        self, batch: SubmitBatch, *, idempotency_key: str | None = None
    ) -> Call[BatchAccepted]:
        """Put all evaluations of a batch on the log, or none: `Invalid` points to the first one that may not be.

        >>> grid = SubmitBatch(
        ...     template=SubmitEvaluation(code="import os; print(os.environ['SEED'])"),
        ...     parameters={"SEED": ("1", "2", "3")},
        ... )
        >>> accepted = client.batches.submit(grid)
        >>> client.batches.wait(accepted.id).by_outcome
        {'succeeded': 3}
        """
        return _submitted(batch, idempotency_key)

    @operation
    def submit_many(
        self,
        evaluations: Iterable[SubmitEvaluation],
        *,
        name: str = "",
        concurrency: int | None = None,
        idempotency_key: str | None = None,
    ) -> Steps[tuple[BatchAccepted, ...]]:
        """Submit any number of evaluations, in as many batches as the server's limits make it: ids in order.

        Each batch is accepted as a whole or not at all. With an `idempotency_key` the whole of it may be called again
        after an error: what was accepted before is not submitted twice. `concurrency` holds for each batch.
        """
        return _submitted_all(evaluations, name, concurrency, idempotency_key)

    @streaming
    def results(
        self,
        *batches: str,
        progress: Callable[[Progress], None] | None = None,
    ) -> Stream[EvaluationView]:
        """The evaluations of these batches as they come to their end, until all are over.

        `progress` is told how far they are whenever that has changed, of several batches after each look; it must
        return soon.
        """
        return results(batches, self.patience, progress)

    @streaming
    def run(
        self,
        evaluations: Iterable[SubmitEvaluation],
        *,
        name: str = "",
        concurrency: int | None = None,
        idempotency_key: str | None = None,
        progress: Callable[[Progress], None] | None = None,
    ) -> Stream[EvaluationView]:
        """`submit_many`, then `results`: each evaluation as soon as it is over. Its `batch.index` says which it is.

        >>> programs = [SubmitEvaluation(code=f"print({n} ** 2)") for n in range(3)]
        >>> bar = lambda seen: print(f"{seen.over} of {seen.size}") if seen.over == seen.size else None
        >>> done = {view.batch.index: view for view in client.batches.run(programs, progress=bar)}
        3 of 3
        >>> [client.output(done[n].id) for n in range(3)]
        [b'0\\n', b'1\\n', b'4\\n']
        """
        accepted = yield from _submitted_all(evaluations, name, concurrency, idempotency_key)
        yield from results([one.id for one in accepted], self.patience, progress)

    @operation
    def get(self, batch: str) -> Call[BatchView]:
        """How far a batch is."""
        return got(batch)

    @operation
    def list(self, *, limit: int | None = None, cursor: str | None = None) -> Call[BatchPage]:
        """A page of batches, newest first; `cursor` is the last page's `next_cursor`."""
        return ask("GET", path("batches"), BatchPage, query=query(limit=limit, cursor=cursor))

    @operation
    def page(
        self,
        batch: str,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        status: Status | None = None,
        outcome: Outcome | None = None,
    ) -> Call[EvaluationPage]:
        """A page of the evaluations of a batch, in the order of the submission."""
        return page(batch, limit=limit, cursor=cursor, status=status, outcome=outcome)

    @streaming
    def evaluations(
        self, batch: str, *, status: Status | None = None, outcome: Outcome | None = None
    ) -> Stream[EvaluationView]:
        """All evaluations of a batch, page by page."""
        return members(batch, status=status, outcome=outcome)

    @operation
    def cancel(self, batch: str, *, reason: str = "") -> Call[BatchCancelled]:
        """Ask for the end of every evaluation that is not over. Asked again, it does the same."""
        body = CancelEvaluation(reason=reason)
        at = path("batches", batch, "cancel")
        return ask("POST", at, BatchCancelled, body=body, repeatable=True)

    @operation
    def rerun(
        self, batch: str, *, only: Literal["failed", "all"] = "failed"
    ) -> Call[BatchAccepted]:
        """A new batch of what failed. `Conflict` if nothing has; `ApiError` if the submissions are archived."""
        body = RerunBatch(only=only)
        return ask("POST", path("batches", batch, "rerun"), BatchAccepted, body=body)

    @operation
    def wait(
        self, batch: str, *, progress: Callable[[BatchView], None] | None = None
    ) -> Steps[BatchView]:
        """The batch once all of it is over. `progress` is told of it at once, and whenever something has changed."""
        return _waited(batch, self.patience, progress)

    @streaming
    def events(
        self,
        batch: str,
        *,
        after: str | None = None,
        progress: Callable[[BatchProgress], None] | None = None,
    ) -> Stream[Event]:
        """What happened and happens to the evaluations of a batch, without their output, until all are over.

        Over as many connections as it takes, `after` a cursor; ``event.envelope.subject`` is the id of the evaluation.
        `progress` is told how far the batch is behind the events that changed it; it must return soon.

        >>> programs = tuple(SubmitEvaluation(code=f"print({n})") for n in range(2))
        >>> accepted = client.batches.submit(SubmitBatch(evaluations=programs))
        >>> seen = []
        >>> events = list(client.batches.events(accepted.id, progress=seen.append))
        >>> sum(isinstance(one.event, EvaluationCompleted) for one in events), seen[-1].over
        (2, 2)
        """
        return feed_of(batch, self.patience, progress, after).events()


class Batches(BatchCalls, Blocking):
    """``Client.batches``."""


class AsyncBatches(BatchCalls, Awaiting):
    """``AsyncClient.batches``."""


def _waited(
    batch: str, patience: float, progress: Callable[[BatchView], None] | None
) -> Steps[BatchView]:
    """The feed says when to look again, and how far it is; what is read from the rows may be a moment behind it."""
    view = yield from got(batch)
    tell = progress or _nobody
    tell(view)

    def told(seen: BatchProgress) -> None:
        tell(replace(view, by_status=seen.by_status, by_outcome=seen.by_outcome))

    feed = feed_of(batch, patience, told)
    pause = FIRST_LOOK
    while view.over < view.size:
        # A server that has no feeds of batches is asked again and again.
        with suppress(NotFound):
            yield from drained(feed.events())
        view = yield from got(batch)
        tell(view)
        if view.over < view.size:
            yield from Sleep(pause)
            pause = min(pause * 1.5, LATER_LOOKS)
    return view


def _nobody(_view: BatchView) -> None:
    """Nobody wants to know."""


def _submitted(batch: SubmitBatch, key: str | None) -> Call[BatchAccepted]:
    return ask("POST", path("batches"), BatchAccepted, body=batch, key=key)


def _submitted_all(
    evaluations: Iterable[SubmitEvaluation], name: str, concurrency: int | None, key: str | None
) -> Steps[tuple[BatchAccepted, ...]]:
    key = None if key is None else checked(key)
    accepted: list[BatchAccepted] = []
    for number, part in enumerate(parts(evaluations)):
        batch = SubmitBatch(evaluations=part, name=name, concurrency=concurrency)
        # The key of each part follows from the one that was given: the same parts have the same keys.
        own = key if key is None or number == 0 else f"{key}+{number}"
        accepted.append((yield from _submitted(batch, own)))
    return tuple(accepted)
