"""Sending again what failed for now: after the time that the server asks for, or after growing random pauses."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from cloche.errors import Unreachable
from cloche.steps import Answer, Call, Exchange, Sleep, Steps

TOO_MANY = 429
UNAVAILABLE = 503
#: So much of a pause is added at random, so that those who were refused together do not come back together.
JITTER = 0.25


class Retries(Struct, frozen=True, kw_only=True):
    """How often a request is sent, and the pauses between.

    Sent again is what got no connection or was answered 429, and where sending it twice does the same as once (reads,
    and submissions with an Idempotency-Key) also what got no answer or was answered 503.
    """

    attempts: int = 4  # in all, the first included; 1 sends nothing twice
    base_seconds: float = 0.25  # the pause before attempt n + 1 is a random part of base · 2ⁿ⁻¹
    cap_seconds: float = 8.0
    longest_seconds: float = (
        60.0  # whoever asks for a longer pause than this gets none: the refusal is raised
    )

    def pause(self, attempt: int, asked: float | None) -> float | None:
        """Seconds until the next attempt after this one, from 1; None if there is none."""
        if attempt >= self.attempts or (asked or 0.0) > self.longest_seconds:
            return None
        return (
            backoff(attempt, self.base_seconds, self.cap_seconds)
            if asked is None
            else jittered(asked)
        )


ONCE = Retries(attempts=1)


def attempts(call: Call[Any], retries: Retries) -> Steps[Answer]:
    """The answer to a call, the last one if it was sent several times. `Unreachable` if none came."""
    attempt = 0
    while True:
        attempt += 1
        try:
            answer = yield from Exchange(call)
        except Unreachable as error:
            pause = retries.pause(attempt, None) if call.repeatable or not error.sent else None
            if pause is None:
                raise
        else:
            pause = (
                retries.pause(attempt, retry_after(answer.headers))
                if refused_for_now(call, answer)
                else None
            )
            if pause is None:
                return answer
        yield from Sleep(pause)


def refused_for_now(call: Call[Any], answer: Answer) -> bool:
    """A 429 comes before anything is done; behind a 503 it may have been done, and its answer lost."""
    return answer.status == TOO_MANY or (answer.status == UNAVAILABLE and call.repeatable)


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds that the header asks for, as a number or as a time; None if it says nothing that can be understood."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    if not text:
        return None
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - hardly ever needed, and slow to import

    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())


def backoff(attempt: int, base: float, cap: float) -> float:
    """A random part of a ceiling that doubles with every attempt, from 1."""
    return random.uniform(0.0, min(cap, base * 2.0 ** min(attempt - 1, 30)))  # noqa: S311 - no secret


def jittered(seconds: float) -> float:
    """No less, and a little more."""
    return seconds * random.uniform(1.0, 1.0 + JITTER)  # noqa: S311 - no secret
