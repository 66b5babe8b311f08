"""A feed of events: server-sent, resumed where a connection broke off."""

import time
from collections.abc import Callable, Generator
from typing import Any

import msgspec
from cloche_schemas.batches import BatchProgress
from cloche_schemas.codec import Malformed, Unknown, decode
from cloche_schemas.envelope import Envelope
from cloche_schemas.events import EvaluationEvent
from cloche_schemas.views import Problem
from msgspec import Struct

from cloche.calls import nothing, problem_of
from cloche.errors import ApiError, ClocheError, NotOver, UnexpectedAnswer, Unreachable, error_of
from cloche.retries import TOO_MANY, jittered, retry_after
from cloche.steps import (
    Answer,
    Call,
    Frame,
    Given,
    NextFrame,
    Open,
    Pairs,
    Shut,
    Sleep,
    Step,
    Stream,
)

END = "end"
RECONNECT = "reconnect"
ERROR = "error"
PROGRESS = "progress"
FIRST_DELAY = 0.2
LONGEST_DELAY = 5.0
# So long without a frame, while connections fail, before the feed is given up.
PATIENCE_SECONDS = 60.0
_NOTHING_MORE = 204


class Event(Struct, frozen=True):
    """One event of an evaluation. `cursor` resumes after it; `event` is `Unknown` if it is newer than this package."""

    cursor: str
    envelope: Envelope
    event: EvaluationEvent | Unknown


class Feed:
    """Events until the server says that this is all, over as many connections as it takes.

    A broken connection is opened again with growing pauses; `Unreachable` when nothing came for `patience` seconds.
    No event is given twice: the server resumes after the last cursor. `ApiError` when the server says that it cannot
    go on, `NotOver` when `within` seconds have passed. `progress` is told what the feed of a batch says of it.
    """

    def __init__(
        self,
        at: str,
        query: Pairs = (),
        *,
        after: str | None = None,
        patience: float = PATIENCE_SECONDS,
        within: float | None = None,
        progress: Callable[[BatchProgress], None] | None = None,
    ) -> None:
        self._path = at
        self._query = query
        self._cursor = after
        self._patience = patience
        self._deadline = None if within is None else time.monotonic() + within
        self._heard = time.monotonic()
        self._over = False
        self._progress = progress

    def events(self) -> Stream[Event]:
        """They come when they are iterated over; not before that anything is asked."""
        self._heard, self._over = time.monotonic(), False
        failures = 0
        while True:
            begun, asked = self._heard, None
            try:
                asked = yield from self._one_connection()
            except Unreachable as error:
                self._left()
                if time.monotonic() - self._heard > self._patience:
                    raise Unreachable(
                        f"the feed broke off and did not come back: {error}"
                    ) from error
                asked = error.after
            yield from Shut()
            if self._over:
                return
            failures = 0 if self._heard > begun else failures + 1
            pause = min(LONGEST_DELAY, FIRST_DELAY * 2.0 ** min(failures, 10))
            if asked is not None:
                pause = min(asked, max(LONGEST_DELAY, self._patience))
            yield from Sleep(jittered(pause))

    def _one_connection(self) -> Generator[Step[Any] | Given[Event], Any, float | None]:
        """What one connection brings; returns the pause that the server asks for. Sets whether that was the end."""
        asked: float | None = None
        answer = yield from Open(self._call(), silence=self._left())
        if answer.status == _NOTHING_MORE:
            self._over = True
            return None
        if not answer.success:
            raise _refused(self._call(), answer)
        while (frame := (yield from NextFrame())) is not None:
            self._heard = time.monotonic()
            if frame.retry is not None:
                asked = frame.retry / 1000
            if frame.event in {END, RECONNECT}:
                self._over = frame.event == END
                break
            if frame.event == ERROR:
                raise _error_of(frame)
            if frame.event == PROGRESS:
                self._told(frame)
            elif frame.data:
                yield Given(self._event(frame))
            elif frame.id:
                # Nothing up to there is left to give.
                self._cursor = frame.id
            self._left()
        return asked

    def _call(self) -> Call[None]:
        headers: Pairs = (("Accept", "text/event-stream"),)
        if self._cursor is not None:
            headers += (("Last-Event-ID", self._cursor),)
        return Call(
            method="GET",
            path=self._path,
            read=nothing,
            query=self._query,
            headers=headers,
            pace="feed",
        )

    def _left(self) -> float | None:
        """Seconds that may still pass; None without an end. `NotOver` if there are none."""
        if self._deadline is None:
            return None
        if (left := self._deadline - time.monotonic()) <= 0:
            raise NotOver("the time to wait is over, and the evaluation is not")
        return left

    def _told(self, frame: Frame) -> None:
        if self._progress is None:
            return
        try:
            progress = msgspec.json.decode(frame.data, type=BatchProgress)
        except msgspec.DecodeError as error:
            raise UnexpectedAnswer(f"a frame of the feed is no progress: {error}") from error
        self._progress(progress)

    def _event(self, frame: Frame) -> Event:
        try:
            envelope, event = decode(frame.data.encode())
        except (Malformed, msgspec.DecodeError) as error:
            raise UnexpectedAnswer(f"a frame of the feed is no event: {error}") from error
        self._cursor = frame.id or self._cursor
        return Event(self._cursor or "", envelope, event)


def is_final(error: Exception) -> bool:
    """Whether a refusal stays one however often it is asked again: a damaged archive does not mend itself."""
    return isinstance(error, ApiError) and (
        (error.problem.status < 500 and error.problem.status != TOO_MANY)
        or error.problem.code == "archive_damaged"
    )


def _refused(call: Call[None], answer: Answer) -> ClocheError:
    """`Unreachable` where it is worth another try."""
    error = problem_of(call, answer)
    if is_final(error) or (answer.status < 500 and answer.status != TOO_MANY):
        return error
    return Unreachable(
        f"the feed answered {answer.status}: {error}", after=retry_after(answer.headers)
    )


def _error_of(frame: Frame) -> ClocheError:
    """What a feed says when it cannot go on: an `ApiError` for good, `Unreachable` where it is worth another try."""
    try:
        error = error_of(msgspec.json.decode(frame.data, type=Problem))
    except msgspec.DecodeError as malformed:
        return UnexpectedAnswer(f"a frame of the feed is no problem: {malformed}")
    return error if is_final(error) else Unreachable(str(error))
