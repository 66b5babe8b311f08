"""What is said over ``/v1/ws``, in either direction: JSON objects in text messages, told apart by `type`.

A client subscribes under ids of its own choice and is told of several feeds on one connection. Every event comes with
its cursor: whoever loses the connection subscribes again `after` the last one.
"""

from typing import Annotated

from msgspec import Meta, Struct

from cloche_schemas.batches import BatchProgress
from cloche_schemas.envelope import Envelope
from cloche_schemas.events import EventName
from cloche_schemas.values import EvaluationId, Language, Outcome, Tenant
from cloche_schemas.views import Problem

SubscriptionId = Annotated[
    int, Meta(ge=0, le=2**31 - 1, description="of the client's choice, one for each subscription")
]
Cursor = Annotated[str, Meta(description="place behind the event: <epoch>-<sequence>")]
#: Codes with which the server closes a connection, and what a client does then.
CLOSE_CODES: dict[int, str] = {
    1003: "Binary messages are not understood.",
    1009: "The message was larger than `ready` allows.",
    1011: "Something broke on our side, or a ping was not answered: connect and subscribe again.",
    1012: "The gateway stops: connect and subscribe again after the last cursors, at once.",
    1013: "The client reads too slowly: connect and subscribe again after the last cursors.",
    4401: "There was no good API key, or it is no longer good: another one is needed.",
    4403: "The key may not read.",
    4408: "There was no API key in time.",
}


class _Said(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """By a client. Unknown fields are errors."""


class Authenticate(_Said, frozen=True, kw_only=True, tag_field="type", tag="auth"):
    """The first message where the header Authorization could not be sent."""

    api_key: Annotated[str, Meta(max_length=256)]


class Subscribe(_Said, frozen=True, kw_only=True, tag_field="type", tag="subscribe"):
    """Follow an evaluation or a batch to its end, or else everything that a tenant has."""

    id: SubscriptionId
    evaluation: EvaluationId | None = None
    batch: EvaluationId | None = None
    tenant: Annotated[Tenant, Meta(description="another than the key's: for administrators")] | (
        None
    ) = None
    after: (
        Annotated[
            str,
            Meta(
                max_length=128,
                description="a cursor; of a tenant also beginning, a sequence or a time. "
                "Absent: from the beginning; of a tenant: what comes from now on",
            ),
        ]
        | None
    ) = None
    types: Annotated[tuple[EventName, ...], Meta(description="only these")] = ()
    outcomes: Annotated[
        tuple[Outcome, ...], Meta(description="only completed events with one of these")
    ] = ()
    labels: Annotated[
        tuple[Annotated[str, Meta(max_length=257)], ...],
        Meta(max_length=32, description="key=value, or key: only of evaluations with all of these"),
    ] = ()
    languages: Annotated[
        tuple[Language, ...], Meta(max_length=32, description="only of evaluations in one of these")
    ] = ()
    output: Annotated[bool, Meta(description="false: without output-chunk")] = True


class Unsubscribe(_Said, frozen=True, kw_only=True, tag_field="type", tag="unsubscribe"):
    """Nothing more of a subscription; `unsubscribed` follows in any case."""

    id: SubscriptionId


class Ping(_Said, frozen=True, kw_only=True, tag_field="type", tag="ping"):
    """Answered by `pong`: for clients that cannot send pings of the protocol."""


class Ready(Struct, frozen=True, kw_only=True, tag_field="type", tag="ready"):
    """The key is good."""

    tenant: Tenant
    subscriptions: Annotated[int, Meta(description="so many at once")]
    message_bytes: Annotated[int, Meta(description="the largest message that is taken")]


class Subscribed(Struct, frozen=True, kw_only=True, tag_field="type", tag="subscribed"):
    """The subscription is there; its events follow."""

    id: SubscriptionId


class FeedEvent(Struct, frozen=True, kw_only=True, tag_field="type", tag="event"):
    """One event: the CloudEvent as it lies on the log, the same as the data of a server-sent event."""

    id: SubscriptionId
    cursor: Cursor
    event: Envelope


class FeedProgress(Struct, frozen=True, kw_only=True, tag_field="type", tag="progress"):
    """How far a batch is, behind the events that changed it."""

    id: SubscriptionId
    progress: BatchProgress


class FeedCursor(Struct, frozen=True, kw_only=True, tag_field="type", tag="cursor"):
    """Nothing up to there is left to tell: of a tenant, after silence."""

    id: SubscriptionId
    cursor: Cursor


class FeedEnd(Struct, frozen=True, kw_only=True, tag_field="type", tag="end"):
    """The evaluation or the batch is over, and everything was told. The subscription is gone."""

    id: SubscriptionId


class Unsubscribed(Struct, frozen=True, kw_only=True, tag_field="type", tag="unsubscribed"):
    """Nothing more follows of the subscription."""

    id: SubscriptionId


class FeedError(Struct, frozen=True, kw_only=True, tag_field="type", tag="error"):
    """A message that was refused, or a subscription that cannot go on and is gone. The connection stays."""

    id: SubscriptionId | None
    problem: Problem


class Pong(Struct, frozen=True, kw_only=True, tag_field="type", tag="pong"):
    """The answer to `ping`."""


ClientMessage = Authenticate | Subscribe | Unsubscribe | Ping
ServerMessage = (
    Ready
    | Subscribed
    | FeedEvent
    | FeedProgress
    | FeedCursor
    | FeedEnd
    | Unsubscribed
    | FeedError
    | Pong
)
