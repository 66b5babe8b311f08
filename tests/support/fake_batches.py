"""One batch that plays a script: what is seen of it at each look, and what was asked of it."""

from datetime import UTC, datetime
from urllib.parse import parse_qs

from cloche_schemas.batches import BatchAccepted, BatchCancelled, BatchPage, BatchView
from cloche_schemas.values import BatchPlace, Outcome, Status
from cloche_schemas.views import EvaluationPage, EvaluationView, Problem

BATCH = "01890000-0000-7000-8000-00000000000b"
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def look(by_status: dict[Status, int], by_outcome: dict[Outcome, int]) -> BatchView:
    """The batch as it may be seen."""
    return BatchView(
        id=BATCH,
        name="b",
        size=sum(by_status.values()),
        by_status=by_status,
        by_outcome=by_outcome,
        created_at=NOON,
    )


def member(index: int, outcome: Outcome) -> EvaluationView:
    return EvaluationView(
        id=f"01890000-0000-7000-8000-0000000000{index:02x}",
        status="completed",
        outcome=outcome,
        name=f"p{index}.py",
        batch=BatchPlace(id=BATCH, index=index, size=9),
        submitted_at=NOON,
    )


class FakeBatches:
    """`looks` are seen one after another, the last one for ever. `asked`: every request but looks."""

    def __init__(self) -> None:
        self.looks: list[BatchView] = [look({"completed": 2}, {"succeeded": 2})]
        self.members: tuple[EvaluationView, ...] = ()
        self.submitted: list[bytes] = []
        self.asked: list[tuple[str, bytes]] = []
        #: What is seen once it has been cancelled.
        self.after_cancel: list[BatchView] = []
        self.members_after_cancel: tuple[EvaluationView, ...] = ()

    def answer(self, method: str, address: str, body: bytes) -> tuple[int, object] | None:
        """Status and body; None if that is no path of batches."""
        path, _, query = address.partition("?")
        if not path.startswith("/v1/batches"):
            return None
        if path == f"/v1/batches/{BATCH}":
            return 200, self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        self.asked.append((f"{method} {address}", body))
        answer: tuple[int, object]
        match path.removeprefix("/v1/batches").removeprefix(f"/{BATCH}"):
            case "":
                answer = self._collection(method, body)
            case "/evaluations":
                answer = 200, self._page(parse_qs(query))
            case "/cancel":
                self.looks = self.after_cancel or self.looks
                self.members = self.members_after_cancel or self.members
                answer = 202, BatchCancelled(id=BATCH, cancelled=1, already_over=1)
            case "/events":
                # As a server that has none.
                answer = 404, Problem(type="", title="Nothing there", status=404, code="not_found")
            case _:
                answer = 202, BatchAccepted(id=BATCH, size=1)
        return answer

    def _collection(self, method: str, body: bytes) -> tuple[int, object]:
        if method == "GET":
            return 200, BatchPage(items=(self.looks[0],), next_cursor="more")
        self.submitted.append(body)
        return 202, BatchAccepted(id=BATCH, size=self.looks[0].size)

    def _page(self, query: dict[str, list[str]]) -> EvaluationPage:
        """Two at a time."""
        after = int(query.get("cursor", ["0"])[0])
        wanted = query.get("outcome")
        found = [m for m in self.members if wanted is None or m.outcome == wanted[0]]
        more = str(after + 2) if len(found) > after + 2 else None
        return EvaluationPage(items=tuple(found[after : after + 2]), next_cursor=more)
