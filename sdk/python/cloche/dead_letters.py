"""The part of the client that is about dead letters: ``client.dead_letters``."""

from datetime import datetime

from cloche_schemas.dead_letters import (
    DeadLetter,
    DeadLetterPage,
    LetterKind,
    PurgeReport,
    Requeued,
    RequeueReport,
    SelectDeadLetters,
)

from cloche.calls import ask, path, query
from cloche.operations import Awaiting, Blocking, operation, streaming
from cloche.steps import Call, Given, Stream

_ALL = SelectDeadLetters()


class DeadLetterCalls:
    """Evaluations that were given up, and messages that a service could not digest. Every method may raise
    `ClocheError`s."""

    @operation
    def list(
        self,
        *,
        kind: LetterKind | None = None,
        reason: str | None = None,
        handler: str | None = None,
        since: datetime | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Call[DeadLetterPage]:
        """A page, oldest first; `cursor` is the last page's `next_cursor`."""
        return _page(kind, reason, handler, since, limit, cursor)

    @streaming
    def each(
        self,
        *,
        kind: LetterKind | None = None,
        reason: str | None = None,
        handler: str | None = None,
        since: datetime | None = None,
    ) -> Stream[DeadLetter]:
        """All of them, page after page."""
        cursor: str | None = None
        while True:
            page = yield from _page(kind, reason, handler, since, None, cursor)
            for letter in page.items:
                yield Given(letter)
            if (cursor := page.next_cursor) is None:
                return

    @operation
    def get(self, letter: str) -> Call[DeadLetter]:
        """One of them, with its payload."""
        return ask("GET", path("dead-letters", letter), DeadLetter)

    @operation
    def requeue(self, letter: str) -> Call[Requeued]:
        """Run its submission again, as a new evaluation. `Conflict` if it carries none. Asked twice, runs once."""
        return ask("POST", path("dead-letters", letter, "requeue"), Requeued, repeatable=True)

    @operation
    def requeue_all(self, select: SelectDeadLetters = _ALL) -> Call[RequeueReport]:
        """The same for those that fit, at most `limit` of them; which stay, and whether there are more."""
        return ask("POST", path("dead-letters", "requeue"), RequeueReport, body=select)

    @operation
    def delete(self, letter: str) -> Call[DeadLetter]:
        """Throw it away; what it was."""
        return ask("DELETE", path("dead-letters", letter), DeadLetter)

    @operation
    def purge(self, select: SelectDeadLetters = _ALL) -> Call[PurgeReport]:
        """Throw those away that fit, at most `limit` of them."""
        return ask("POST", path("dead-letters", "purge"), PurgeReport, body=select)


class DeadLetters(DeadLetterCalls, Blocking):
    """``Client.dead_letters``."""


class AsyncDeadLetters(DeadLetterCalls, Awaiting):
    """``AsyncClient.dead_letters``."""


def _page(
    kind: LetterKind | None,
    reason: str | None,
    handler: str | None,
    since: datetime | None,
    limit: int | None,
    cursor: str | None,
) -> Call[DeadLetterPage]:
    asked = query(
        kind=kind,
        reason=reason,
        handler=handler,
        since=None if since is None else since.isoformat(),
        limit=limit,
        cursor=cursor,
    )
    return ask("GET", path("dead-letters"), DeadLetterPage, query=asked)
