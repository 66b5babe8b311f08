"""`Roll` in memory."""

import asyncio
from collections.abc import Callable

from cloche_kit.topology import PRESENCE_SECONDS


class MemoryRoll:
    """See `Roll`."""

    def __init__(self, sound: Callable[[], None]) -> None:
        self._sound = sound
        self._said: dict[str, tuple[bytes, float]] = {}

    async def announce(self, name: str, data: bytes) -> None:
        self._sound()
        self._said[name] = (data, _now() + PRESENCE_SECONDS)

    async def withdraw(self, name: str) -> None:
        self._sound()
        self._said.pop(name, None)

    async def there(self) -> list[bytes]:
        self._sound()
        return [data for data, until in self._said.values() if until > _now()]


def _now() -> float:
    return asyncio.get_running_loop().time()
