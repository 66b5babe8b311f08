"""Letting alone what fails: for longer after every failure, and not at all after a success."""

import time
from collections.abc import Callable, Hashable

from msgspec import Struct

FIRST_SECONDS = 0.5
LONGEST_SECONDS = 10.0


class _Pause(Struct, frozen=True):
    until: float = 0.0
    seconds: float = 0.0


class Pauses:
    """Pauses by key. Keys that have not failed for a while are forgotten."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._pauses: dict[Hashable, _Pause] = {}

    def failed(self, key: Hashable) -> None:
        now = self._clock()
        old = [k for k, pause in self._pauses.items() if pause.until + LONGEST_SECONDS < now]
        for each in old:
            del self._pauses[each]
        before = self._pauses.get(key, _Pause()).seconds
        seconds = min(LONGEST_SECONDS, 2 * before or FIRST_SECONDS)
        self._pauses[key] = _Pause(now + seconds, seconds)

    def succeeded(self, *keys: Hashable) -> None:
        for key in keys:
            self._pauses.pop(key, None)

    def last(self, *keys: Hashable) -> bool:
        """Whether the pause of one of them is not over."""
        now = self._clock()
        return any(now < self._pauses[key].until for key in keys if key in self._pauses)
