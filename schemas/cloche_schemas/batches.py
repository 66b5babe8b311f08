"""Batches: many evaluations accepted as one. No event is a batch's: `Origin.batch` of each evaluation is the truth.

The ids are made of one another, so that every evaluation of a batch can be found before anybody has counted it.
"""

import hashlib
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from cloche_schemas.commands import LABEL, SubmitEvaluation
from cloche_schemas.values import TERMINAL_STATUSES, BatchPlace, EvaluationId, Outcome, Status

#: The server takes no more messages in one atomic batch.
MOST_EVALUATIONS = 1000

BatchName = Annotated[str, Meta(max_length=128, description="the client's word for the batch")]


class SubmitBatch(
    Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """The body of ``POST /v1/batches``: either `evaluations`, or `template` with `parameters`.

    Of `parameters` every combination of values makes one evaluation, the last name varying fastest. Its values are
    variables of the program's environment, and take the place of ``{{NAME}}`` in `argv` and `stdin` of the template.
    """

    evaluations: (
        Annotated[
            tuple[SubmitEvaluation, ...],
            Meta(min_length=1, max_length=MOST_EVALUATIONS, description="submissions, in order"),
        ]
        | None
    ) = None
    template: SubmitEvaluation | None = None
    parameters: (
        Annotated[
            dict[str, tuple[str, ...]],
            Meta(max_length=32, description="values by name; names are those that env may have"),
        ]
        | None
    ) = None
    name: BatchName = ""
    concurrency: (
        Annotated[int, Meta(ge=1, description="no more than so many run at once")] | None
    ) = None
    labels: Annotated[
        dict[LABEL, LABEL], Meta(max_length=32, description="added to those of each evaluation")
    ] = {}


class RerunBatch(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The body of ``POST /v1/batches/{id}/rerun``; it may be empty."""

    only: Annotated[
        Literal["failed", "all"],
        Meta(description="failed: what is over and did not succeed, dead letters too"),
    ] = "failed"


class BatchAccepted(Struct, frozen=True, kw_only=True):
    """The answer to a batch: every evaluation of it is on the log and will run."""

    id: EvaluationId
    size: Annotated[int, Meta(description="evaluations of the batch")]
    links: Annotated[
        dict[str, str], Meta(description="self, evaluations, events, cancel, rerun")
    ] = {}


class BatchView(Struct, frozen=True, kw_only=True):
    """A batch and how far it is. Counts are a moment behind the log, but never beyond it."""

    id: EvaluationId
    name: str = ""
    size: Annotated[int, Meta(description="evaluations of the batch")]
    concurrency: int | None = None
    by_status: Annotated[
        dict[Status, int], Meta(description="evaluations in each status; together they are size")
    ] = {}
    by_outcome: Annotated[
        dict[Outcome, int], Meta(description="evaluations with each outcome, so far")
    ] = {}
    created_at: datetime | None = None
    completed_at: Annotated[datetime | None, Meta(description="when the last one was over")] = None

    @property
    def over(self) -> int:
        """Evaluations that nothing more will happen to."""
        return sum(self.by_status.get(status, 0) for status in TERMINAL_STATUSES)


class BatchProgress(Struct, frozen=True, kw_only=True):
    """How far a batch is at one place of the log. Its feed tells it behind the events that changed it."""

    id: EvaluationId
    size: Annotated[int, Meta(description="evaluations of the batch")]
    over: Annotated[int, Meta(description="evaluations that nothing more will happen to")]
    by_status: Annotated[
        dict[Status, int], Meta(description="evaluations in each status; together they are size")
    ]
    by_outcome: Annotated[
        dict[Outcome, int], Meta(description="evaluations with each outcome, so far")
    ]


class BatchPage(Struct, frozen=True, kw_only=True):
    """A page of batches, newest first."""

    items: tuple[BatchView, ...]
    next_cursor: Annotated[str, Meta(description="pass as ?cursor= for the next page")] | None = (
        None
    )
    prev_cursor: Annotated[str, Meta(description="the same for the page before")] | None = None


class BatchCancelled(Struct, frozen=True, kw_only=True):
    """The answer to the cancellation of a batch."""

    id: EvaluationId
    cancelled: Annotated[int, Meta(description="evaluations that have ended or are being ended")]
    already_over: Annotated[int, Meta(description="evaluations that were over before")]


def derived_id(*parts: str) -> EvaluationId:
    """An id that follows from `parts` alone: UUIDv8 (RFC 9562) of their SHA-256. No part contains a NUL."""
    digest = bytearray(hashlib.sha256("\0".join(parts).encode()).digest()[:16])
    digest[6] = 0x80 | digest[6] & 0x0F
    digest[8] = 0x80 | digest[8] & 0x3F
    return str(UUID(bytes=bytes(digest)))


def member_id(batch: EvaluationId, index: int) -> EvaluationId:
    """The id of the evaluation at `index` of a batch, from 0."""
    return derived_id("batch", batch, str(index))


def members(batch: BatchPlace) -> frozenset[EvaluationId]:
    """The ids of every evaluation of a batch."""
    return frozenset(member_id(batch.id, index) for index in range(batch.size))


def turns_of(batch: EvaluationId) -> str:
    """Whom the evaluations of a batch with bounded concurrency take turns with: one another."""
    return "b" + batch.replace("-", "")
