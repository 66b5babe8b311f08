"""`ProgressBoard` of the bus in memory."""

from collections.abc import Callable

from cloche_kit.progress import Progress


class MemoryProgress:
    """See `ProgressBoard`."""

    def __init__(self, sound: Callable[[], None]) -> None:
        self._sound = sound
        self._said: dict[str, Progress] = {}

    async def say(self, projection: str, progress: Progress) -> None:
        """See `ProgressBoard`."""
        self._sound()
        self._said[projection] = progress

    async def said(self) -> dict[str, Progress]:
        """See `ProgressBoard`."""
        self._sound()
        return dict(self._said)
