"""What the parts of the client share: a request, and its answer as a Struct."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
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
    def _pieces(
        self,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[bytes]:
        """The bytes of an answer as they arrive; a `ClocheError` if there is none, a refusal, or it breaks off."""
