"""Waiting between tries of the same thing."""

import asyncio
import random


class Backoff:
    """Longer every time, up to a bound, and never the same for two executors."""

    def __init__(self, *, first: float = 0.02, most: float = 1.0) -> None:
        self._next = first
        self._most = most

    async def wait(self) -> None:
        await asyncio.sleep(self._next * random.uniform(0.5, 1.0))  # noqa: S311 - jitter is no secret
        self._next = min(self._most, self._next * 2)
