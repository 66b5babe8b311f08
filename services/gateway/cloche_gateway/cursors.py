"""Places to go on from: in a list (opaque) and in a feed of events (``<epoch>-<sequence>``)."""

import base64
import binascii
import re
from datetime import datetime
from typing import Annotated, TypeVar

import msgspec
from cloche_schemas.values import EvaluationId, Status
from msgspec import Meta, Struct

_POSITION = re.compile(r"([A-Za-z0-9]{1,64})-(0|[1-9][0-9]{0,17})")
_LONGEST = 512
T = TypeVar("T", bound=Struct)


class BadCursor(ValueError):  # noqa: N818 - it names what the text is
    """A text that none of our answers contained."""


class PageCursor(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The last evaluation of a page; the next one begins after it. It goes with one filter."""

    submitted_at: Annotated[datetime, Meta(tz=True)]
    id: EvaluationId
    status: Status | None = None

    def encode(self) -> str:
        return _encoded(self)

    @classmethod
    def decode(cls, text: str) -> "PageCursor":
        """The cursor that `encode` gave as `text`; `BadCursor` for anything else."""
        return _decoded(text, cls)


class LetterCursor(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The last dead letter that was looked at, by its place on PARKED. It goes with one filter."""

    after: Annotated[int, Meta(ge=0)]
    filter: str

    def encode(self) -> str:
        return _encoded(self)

    @classmethod
    def decode(cls, text: str) -> "LetterCursor":
        """The cursor that `encode` gave as `text`; `BadCursor` for anything else."""
        return _decoded(text, cls)


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


def _encoded(cursor: Struct) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).decode().rstrip("=")


def _decoded(text: str, type_: type[T]) -> T:
    if len(text) > _LONGEST:
        raise BadCursor("too long")
    try:
        padded = text + "=" * (-len(text) % 4)
        cursor = msgspec.json.decode(
            base64.b64decode(padded, altchars=b"-_", validate=True), type=type_
        )
    except (binascii.Error, ValueError) as error:
        raise BadCursor("not readable") from error
    if _encoded(cursor) != text:
        raise BadCursor("not as it was given")
    return cursor
