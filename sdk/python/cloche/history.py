"""The client's calls for events: of one evaluation until it is over, or of a tenant from any place on."""

from collections.abc import Sequence
from typing import TypedDict, Unpack

from cloche_schemas.events import EventName
from cloche_schemas.values import Outcome

from cloche.calls import path, query
from cloche.feed import PATIENCE_SECONDS, Event, Feed
from cloche.operations import streaming
from cloche.steps import Pairs, Stream


class Wanted(TypedDict, total=False):
    """What of a tenant's history is wanted, and from where to where.

    `from_` and `until` are ``beginning``, a cursor, a sequence, or a time (RFC 3339). A cursor and a time to begin at
    give what lies behind the one, and at the other or later; an end includes a cursor's event, and no time. Without
    `until` it ends with what is there, or with `follow` never. `labels` are ``key=value`` or ``key``, and all of them
    must fit; `outcomes` shows only `completed` events with one of them. `batch` is for evaluations of one batch; its
    progress, and its end, are told by ``client.batches.events``.
    """

    from_: str
    until: str
    follow: bool
    types: Sequence[EventName]
    labels: Sequence[str]
    outcomes: Sequence[Outcome]
    languages: Sequence[str]
    batch: str
    output: bool
    tenant: str


class EventCalls:
    #: Seconds without a sign of life, while connections fail, until a feed is given up.
    patience: float = PATIENCE_SECONDS

    @streaming
    def events(
        self, evaluation: str | None = None, *, after: str | None = None, **wanted: Unpack[Wanted]
    ) -> Stream[Event]:
        """Events in the order of the log, over as many connections as it takes, `after` a cursor.

        With an id alone: every event of that evaluation from its first, then live, until it is over. Else every event
        of the tenant that is wanted, of that evaluation only if one is given. `ApiError` also in the middle, where the
        archive turns out to be damaged. Keep the `cursor` of the last event to go on after it another time.

        >>> accepted = client.submit(SubmitEvaluation(code="print(6 * 7)"))
        >>> for event in client.events(accepted.id):
        ...     match event.event:
        ...         case OutputChunk(stream="stdout", data=data):
        ...             print(data)
        ...         case EvaluationCompleted(outcome=outcome, exit_code=code):
        ...             print(outcome, code)
        b'42\\n'
        succeeded 0
        """
        at, asked = path("events"), _query(evaluation, wanted)
        if evaluation is not None and not wanted:
            at, asked = path("evaluations", evaluation, "events"), ()
        return Feed(at, asked, after=after, patience=self.patience).events()


def _query(evaluation: str | None, wanted: Wanted) -> Pairs:
    asked: dict[str, object] = {
        "evaluation": evaluation,
        "batch": wanted.get("batch"),
        "from": wanted.get("from_"),
        "until": wanted.get("until"),
        "tenant": wanted.get("tenant"),
        "follow": wanted.get("follow"),
        "output": None if wanted.get("output", True) else "false",
        "type": list(wanted.get("types", ())),
        "label": list(wanted.get("labels", ())),
        "outcome": list(wanted.get("outcomes", ())),
        "language": list(wanted.get("languages", ())),
    }
    return query(**asked)
