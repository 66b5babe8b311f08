"""What the parts of the client share: a request, and its answer as a Struct."""

from abc import ABC, abstractmethod
from typing import TypeVar

T = TypeVar("T")


class Calls(ABC):
    """Base of the parts (`access.py`, `queue.py`); `Client` is all of them together."""

    @abstractmethod
    def _ask(
        self,
        method: str,
        path: str,
        shape: type[T],
        *,
        body: object = None,
        query: dict[str, str] | None = None,
    ) -> T:
        """The answer as `shape`; a `ClocheError` if there is none, or a refusal."""

    @abstractmethod
    def _bytes(self, method: str, path: str) -> bytes:
        """The same as it was sent."""
