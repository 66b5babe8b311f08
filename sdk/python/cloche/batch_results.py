"""How far batches are, and their evaluations as they end: told by the feed of one, by looks at several.

The feed says which has ended, in the order of the log. Each is read by itself while they end one by one. Where many end
at once they are read page by page, not too often, and what the pages have brought is not read again when its end comes
by the feed; so a far away client keeps up with a fast batch.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from cloche_schemas.batches import BatchProgress, BatchView
from cloche_schemas.events import EvaluationCompleted, EvaluationDeadLettered
from cloche_schemas.values import TERMINAL_STATUSES, Outcome, Status
from cloche_schemas.views import EvaluationPage, EvaluationView

from cloche.calls import ask, path, query
from cloche.errors import ClocheError, NotFound
from cloche.evaluations import WHOLE_PAGE
from cloche.feed import Event, Feed
from cloche.many import Progress, together, unseen
from cloche.steps import NOTHING, Call, Came, Finished, Given, Sleep, Stream, resumed

#: Seconds between two looks at a batch: soon at first, then less often.
FIRST_LOOK = 0.1
LATER_LOOKS = 2.0
#: So many are read one by one at once, and so many more for each second that passes.
SINGLY_AT_ONCE, SINGLY_A_SECOND = 20.0, 10.0
Tell = Callable[[Progress], None]


def got(batch: str) -> Call[BatchView]:
    """A look at a batch."""
    return ask("GET", path("batches", batch), BatchView)


def feed_of(
    batch: str,
    patience: float,
    progress: Callable[[BatchProgress], None] | None = None,
    after: str | None = None,
) -> Feed:
    at = path("batches", batch, "events")
    return Feed(at, after=after, patience=patience, progress=progress)


def page(batch: str, **asked: object) -> Call[EvaluationPage]:
    """A page of its evaluations."""
    return ask("GET", path("batches", batch, "evaluations"), EvaluationPage, query=query(**asked))


def members(
    batch: str, *, status: Status | None = None, outcome: Outcome | None = None
) -> Stream[EvaluationView]:
    """All of its evaluations, page by page."""
    cursor = None
    while True:
        found = yield from page(
            batch, limit=WHOLE_PAGE, cursor=cursor, status=status, outcome=outcome
        )
        for view in found.items:
            yield Given(view)
        cursor = found.next_cursor
        if cursor is None:
            return


def results(
    batches: Sequence[str], patience: float, progress: Tell | None
) -> Stream[EvaluationView]:
    """Those that are over, as they are over, until all of them are."""
    known: dict[str, set[str]] = {batch: set() for batch in batches}
    if len(batches) == 1:
        (batch,) = batches
        look = yield from got(batch)
        if progress is not None:
            progress(together([look]))
        if look.over < look.size:
            # A server that has no feeds of batches is looked at again and again.
            with suppress(NotFound):
                yield from _Followed(batch, patience, known[batch], progress).views()
            if len(known[batch]) == look.size:
                # The rows may be a moment behind, and say less than was told.
                return
    yield from _looked_at(known, progress)


class _Followed:
    """One batch by its feed. `known`: the ids of those that were given."""

    def __init__(self, batch: str, patience: float, known: set[str], progress: Tell | None) -> None:
        self._batch = batch
        self._known = known
        self._progress = progress
        self._feed = feed_of(batch, patience, self._told)
        self._ended: list[str] = []
        self._due = False
        self._singly, self._filled = SINGLY_AT_ONCE, time.monotonic()
        self._pause, self._looked = FIRST_LOOK, 0.0

    def views(self) -> Stream[EvaluationView]:
        """Until the feed ends; what has ended and was not given by then is left to who looks."""
        events = self._feed.events()
        step = resumed(events)
        while not isinstance(step, Finished):
            came = NOTHING
            if isinstance(step, Given):
                self._saw(step.item)
            else:
                # What a piece of the feed says ends with how far the batch is: what ended in it is read now.
                if self._due:
                    yield from self._read()
                try:
                    came = Came((yield step))
                except ClocheError as error:
                    came = Came(error=error)
            step = resumed(events, came)
        yield from self._read()

    def _saw(self, event: Event) -> None:
        over = isinstance(event.event, EvaluationCompleted | EvaluationDeadLettered)
        if over and event.envelope.subject not in self._known:
            self._ended.append(event.envelope.subject)

    def _told(self, seen: BatchProgress) -> None:
        self._due = True
        if self._progress is not None:
            self._progress(together([seen]))

    def _read(self) -> Stream[EvaluationView]:
        self._due = False
        wanted = [id_ for id_ in self._ended if id_ not in self._known]
        if len(wanted) > self._allowed():
            now = time.monotonic()
            if (wait := self._looked + self._pause - now) > 0:
                yield from Sleep(wait)
            yield from unseen(members(self._batch, status="completed"), self._known)
            self._looked = time.monotonic()
            self._pause = min(self._pause * 1.5, LATER_LOOKS)
            wanted = [id_ for id_ in wanted if id_ not in self._known][: int(SINGLY_AT_ONCE)]
        self._singly -= len(wanted)
        for id_ in wanted:
            view = yield from ask("GET", path("evaluations", id_), EvaluationView)
            if view.status in TERMINAL_STATUSES:
                self._known.add(id_)
                yield Given(view)
        self._ended = [id_ for id_ in self._ended if id_ not in self._known]

    def _allowed(self) -> float:
        """How many may be read one by one now."""
        now = time.monotonic()
        gained = (now - self._filled) * SINGLY_A_SECOND
        self._singly, self._filled = min(self._singly + gained, SINGLY_AT_ONCE), now
        return self._singly


def _looked_at(known: dict[str, set[str]], progress: Tell | None) -> Stream[EvaluationView]:
    """Looks until all are over and given. Rows may be a moment behind a feed."""
    looks: dict[str, BatchView] = {}
    pause = FIRST_LOOK
    while True:
        for batch, ids in known.items():
            last = looks.get(batch)
            if last is not None and last.over == last.size == len(ids):
                continue
            look = looks[batch] = yield from got(batch)
            for status in TERMINAL_STATUSES if look.over > len(ids) else ():
                if look.by_status.get(status):
                    yield from unseen(members(batch, status=status), ids)
        if progress is not None:
            progress(together(looks.values()))
        if all(looks[batch].size == len(ids) for batch, ids in known.items()):
            return
        yield from Sleep(pause)
        pause = min(pause * 1.5, LATER_LOOKS)
