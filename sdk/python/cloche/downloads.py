"""Bytes as they arrive, read on where they broke off: what has an ETag stays as it is, so the rest can be asked for."""

from typing import Any

from msgspec import Struct

from cloche.calls import content, problem_of
from cloche.errors import UnexpectedAnswer, Unreachable
from cloche.retries import Retries, refused_for_now, retry_after
from cloche.steps import Answer, Call, Given, NextBytes, Open, Pairs, Shut, Sleep, Stream

_PARTIAL = 206


class Download(Struct, frozen=True):
    """What is wanted: everything at a path, or its bytes from `start` to `end` (exclusive)."""

    path: str
    query: Pairs = ()
    start: int | None = None
    end: int | None = None

    @property
    def empty(self) -> bool:
        """There is no range for nothing."""
        return self.start is not None and self.end is not None and self.end <= self.start

    def call(self, got: int = 0, etag: str | None = None) -> Call[bytes]:
        """Ask for it; once some of it has come, for the rest of the same version."""
        headers: Pairs = ()
        if got or self.start is not None or self.end is not None:
            last = "" if self.end is None else self.end - 1
            headers = (("Range", f"bytes={(self.start or 0) + got}-{last}"),)
        if got and etag is not None:
            headers += (("If-Range", etag),)
        return Call(
            method="GET",
            path=self.path,
            read=content,
            query=self.query,
            headers=headers,
            repeatable=True,
        )


def pieces(wanted: Download, retries: Retries) -> Stream[bytes]:
    """What it holds, as it comes. `ClocheError` if there is none, for a refusal, or if it breaks off for good.

    An attempt counts as one more only if nothing has come since the last one.
    """
    if wanted.empty:
        return
    got, attempt = 0, 0
    etag: str | None = None
    while True:
        call, attempt = wanted.call(got, etag), attempt + 1
        try:
            answer = yield from Open(call)
            pause = _pause(call, answer, retries, attempt)
            if pause is None:
                etag = _checked(call, answer, got)
                while (piece := (yield from NextBytes())) is not None:
                    got, attempt = got + len(piece), 1
                    yield Given(piece)
                return
        except Unreachable:
            pause = retries.pause(attempt, None)
            if pause is None or (got and etag is None):
                raise
        yield from Shut()
        yield from Sleep(pause)


def _pause(call: Call[Any], answer: Answer, retries: Retries, attempt: int) -> float | None:
    """Seconds until it is asked for again; None if this is the answer."""
    if not refused_for_now(call, answer):
        return None
    return retries.pause(attempt, retry_after(answer.headers))


def _checked(call: Call[Any], answer: Answer, got: int) -> str | None:
    """The ETag of an answer that goes on where the last one broke off."""
    if not answer.success:
        raise problem_of(call, answer)
    if got and answer.status != _PARTIAL:
        raise UnexpectedAnswer(f"{call.path} was replaced while it was read")
    return answer.headers.get("etag")
