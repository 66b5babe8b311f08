"""The client's calls for events: of one evaluation until it is over, or of a tenant from any place on."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import TypedDict, Unpack
from urllib.parse import quote

import httpx2
from cloche_schemas.events import EventName
from cloche_schemas.values import Outcome

from cloche.calls import Calls
from cloche.feed import Event, Feed

Query = list[tuple[str, str | int | float | bool | None]]


class Wanted(TypedDict, total=False):
    """What of a tenant's history is wanted, and from where to where.

    `from_` and `until` are ``beginning``, a cursor, a sequence, or a time (RFC 3339). A cursor and a time to begin at
    give what lies behind the one, and at the other or later; an end includes a cursor's event, and no time. Without
    `until` it ends with what is there, or with `follow` never. `labels` are ``key=value`` or ``key``, and all of them
    must fit; `outcomes` shows only `completed` events with one of them.
    """

    from_: str
    until: str
    follow: bool
    types: Sequence[EventName]
    labels: Sequence[str]
    outcomes: Sequence[Outcome]
    output: bool
    tenant: str


class EventCalls(Calls):
    @abstractmethod
    def _open(self, path: str, query: Query, cursor: str | None) -> httpx2.Response | None:
        """A stream of server-sent events after a cursor; None where nothing comes after it."""

    @property
    @abstractmethod
    def _feed_patience(self) -> float: ...

    def events(
        self, evaluation: str | None = None, *, after: str | None = None, **wanted: Unpack[Wanted]
    ) -> Iterator[Event]:
        """Events in the order of the log, over as many connections as it takes, `after` a cursor.

        With an id alone: every event of that evaluation from its first, then live, until it is over. Else every event
        of the tenant that is wanted, of that evaluation only if one is given. `ApiError` also in the middle, where the
        archive turns out to be damaged.
        """
        if evaluation is not None and not wanted:
            path, query = f"/v1/evaluations/{_segment(evaluation)}/events", Query()
        else:
            path, query = "/v1/events", _query(evaluation, wanted)

        def connect(cursor: str | None) -> httpx2.Response | None:
            return self._open(path, query, cursor)

        return iter(Feed(connect, after=after, patience=self._feed_patience))


def _query(evaluation: str | None, wanted: Wanted) -> Query:
    query: Query = [] if evaluation is None else [("evaluation", evaluation)]
    query += [("from", wanted["from_"])] if "from_" in wanted else []
    query += [("until", wanted["until"])] if "until" in wanted else []
    query += [("tenant", wanted["tenant"])] if "tenant" in wanted else []
    query += [("follow", "true")] if wanted.get("follow") else []
    query += [] if wanted.get("output", True) else [("output", "false")]
    query += [("type", name) for name in wanted.get("types", ())]
    query += [("label", label) for label in wanted.get("labels", ())]
    return query + [("outcome", outcome) for outcome in wanted.get("outcomes", ())]


def _segment(text: str) -> str:
    """An id as one segment of a path, whatever it contains."""
    return quote(text, safe="").replace(".", "%2E")
