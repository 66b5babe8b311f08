"""When nothing has been heard for a while."""

import asyncio
from collections.abc import Callable
from types import TracebackType


class Silence:
    """Inside, `broken_by` is called after each `seconds` in which nothing was `heard`.

    One timer for as long as it lasts: one for each thing that is waited for takes a sixth of passing it on.
    """

    def __init__(self, seconds: float, broken_by: Callable[[], None]) -> None:
        self._seconds = seconds
        self._broken_by = broken_by

    def __enter__(self) -> "Silence":
        self._loop = asyncio.get_running_loop()
        self.heard()
        self._timer = self._loop.call_later(self._seconds, self._look)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._timer.cancel()

    def heard(self) -> None:
        self._since = self._loop.time()

    def _look(self) -> None:
        left = self._since + self._seconds - self._loop.time()
        if left <= 0:
            self.heard()
            left = self._seconds
            self._broken_by()
        self._timer = self._loop.call_later(left, self._look)
