"""How long the first output of an attempt took, without the time in which its program had nothing to say."""

from collections.abc import Callable
from datetime import UTC, datetime


class FirstOutput:
    """Told when a program begins, when one first writes, and when something of it is on the log. The first word counts.

    `clock` gives seconds; what lies on the log was stamped by the clock on the wall.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._begun: float | None = None
        self._silence: float | None = None
        self._recorded: datetime | None = None

    def begun(self) -> None:
        if self._begun is None:
            self._begun = self._clock()

    def written(self) -> None:
        if self._silence is None:
            self._silence = 0.0 if self._begun is None else self._clock() - self._begun

    def recorded(self) -> None:
        if self._recorded is None:
            self._recorded = datetime.now(UTC)

    def since(self, queued: datetime) -> float | None:
        """Seconds from `queued` on, the silence left out; None where nothing was recorded."""
        if self._recorded is None or self._silence is None:
            return None
        return max(0.0, (self._recorded - queued).total_seconds() - self._silence)
