"""Answers that stay open, by the secret that their caller showed: each is told when that is no longer good.

A key that is revoked by any gateway ends them here as soon as its record has come by the log; one that expires, or the
old secret of a rotation that runs out, by the clock.
"""

import asyncio
import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from starlette.types import Scope

# Clocks are set, so nobody waits for a moment far away without looking again.
LOOK_SECONDS = 30.0
#: Where a request's scope says what opens its answer (authentication.py).
UNTIL_REFUSED = "cloche.until_refused"


class _Open:
    def __init__(self, digest: str) -> None:
        self.digest = digest
        self.ended = asyncio.Event()
        self.timer: asyncio.TimerHandle | None = None

    def forget(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None


class OpenAnswers:
    """`seconds_left` says for how long a secret (id of its key, its digest) is good; 0: it is not."""

    def __init__(self, seconds_left: Callable[[str, str], float]) -> None:
        self._seconds_left = seconds_left
        self._open: dict[str, set[_Open]] = {}

    @contextmanager
    def open(self, key: str, digest: str) -> Iterator[asyncio.Event]:
        """An event that is set once the secret is no longer good, to be watched while inside."""
        one = _Open(digest)
        self._open.setdefault(key, set()).add(one)
        try:
            self._look(key, one)
            yield one.ended
        finally:
            one.forget()
            self._open[key].discard(one)
            if not self._open[key]:
                del self._open[key]

    def changed(self, key: str) -> None:
        """The key's record is another one now."""
        for one in tuple(self._open.get(key, ())):
            self._look(key, one)

    def _look(self, key: str, one: _Open) -> None:
        one.forget()
        left = self._seconds_left(key, one.digest)
        if left <= 0:
            one.ended.set()
        elif left < math.inf:
            loop = asyncio.get_running_loop()
            one.timer = loop.call_later(min(left, LOOK_SECONDS), self._look, key, one)


def until_refused(scope: Scope) -> AbstractContextManager[asyncio.Event]:
    """An event that is set once what the caller of a request showed is no longer good. The first key always is."""
    opens: Callable[[], AbstractContextManager[asyncio.Event]] | None = scope.get(UNTIL_REFUSED)
    return nullcontext(asyncio.Event()) if opens is None else opens()


async def stopped_or_refused(stop: asyncio.Event, scope: Scope) -> None:
    """Returns when the gateway stops, or what the caller of a request showed is no longer good."""
    with until_refused(scope) as refused:
        waits = [asyncio.ensure_future(one.wait()) for one in (stop, refused)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()
