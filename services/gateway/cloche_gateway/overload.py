"""Admission of requests: what a gateway cannot answer soon it refuses at once, with a time to come back.

Two signs of overload, each with a bound. *In flight* are requests whose answer has not begun; an open stream is none.
*Lag* is how late the event loop comes to what was due: it counts when it has been too much for several looks in a row,
so that one long pause (a collection, a busy machine) refuses nobody. Health and metrics are always answered.
"""

import asyncio
import time
from collections.abc import Callable

from cloche_kit.logs import get_logger
from prometheus_client import Counter, Gauge
from starlette.types import Scope

from cloche_gateway.problems import ClientError

LOOK_SECONDS = 0.25
#: Looks in a row that have to be late.
LOOKS = 4
RETRY_SECONDS = 2
ALWAYS = frozenset({"/livez", "/readyz", "/metrics"})

SHED = Counter("cloche_requests_shed", "Requests refused for overload", ["reason"])
WAITING = Gauge("cloche_http_requests_waiting", "Requests whose answer has not begun")
LAG = Gauge("cloche_event_loop_lag_seconds", "How late the event loop was at the last look")
for _reason in ("in_flight", "lag"):
    SHED.labels(_reason)
_log = get_logger(__name__)


class Overload:
    """One for each gateway. Run `watch` beside."""

    def __init__(
        self,
        max_in_flight: int,
        max_lag_seconds: float,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._max_in_flight = max_in_flight
        self._max_lag = max_lag_seconds
        self._clock = clock
        self._in_flight = 0
        self._late = 0

    @property
    def in_flight(self) -> int:
        return self._in_flight

    @property
    def lagging(self) -> bool:
        return self._late >= LOOKS

    def enter(self, scope: Scope) -> ClientError | None:
        """A request has come: why it is refused, or None. Then `leave` is called once, when its answer begins."""
        reason = self._reason()
        if reason and scope["path"] not in ALWAYS:
            SHED.labels(reason).inc()
            return ClientError(
                "overloaded",
                "this gateway has more to do than it can; others may have less",
                headers={"Retry-After": str(RETRY_SECONDS)},
                extensions={"reason": reason},
            )
        self._in_flight += 1
        return None

    def leave(self) -> None:
        self._in_flight -= 1

    async def watch(self) -> None:
        """Look at the event loop for ever."""
        while True:
            due = self._clock() + LOOK_SECONDS
            await asyncio.sleep(LOOK_SECONDS)
            self.looked(self._clock() - due)

    def looked(self, lag: float) -> None:
        """The event loop came so late (seconds) to what was due."""
        LAG.set(max(0.0, lag))
        WAITING.set(self._in_flight)
        was = self.lagging
        self._late = self._late + 1 if lag > self._max_lag else 0
        if self.lagging != was:
            _log.warning("event_loop_lags" if self.lagging else "event_loop_keeps_up", lag=lag)

    def _reason(self) -> str:
        if self._in_flight >= self._max_in_flight:
            return "in_flight"
        return "lag" if self.lagging else ""
