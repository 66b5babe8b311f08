"""Batches, as the client sees them: ``client.batches``."""

import time
from collections.abc import Callable, Iterator
from typing import Literal, Protocol, TypeVar
from urllib.parse import quote

from cloche_schemas.batches import (
    BatchAccepted,
    BatchCancelled,
    BatchPage,
    BatchView,
    RerunBatch,
    SubmitBatch,
)
from cloche_schemas.commands import CancelEvaluation
from cloche_schemas.values import Outcome, Status
from cloche_schemas.views import EvaluationPage, EvaluationView

T = TypeVar("T")
#: Seconds between two looks at a batch: soon at first, then less often.
FIRST_LOOK = 0.1
LATER_LOOKS = 2.0


class Ask(Protocol):
    """One request, and its answer as `shape`."""

    def __call__(
        self,
        method: str,
        path: str,
        shape: type[T],
        *,
        body: object = None,
        query: dict[str, str] | None = None,
        key: str | None = None,
    ) -> T: ...


class Batches:
    """Many evaluations at once. Every method may raise `ClocheError`s."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def submit(self, batch: SubmitBatch, *, idempotency_key: str | None = None) -> BatchAccepted:
        """Put all evaluations of a batch on the log, or none: `Invalid` points to the first one that may not be."""
        return self._ask("POST", "/v1/batches", BatchAccepted, body=batch, key=idempotency_key)

    def get(self, batch: str) -> BatchView:
        """How far a batch is."""
        return self._ask("GET", _path(batch), BatchView)

    def list(self, *, limit: int | None = None, cursor: str | None = None) -> BatchPage:
        """A page of batches, newest first; `cursor` is the last page's `next_cursor`."""
        query = _query(limit=limit, cursor=cursor)
        return self._ask("GET", "/v1/batches", BatchPage, query=query)

    def page(
        self,
        batch: str,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        status: Status | None = None,
        outcome: Outcome | None = None,
    ) -> EvaluationPage:
        """A page of the evaluations of a batch, in the order of the submission."""
        query = _query(limit=limit, cursor=cursor, status=status, outcome=outcome)
        return self._ask("GET", _path(batch, "/evaluations"), EvaluationPage, query=query)

    def evaluations(
        self, batch: str, *, status: Status | None = None, outcome: Outcome | None = None
    ) -> Iterator[EvaluationView]:
        """All evaluations of a batch, page by page."""
        cursor = None
        while True:
            page = self.page(batch, limit=200, cursor=cursor, status=status, outcome=outcome)
            yield from page.items
            cursor = page.next_cursor
            if cursor is None:
                return

    def cancel(self, batch: str, *, reason: str = "") -> BatchCancelled:
        """Ask for the end of every evaluation that is not over."""
        body = CancelEvaluation(reason=reason)
        return self._ask("POST", _path(batch, "/cancel"), BatchCancelled, body=body)

    def rerun(self, batch: str, *, only: Literal["failed", "all"] = "failed") -> BatchAccepted:
        """A new batch of what failed. `Conflict` if nothing has; `ApiError` if the submissions are archived."""
        body = RerunBatch(only=only)
        return self._ask("POST", _path(batch, "/rerun"), BatchAccepted, body=body)

    def wait(self, batch: str, *, progress: Callable[[BatchView], None] | None = None) -> BatchView:
        """The batch once all of it is over. `progress` is told of it after each look."""
        pause = FIRST_LOOK
        while True:
            view = self.get(batch)
            if progress is not None:
                progress(view)
            if view.over == view.size:
                return view
            time.sleep(pause)
            pause = min(pause * 1.5, LATER_LOOKS)


def _path(batch: str, rest: str = "") -> str:
    return f"/v1/batches/{quote(batch, safe='').replace('.', '%2E')}{rest}"


def _query(**asked: object) -> dict[str, str]:
    return {name: str(value) for name, value in asked.items() if value is not None}
