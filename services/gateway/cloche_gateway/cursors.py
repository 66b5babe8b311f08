"""Places to go on from: in a list (opaque) and in a feed of events (``<epoch>-<sequence>``)."""

import base64
import binascii
import hashlib
import hmac
import re
from datetime import datetime
from typing import Annotated, Self

import msgspec
from cloche_schemas.values import EvaluationId, Outcome, Status
from msgspec import Meta, Struct

_POSITION = re.compile(r"([A-Za-z0-9]{1,64})-(0|[1-9][0-9]{0,17})")
_LONGEST = 512


class BadCursor(ValueError):  # noqa: N818 - it names what the text is
    """A text that none of our answers contained."""


class _Cursor(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A struct as a text that means nothing to whoever passes it back."""

    def encode(self) -> str:
        return base64.urlsafe_b64encode(msgspec.json.encode(self)).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str) -> Self:
        """The cursor that `encode` gave as `text`; `BadCursor` for anything else."""
        if len(text) > _LONGEST:
            raise BadCursor("too long")
        try:
            padded = text + "=" * (-len(text) % 4)
            cursor = msgspec.json.decode(
                base64.b64decode(padded, altchars=b"-_", validate=True), type=cls
            )
        except (binascii.Error, ValueError) as error:
            raise BadCursor("not readable") from error
        if cursor.encode() != text:
            raise BadCursor("not as it was given")
        return cursor


class _TwoWayCursor(_Cursor, frozen=True, array_like=True, forbid_unknown_fields=True):
    """`back`, its last field, says that what lies before is meant. One that leads on is written as it always was."""

    def encode(self) -> str:
        fields = msgspec.to_builtins(self)
        fields = fields if fields[-1] else fields[:-1]
        return base64.urlsafe_b64encode(msgspec.json.encode(fields)).decode().rstrip("=")


class LetterCursor(_TwoWayCursor, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A place on PARKED: that of the last dead letter that was looked at, or of the first one to go back from. It
    goes with one filter."""

    after: Annotated[int, Meta(ge=0)]
    filter: str
    back: bool = False


class AuditCursor(_Cursor, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The last entry of the audit log that was looked at: its message, and which of it. It goes with one filter."""

    sequence: Annotated[int, Meta(ge=0)]
    index: Annotated[int, Meta(ge=0)]
    filter: str


class ListCursor(_Cursor, frozen=True, array_like=True, forbid_unknown_fields=True):
    """An evaluation at the edge of a page, by what the list is sorted by; `back`: the page before it is meant."""

    value: Annotated[datetime, Meta(tz=True)] | float
    id: EvaluationId
    back: bool = False


class Seals:
    """Cursors that are good for one list alone: that of one tenant with one choice of filters and order.

    Every gateway of an installation has the same `secret`.
    """

    _BYTES = 12

    def __init__(self, secret: str) -> None:
        self._key = hmac.digest(secret.encode(), b"cloche cursors of lists", hashlib.sha256)

    def seal(self, cursor: ListCursor, scope: bytes) -> str:
        """`cursor` as a text that `open` takes with the same `scope`."""
        text = cursor.encode()
        return f"{text}.{self._proof(text, scope)}"

    def open(self, sealed: str, scope: bytes) -> ListCursor:
        """`BadCursor` for what was not sealed here, or for another list."""
        text, _, proof = sealed.partition(".")
        if not hmac.compare_digest(proof.encode(), self._proof(text, scope).encode()):
            raise BadCursor(
                "it is not one of ours, or of a list with other filters or another order"
            )
        return ListCursor.decode(text)

    def _proof(self, text: str, scope: bytes) -> str:
        digest = hmac.digest(self._key, scope + b"\0" + text.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest[: self._BYTES]).decode()


class BatchCursor(_TwoWayCursor, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A batch at the edge of a page."""

    created_at: Annotated[datetime, Meta(tz=True)]
    id: EvaluationId
    back: bool = False


class MemberCursor(_TwoWayCursor, frozen=True, array_like=True, forbid_unknown_fields=True):
    """An evaluation at the edge of a page of one batch, with the filters of that page."""

    batch: EvaluationId
    index: int
    status: Status | None = None
    outcome: Outcome | None = None
    back: bool = False


class EventCursor(Struct, frozen=True):
    """An event's place on the log: the id of its SSE frame."""

    epoch: str
    sequence: int

    def encode(self) -> str:
        return f"{self.epoch}-{self.sequence}"

    @classmethod
    def decode(cls, text: str) -> "EventCursor":
        """`BadCursor` if no log can have given `text`."""
        match = _POSITION.fullmatch(text)
        if match is None:
            raise BadCursor("not <epoch>-<sequence>")
        return cls(match[1], int(match[2]))
