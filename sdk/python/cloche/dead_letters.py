"""The part of the client that is about dead letters: ``client.dead_letters``."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

from cloche_schemas.dead_letters import (
    DeadLetter,
    DeadLetterPage,
    LetterKind,
    PurgeReport,
    Requeued,
    RequeueReport,
    SelectDeadLetters,
)

T = TypeVar("T")
_PATH = "/v1/dead-letters"
_ALL = SelectDeadLetters()


class Ask(Protocol):
    """One request, its answer in this shape."""

    def __call__(
        self,
        method: str,
        path: str,
        shape: type[T],
        *,
        body: object = None,
        query: dict[str, str] | None = None,
    ) -> T: ...


class DeadLetters:
    """Evaluations that were given up, and messages that a service could not digest. Every method may raise
    `ClocheError`s."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def list(
        self,
        *,
        kind: LetterKind | None = None,
        reason: str | None = None,
        handler: str | None = None,
        since: datetime | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> DeadLetterPage:
        """A page, oldest first; `cursor` is the last page's `next_cursor`."""
        asked: dict[str, Any] = {
            "kind": kind,
            "reason": reason,
            "handler": handler,
            "since": None if since is None else since.isoformat(),
            "limit": limit,
            "cursor": cursor,
        }
        query = {name: str(value) for name, value in asked.items() if value is not None}
        return self._ask("GET", _PATH, DeadLetterPage, query=query)

    def each(
        self,
        *,
        kind: LetterKind | None = None,
        reason: str | None = None,
        handler: str | None = None,
        since: datetime | None = None,
    ) -> Iterator[DeadLetter]:
        """All of them, page after page."""
        cursor: str | None = None
        while True:
            page = self.list(kind=kind, reason=reason, handler=handler, since=since, cursor=cursor)
            yield from page.items
            if (cursor := page.next_cursor) is None:
                return

    def get(self, letter: str) -> DeadLetter:
        """One of them, with its payload."""
        return self._ask("GET", _path(letter), DeadLetter)

    def requeue(self, letter: str) -> Requeued:
        """Run its submission again, as a new evaluation. `Conflict` if it carries none. Asked twice, runs once."""
        return self._ask("POST", f"{_path(letter)}/requeue", Requeued)

    def requeue_all(self, select: SelectDeadLetters = _ALL) -> RequeueReport:
        """The same for those that fit, at most `limit` of them; which stay, and whether there are more."""
        return self._ask("POST", f"{_PATH}/requeue", RequeueReport, body=select)

    def delete(self, letter: str) -> DeadLetter:
        """Throw it away; what it was."""
        return self._ask("DELETE", _path(letter), DeadLetter)

    def purge(self, select: SelectDeadLetters = _ALL) -> PurgeReport:
        """Throw those away that fit, at most `limit` of them."""
        return self._ask("POST", f"{_PATH}/purge", PurgeReport, body=select)


def _path(letter: str) -> str:
    return f"{_PATH}/{quote(letter, safe='').replace('.', '%2E')}"
