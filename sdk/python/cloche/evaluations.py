"""The client's calls about evaluations: submitting them, reading them, and waiting for their end."""

from collections.abc import Mapping
from typing import Unpack

from cloche_schemas.commands import CancelEvaluation, SubmitEvaluation
from cloche_schemas.timeline import Timeline
from cloche_schemas.values import TERMINAL_STATUSES
from cloche_schemas.views import (
    Accepted,
    ArtifactList,
    AttemptList,
    CaseList,
    EvaluationPage,
    EvaluationView,
    LanguageList,
)
from msgspec.structs import replace

from cloche.blobs import slim
from cloche.calls import ask, checked, path, result_of, segment, tell
from cloche.downloads import Download, pieces
from cloche.errors import Unreachable
from cloche.feed import PATIENCE_SECONDS, Feed
from cloche.listing import Selected, page
from cloche.operations import operation, streaming
from cloche.retries import Retries, refused_for_now
from cloche.steps import Call, Exchange, Given, Steps, Stream, drained

#: So long a look waits on the server: less than the 40 s of silence after which a connection is given up.
MOST_WAIT_SECONDS = 30
#: Items of a page where all are wanted: the most that the server gives.
WHOLE_PAGE = 200


class EvaluationCalls:
    #: Seconds without a sign of life, while connections fail, until a feed is given up.
    patience: float = PATIENCE_SECONDS
    #: How what failed for now is sent again.
    retries: Retries = Retries()

    @operation
    def submit(
        self, evaluation: SubmitEvaluation, *, idempotency_key: str | None = None
    ) -> Steps[Accepted]:
        """Put a program on the log to be run. It is safe there when this returns.

        With an `idempotency_key` it is sent again by itself after an error for now, and may be called again after any:
        the same evaluation comes back, for ever. `Invalid` if the key was used for another one. Without one it is sent
        once, unless it surely did not arrive. What is too large for one request is sent ahead as blobs.

        >>> program = SubmitEvaluation(code="print(6 * 7)", labels={"run": "7"})
        >>> accepted = client.submit(program, idempotency_key="run-7")
        >>> client.submit(program, idempotency_key="run-7").id == accepted.id
        True
        """
        return submitted(evaluation, idempotency_key)

    @operation
    def run(
        self,
        evaluation: SubmitEvaluation,
        *,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> Steps[EvaluationView]:
        """Submit a program and wait for its end, at most `timeout` seconds (`NotOver`): it ends anyhow.

        >>> limits = LimitsBody(wall_seconds=5, memory_bytes=128 << 20)
        >>> view = client.run(SubmitEvaluation(code="raise SystemExit(3)", limits=limits))
        >>> view.outcome, view.exit_code
        ('failed', 3)
        """
        accepted = yield from submitted(evaluation, idempotency_key)
        return (yield from waited(accepted.id, self.patience, timeout))

    @operation
    def get(self, evaluation: str, *, wait: int = 0) -> Call[EvaluationView]:
        """An evaluation as it is now, or with `wait` as soon as it is over, or as it is after so many seconds: at most
        30, for proxies on the way cut off what is silent for long. `NotFound` if this key's tenant has none of this id.

        >>> accepted = client.submit(SubmitEvaluation(code="print(1)"))
        >>> client.get(accepted.id, wait=30).outcome
        'succeeded'
        """
        return got(evaluation, wait)

    @operation
    def list(
        self, *, limit: int | None = None, cursor: str | None = None, **selected: Unpack[Selected]
    ) -> Call[EvaluationPage]:
        """A page of evaluations that are `selected`, newest first; `cursor` is the last page's `next_cursor`.

        >>> page = client.list(limit=2, status="completed", outcome=["failed", "timed_out"])
        >>> len(page.items) <= 2
        True
        """
        return page(selected, limit, cursor)

    @streaming
    def each(self, **selected: Unpack[Selected]) -> Stream[EvaluationView]:
        """All that are `selected`, newest first, page after page.

        >>> [view.id for view in client.each(status="dead_lettered")]
        []
        """
        cursor: str | None = None
        while True:
            found = yield from page(selected, WHOLE_PAGE, cursor)
            for view in found.items:
                yield Given(view)
            if (cursor := found.next_cursor) is None:
                return

    @operation
    def cancel(self, evaluation: str, *, reason: str = "") -> Call[None]:
        """Ask for the end of an evaluation. `Conflict` if it is over. It is cancelled when its events say so.

        >>> later = client.submit(SubmitEvaluation(code="print(1)", delay_seconds=3600))
        >>> client.cancel(later.id, reason="no longer needed")
        >>> client.wait(later.id).outcome
        'cancelled'
        """
        at = path("evaluations", evaluation, "cancel")
        return tell("POST", at, body=CancelEvaluation(reason=reason))

    @operation
    def rerun(
        self,
        evaluation: str,
        changes: Mapping[str, object] | None = None,
        *,
        idempotency_key: str | None = None,
    ) -> Call[Accepted]:
        """Run it again as a new evaluation, whose `rerun_of` is this one.

        `changes` is a JSON Merge Patch (RFC 7396) over what was submitted: ``{"limits": {"wall_seconds": 5}}``; None
        takes a member away, lists are given whole. `Invalid` if that is no submission any more.

        >>> first = client.run(SubmitEvaluation(code="print(input())", stdin="1"))
        >>> again = client.rerun(first.id, {"stdin": "2"})
        >>> client.wait(again.id).rerun_of == first.id, client.output(again.id)
        (True, b'2\\n')
        """
        return ask(
            "POST",
            path("evaluations", evaluation, "rerun"),
            Accepted,
            body=dict(changes or {}),
            media_type="application/merge-patch+json",
            key=idempotency_key,
        )

    @operation
    def wait(self, evaluation: str, *, timeout: float | None = None) -> Steps[EvaluationView]:
        """The evaluation once it is over; `NotOver` if that takes more than `timeout` seconds."""
        return waited(evaluation, self.patience, timeout)

    @operation
    def attempts(self, evaluation: str) -> Call[AttemptList]:
        """Every attempt: where it ran, and how it ended."""
        return ask("GET", path("evaluations", evaluation, "attempts"), AttemptList)

    @operation
    def timeline(self, evaluation: str) -> Call[Timeline]:
        """Where its time went, as spans rebuilt from its events: each after the one that it is a part of.

        >>> view = client.run(SubmitEvaluation(code="print(1)"))
        >>> [span.name for span in client.timeline(view.id).spans][:3]
        ['evaluation', 'dequeue', 'run attempt']
        """
        return ask("GET", path("evaluations", evaluation, "timeline"), Timeline)

    @operation
    def cases(self, evaluation: str) -> Call[CaseList]:
        """What became of each case so far.

        >>> cases = (CaseBody(stdin="1 2", expected_stdout="3"), CaseBody(stdin="2 2", expected_stdout="5"))
        >>> add = SubmitEvaluation(code="print(sum(map(int, input().split())))", cases=cases)
        >>> [case.passed for case in client.cases(client.run(add).id).items]
        [True, False]
        """
        return ask("GET", path("evaluations", evaluation, "cases"), CaseList)

    @operation
    def artifacts(self, evaluation: str) -> Call[ArtifactList]:
        """The files that the program left, and those that did not come back."""
        return ask("GET", path("evaluations", evaluation, "artifacts"), ArtifactList)

    @operation
    def artifact(self, evaluation: str, name: str) -> Call[bytes]:
        """One file that the program left, whole in memory."""
        return Download(_of_artifact(evaluation, name)).call()

    @streaming
    def artifact_pieces(self, evaluation: str, name: str) -> Stream[bytes]:
        """The same in pieces, as they arrive, read on where a connection breaks off.

        cloche.saving writes all of them into a folder, safely.
        """
        return pieces(Download(_of_artifact(evaluation, name)), self.retries)

    @operation
    def languages(self) -> Call[LanguageList]:
        """What `language`, `image` and the names in `env` of a submission may be.

        >>> "python" in [language.name for language in client.languages().items]
        True
        """
        return ask("GET", path("languages"), LanguageList)


def got(evaluation: str, wait: int = 0) -> Call[EvaluationView]:
    """An evaluation as it is now, or once it is over, at most `wait` seconds from now."""
    call = ask("GET", path("evaluations", evaluation), EvaluationView)
    if wait <= 0:
        return call
    prefer = ("Prefer", f"wait={min(wait, MOST_WAIT_SECONDS)}")
    return replace(call, headers=(*call.headers, prefer), pace="feed")


def submitted(evaluation: SubmitEvaluation, key: str | None) -> Steps[Accepted]:
    """A key that cannot be one is refused before anything is sent ahead."""
    key = None if key is None else checked(key)
    body = yield from slim(evaluation)
    return (yield from ask("POST", path("evaluations"), Accepted, body=body, key=key))


def waited(evaluation: str, patience: float, timeout: float | None) -> Steps[EvaluationView]:
    """The first look waits on the server; for what takes longer, the feed says when to look again."""
    feed = Feed(path("evaluations", evaluation, "events"), patience=patience, within=timeout)
    look = got(evaluation, MOST_WAIT_SECONDS if timeout is None else int(timeout))
    view: EvaluationView | None = None
    try:
        answer = yield from Exchange(look)
    except Unreachable as error:
        if error.sent:
            # It broke off while it waited. The feed has the patience for a gateway that comes back.
            yield from drained(feed.events())
    else:
        view = None if refused_for_now(look, answer) else result_of(look, answer)
    if view is None:
        view = yield from got(evaluation)
    while view.status not in TERMINAL_STATUSES:
        yield from drained(feed.events())
        view = yield from got(evaluation)
    return view


def _of_artifact(evaluation: str, name: str) -> str:
    folder = path("evaluations", evaluation, "artifacts")
    return folder + "".join(f"/{segment(part)}" for part in name.split("/"))
