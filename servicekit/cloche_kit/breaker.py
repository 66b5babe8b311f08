"""A circuit breaker: who calls something that has fallen silent is told so at once, instead of waiting for it, too.

*Closed*, every call goes through; failures in a row open it. *Open*, none does, for a while. Then it is *half open*:
one call goes through as a probe; if it succeeds the breaker closes, if it fails it is open for another while. Only what
tells of the edge itself is a failure: a refusal is an answer. Times are of a clock that never goes back.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from prometheus_client import Counter, Gauge

from cloche_kit.logs import get_logger

FAILURES = 3
OPEN_SECONDS = 1.0
State = Literal["closed", "half_open", "open"]
_VALUES: dict[State, int] = {"closed": 0, "half_open": 1, "open": 2}

STATE = Gauge("cloche_breaker_state", "0: closed, 1: half open, 2: open", ["edge"])
OPENED = Counter("cloche_breaker_opened", "How often a breaker has opened", ["edge"])
TURNED_AWAY = Counter("cloche_breaker_turned_away", "Calls that an open breaker refused", ["edge"])
_log = get_logger(__name__)


class Tripped(Exception):  # noqa: N818
    """The breaker is open: the call was not made. Worth trying again after `retry_after` seconds.

    An edge raises a class of its own that is one of its errors, too: whoever knows those needs to know nothing of this.
    """

    retry_after = OPEN_SECONDS


class Breaker:
    """One for each edge of a process, for the tasks of one event loop. `failures` in a row open it."""

    def __init__(
        self,
        edge: str,
        *,
        failures: int = FAILURES,
        open_seconds: float = OPEN_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.edge = edge
        self._most = failures
        self._open_seconds = open_seconds
        self._clock = clock
        self._failures = 0
        self._until = 0.0
        #: Which calls count: the outcome of one that began before the last change says nothing new.
        self._era = 0
        self._probing = False
        self._state: State = "closed"
        STATE.labels(edge).set(0)
        # A series that begins with what it counts has not increased.
        OPENED.labels(edge)
        TURNED_AWAY.labels(edge)

    @property
    def state(self) -> State:
        if self._state == "open" and self._clock() >= self._until:
            return "half_open"
        return self._state

    @property
    def retry_after(self) -> float:
        """Seconds until a call may be worth trying; 0 if it is now."""
        if self._state == "closed":
            return 0.0
        if self._probing:
            return self._open_seconds
        return max(0.0, self._until - self._clock())

    def enter(self, tripped: type[Tripped] = Tripped) -> int:
        """A call is about to be made: a token for its outcome. `tripped` if it must not be made."""
        if self._state != "closed":
            if self._probing or self._clock() < self._until:
                TURNED_AWAY.labels(self.edge).inc()
                error = tripped(f"{self.edge} has fallen silent")
                error.retry_after = self.retry_after
                raise error
            self._change("half_open")
            self._probing = True
        return self._era

    def succeeded(self, token: int) -> None:
        """The edge has answered, be it with a refusal."""
        if token != self._era:
            return
        self._failures = 0
        if self._state != "closed":
            self._change("closed")

    def failed(self, token: int) -> None:
        """The edge has not answered."""
        if token != self._era:
            return
        self._failures += 1
        if self._state != "closed" or self._failures >= self._most:
            self._until = self._clock() + self._open_seconds
            self._change("open")

    def gave_up(self, token: int) -> None:
        """The caller no longer waits, which says nothing of the edge. Another call may probe."""
        if token == self._era:
            self._probing = False

    def reset(self) -> None:
        """The edge is known to be well, as when it has connected again."""
        self._failures = 0
        if self._state != "closed":
            self._change("closed")

    @contextmanager
    def calling(
        self, *failures: type[Exception], tripped: type[Tripped] = Tripped
    ) -> Iterator[None]:
        """Around one call. Exceptions of `failures` are its failures, others are answers. `tripped` as of `enter`."""
        token = self.enter(tripped)
        try:
            yield
        except failures:
            self.failed(token)
            raise
        except Exception:
            self.succeeded(token)
            raise
        except BaseException:
            self.gave_up(token)
            raise
        self.succeeded(token)

    def _change(self, state: State) -> None:
        before, self._state = self._state, state
        self._probing = False
        self._era += 1
        STATE.labels(self.edge).set(_VALUES[state])
        if state == "open":
            OPENED.labels(self.edge).inc()
        if before != "closed" or state == "open":
            level = _log.warning if state == "open" else _log.info
            level("breaker_" + state, edge=self.edge, failures=self._failures)
