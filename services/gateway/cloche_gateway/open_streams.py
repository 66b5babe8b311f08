"""How many streams each key has open on this gateway: each holds a buffer, for as long as its client likes."""

from collections import Counter

from starlette.types import Scope

from cloche_gateway.problems import ClientError

RETRY_SECONDS = 5
_KEY = "cloche.streams_of"


class OpenStreams:
    """One for each gateway. A key may have `most`."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: Counter[str] = Counter()

    def enter(self, scope: Scope, key: str) -> None:
        """The request opens a stream. `too_many_streams` if the key has as many as it may."""
        there = self._open[key]
        if there >= self._most:
            raise ClientError(
                "too_many_streams",
                f"this key has {there} streams open here, and may have {self._most}",
                headers={"Retry-After": str(RETRY_SECONDS)},
                extensions={"open": there, "max_open": self._most},
            )
        self._open[key] = there + 1
        scope[_KEY] = key

    def leave(self, scope: Scope) -> None:
        """The request is over, whatever it was."""
        key = scope.pop(_KEY, None)
        if key is not None:
            self._open[key] -= 1
            if not self._open[key]:
                del self._open[key]

    def of(self, key: str) -> int:
        return self._open[key]
