"""What sandboxes are asked for, and so which are worth starting ahead."""

import time
from collections.abc import Callable

from cloche_executor.sandbox import Mould

# After so long half of a demand is forgotten.
HALF_LIFE_SECONDS = 60.0
# A mould that was asked for once may never be again.
WORTH = 1.5
# Of so many moulds at most the demand is remembered: limits are the client's to choose.
REMEMBERED = 64


class Demand:
    """How often each mould was asked for lately: every time counts as one, and less with time."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._scores: dict[Mould, tuple[float, float]] = {}

    def note(self, mould: Mould) -> None:
        self._scores[mould] = (self.score(mould) + 1, self._clock())
        if len(self._scores) > REMEMBERED:
            others = (other for other in self._scores if other != mould)
            del self._scores[min(others, key=self.score)]

    def score(self, mould: Mould) -> float:
        score, at = self._scores.get(mould, (0.0, 0.0))
        return float(score * 0.5 ** ((self._clock() - at) / HALF_LIFE_SECONDS))

    def shares(self, default: Mould, least: int, most: int) -> dict[Mould, int]:
        """How many of each mould to have waiting: as many as were asked for lately, `most` in all.

        Of `default` there are always `least`. The rest goes one by one to whoever has the most demand for each that
        it already has, so that the least wanted go without.
        """
        shares = {default: min(least, most)}
        left = most - shares[default]
        wanted = {m: s for m in {*self._scores, default} if (s := self.score(m)) >= WORTH}
        while left > 0:
            hungry = [m for m, score in wanted.items() if shares.get(m, 0) < round(score)]
            if not hungry:
                break
            chosen = max(hungry, key=lambda m: wanted[m] / (shares.get(m, 0) + 1))
            shares[chosen] = shares.get(chosen, 0) + 1
            left -= 1
        return {mould: share for mould, share in shares.items() if share}
