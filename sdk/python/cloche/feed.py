"""A feed of events: server-sent, resumed where a connection broke off."""

import time
from collections.abc import Callable, Generator, Iterator

import httpx2
import msgspec
from cloche_schemas.codec import Malformed, Unknown, decode
from cloche_schemas.envelope import Envelope
from cloche_schemas.events import EvaluationEvent
from cloche_schemas.views import Problem
from msgspec import Struct

from cloche.errors import ApiError, ClocheError, UnexpectedAnswer, Unreachable, error_of

END = "end"
RECONNECT = "reconnect"
ERROR = "error"
FIRST_DELAY = 0.2
LONGEST_DELAY = 5.0
# So long without a frame, while connections fail, before the feed is given up.
PATIENCE_SECONDS = 60.0
# The event of a submission carries the whole of it, at most 1 MiB, and some more.
LARGEST_FRAME = 8 << 20

# Opens the stream after a cursor; None where nothing comes after it.
Open = Callable[[str | None], "httpx2.Response | None"]


class Event(Struct, frozen=True):
    """One event of an evaluation. `cursor` resumes after it; `event` is `Unknown` if it is newer than this package."""

    cursor: str
    envelope: Envelope
    event: EvaluationEvent | Unknown


class Feed:
    """Iterates over events until the server says that this is all, over as many connections as it takes.

    `connect` opens the stream after a cursor. A broken connection is opened again with growing pauses; `Unreachable`
    when nothing came for `patience` seconds. No event is given twice: the server resumes after the last cursor.
    `ApiError` when the server says that it cannot go on.
    """

    def __init__(
        self,
        connect: Open,
        *,
        after: str | None = None,
        patience: float = PATIENCE_SECONDS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._connect = connect
        self._cursor = after
        self._patience = patience
        self._sleep = sleep
        self._heard = time.monotonic()
        self._over = False

    def __iter__(self) -> Iterator[Event]:
        failures = 0
        while True:
            asked: float | None = None
            begun = self._heard
            try:
                asked = yield from self._one_connection()
            except httpx2.SSEError as error:
                raise UnexpectedAnswer(f"this is no feed: {error}") from error
            except (httpx2.TransportError, Unreachable) as error:
                if time.monotonic() - self._heard > self._patience:
                    raise Unreachable(
                        f"the feed broke off and did not come back: {error}"
                    ) from error
            if self._over:
                return
            failures = 0 if self._heard > begun else failures + 1
            pause = FIRST_DELAY * 2.0**failures if asked is None else asked
            self._sleep(min(LONGEST_DELAY, pause))

    def _one_connection(self) -> Generator[Event, None, float | None]:
        """What one connection brings; returns the pause that the server asks for. Sets whether that was the end."""
        asked: float | None = None
        response = self._connect(self._cursor)
        if response is None:
            self._over = True
            return None
        try:
            for frame in httpx2.EventSource(response, max_event_size=LARGEST_FRAME):
                self._heard = time.monotonic()
                if frame.retry is not None:
                    asked = frame.retry / 1000
                if frame.event == END:
                    self._over = True
                    break
                if frame.event == RECONNECT:
                    break
                if frame.event == ERROR:
                    raise _error_of(frame)
                if frame.data:
                    yield self._event(frame)
                elif frame.id:
                    # Nothing up to there is left to give.
                    self._cursor = frame.id
        finally:
            response.close()
        return asked

    def _event(self, frame: httpx2.ServerSentEvent) -> Event:
        try:
            envelope, event = decode(frame.data.encode())
        except (Malformed, msgspec.DecodeError) as error:
            raise UnexpectedAnswer(f"a frame of the feed is no event: {error}") from error
        self._cursor = frame.id or self._cursor
        return Event(self._cursor or "", envelope, event)


def is_final(error: Exception) -> bool:
    """Whether a refusal stays one however often it is asked again: a damaged archive does not mend itself."""
    return isinstance(error, ApiError) and (
        error.problem.status < 500 or error.problem.code == "archive_damaged"
    )


def _error_of(frame: httpx2.ServerSentEvent) -> ClocheError:
    """What a feed says when it cannot go on: an `ApiError` for good, `Unreachable` where it is worth another try."""
    try:
        error = error_of(msgspec.json.decode(frame.data, type=Problem))
    except msgspec.DecodeError as malformed:
        return UnexpectedAnswer(f"a frame of the feed is no problem: {malformed}")
    return error if is_final(error) else Unreachable(str(error))
