"""The envelope of every event: CloudEvents 1.0.2, structured mode, JSON."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Raw, Struct

CONTENT_TYPE = "application/cloudevents+json"


class Envelope(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event as it lies on the log. `data` stays raw until somebody who knows its type asks (codec.py).

    What CloudEvents or its Sequence extension demand has no default here, so that it is always written.

    A lifecycle event's `sequence` counts those of its evaluation from 1 without a gap; an output chunk's counts the
    chunks of its attempt from 1.
    """

    specversion: Literal["1.0"]
    id: Annotated[str, Meta(description="unique; the Nats-Msg-Id of the message")]
    source: Annotated[
        str, Meta(description="who appended it, as a URI reference: /cloche/executor/a1")
    ]
    type: Annotated[str, Meta(description="name and version of the event")]
    subject: Annotated[str, Meta(description="id of the evaluation")]
    time: Annotated[datetime, Meta(tz=True, description="when it was appended, RFC 3339 in UTC")]
    tenant: Annotated[str, Meta(description="owning tenant")]
    sequence: Annotated[
        str, Meta(pattern=r"^[0-9]+$", description="order in its evaluation (CloudEvents Sequence)")
    ]
    sequencetype: Literal["Integer"]
    traceparent: Annotated[str, Meta(description="W3C Trace Context")] | None = None
    tracestate: str | None = None
    datacontenttype: Literal["application/json"] = "application/json"
    data: Annotated[Raw, Meta(description="the event itself")]

    @property
    def number(self) -> int:
        """`sequence` as a number."""
        return int(self.sequence)
