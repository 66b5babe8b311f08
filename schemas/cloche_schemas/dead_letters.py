"""What the REST API takes and shows of dead letters."""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from cloche_schemas.values import EvaluationId

LetterKind = Literal["evaluation", "message"]


class SelectDeadLetters(
    Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """The body of ``POST /v1/dead-letters/requeue`` and ``…/purge``: of those that fit, the oldest `limit`."""

    kind: LetterKind | None = None
    reason: Annotated[str, Meta(max_length=256, description="slug")] | None = None
    handler: Annotated[str, Meta(max_length=64, description="who gave it up")] | None = None
    since: (
        Annotated[datetime, Meta(tz=True, description="not those that were put aside before")]
        | None
    ) = None
    limit: Annotated[int, Meta(ge=1, le=200, description="no more than so many")] = 100
    cursor: (
        Annotated[str, Meta(max_length=512, description="next_cursor of the answer before")] | None
    ) = None


class DeadLetter(Struct, frozen=True, kw_only=True):
    """Something that was given up: an evaluation after its last attempt, or a message that a handler could not digest.

    `payload` or `payload_base64` is there when one letter is asked for.
    """

    id: str
    kind: LetterKind
    handler: Annotated[str, Meta(description="who gave it up")]
    reason: Annotated[str, Meta(description="slug")]
    detail: str = ""
    evaluation: Annotated[EvaluationId, Meta(description="that it is about")] | None = None
    deliveries: Annotated[int, Meta(description="how often it was tried: deliveries or attempts")]
    subject: Annotated[str, Meta(description="where the message lies on the log")]
    sequence: Annotated[int, Meta(description="its sequence there")]
    time: Annotated[datetime, Meta(description="when the message came there")]
    parked_at: datetime | None = None
    size: Annotated[int, Meta(description="bytes of the payload that are kept with the letter")] = 0
    payload: Annotated[Any, Meta(description="the message, where it is JSON")] = None
    payload_base64: Annotated[str, Meta(description="the message, where it is none")] | None = None


class DeadLetterPage(Struct, frozen=True, kw_only=True):
    """A page of dead letters, oldest first."""

    items: tuple[DeadLetter, ...]
    next_cursor: Annotated[str, Meta(description="pass as ?cursor= for the next page")] | None = (
        None
    )
    prev_cursor: Annotated[str, Meta(description="the same for the page before")] | None = None


class Requeued(Struct, frozen=True, kw_only=True):
    """A dead letter on its way again, as a new evaluation."""

    letter: str
    evaluation: EvaluationId
    rerun_of: EvaluationId | None = None
    links: dict[str, str] = {}


class NotRequeued(Struct, frozen=True, kw_only=True):
    """A dead letter that stays, and why."""

    letter: str
    code: Annotated[str, Meta(description="as of the problem that it would be alone")]
    detail: str = ""


class RequeueReport(Struct, frozen=True, kw_only=True):
    """What became of the dead letters of a filter."""

    requeued: Annotated[int, Meta(description="how many are on their way again")]
    items: tuple[Requeued, ...] = ()
    refused: Annotated[tuple[NotRequeued, ...], Meta(description="these stay where they are")] = ()
    next_cursor: Annotated[str, Meta(description="there are more: pass it as `cursor`")] | None = (
        None
    )


class PurgeReport(Struct, frozen=True, kw_only=True):
    """How many dead letters of a filter were thrown away."""

    purged: int
    next_cursor: Annotated[str, Meta(description="there are more: pass it as `cursor`")] | None = (
        None
    )
