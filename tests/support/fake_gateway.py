"""A gateway that plays a script: REST and server-sent events as the real one, and every way to break off."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote

import msgspec
from cloche_schemas.events import (
    CaseCompleted,
    EvaluationCompleted,
    EvaluationEvent,
    OutputChunk,
)
from cloche_schemas.values import (
    Artifact,
    CaseCounts,
    Outcome,
    SkippedArtifact,
    StreamName,
)
from cloche_schemas.views import (
    Accepted,
    ArtifactList,
    AttemptList,
    AttemptView,
    CaseList,
    CaseResult,
    EvaluationPage,
    EvaluationView,
    Problem,
)
from support.fake_answers import ALWAYS, ID, KEY, NOON
from support.fake_batches import FakeBatches
from support.fake_feed import Break, play
from support.fake_outputs import FakeOutputs


def chunk(index: int, data: bytes, stream: StreamName = "stdout", attempt: int = 1) -> OutputChunk:
    return OutputChunk(attempt=attempt, stream=stream, index=index, offset=0, data=data)


def completed(
    outcome: Outcome = "succeeded",
    exit_code: int | None = 0,
    signal: int | None = None,
    cases: CaseCounts | None = None,
) -> EvaluationCompleted:
    return EvaluationCompleted(
        outcome=outcome, attempt=1, exit_code=exit_code, signal=signal, cases=cases
    )


def problem(status: int, code: str, title: str) -> Problem:
    return Problem(type="about:blank", title=title, status=status, code=code)


class FakeGateway:
    """One evaluation. A stream stays open until the last of `events` is an end; `cancelled` is set by a cancel.

    `breaks` maps a number of events to how the connection ends that was to bring the last of them.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.changed = threading.Condition()
        self.events: list[EvaluationEvent] = []
        self.breaks: dict[int, Break] = {}
        self.submitted: list[bytes] = []
        self.resumed_after: list[str | None] = []
        #: The queries under which the history was asked for.
        self.asked: list[str] = []
        self.cancelled = threading.Event()
        self.on_cancel: list[EvaluationEvent] = []
        self.problem: Problem | None = None
        self.batches = FakeBatches()
        self.keys: list[str | None] = []
        #: What the list of artifacts says, and what is sent under each name.
        self.artifacts = ArtifactList(attempt=1, complete=True)
        self.files: dict[str, bytes] = {}
        self.closing = False
        self.outputs = FakeOutputs(self.events)
        self.blobs: dict[str, bytes] = {}
        self.attempts = AttemptList(items=(AttemptView(number=1),), counts=1)
        self.reruns: list[bytes] = []
        #: Pages of the list that follow; None: there is always one more.
        self.more_pages: int | None = None

    def add(self, *events: EvaluationEvent) -> None:
        with self.changed:
            self.events.extend(events)
            self.changed.notify_all()

    def leave(self, files: dict[str, bytes], *skipped: SkippedArtifact) -> None:
        """The program has left `files`."""
        offset, listed = 0, []
        for name, data in files.items():
            digest = hashlib.sha256(data).hexdigest()
            listed.append(Artifact(name=name, size=len(data), sha256=digest, offset=offset))
            offset += len(data)
        self.artifacts = ArtifactList(
            attempt=1, complete=True, items=tuple(listed), skipped=skipped
        )
        self.files = files

    def over(self) -> bool:
        return bool(self.events) and isinstance(self.events[-1], EvaluationCompleted)

    def view(self) -> EvaluationView:
        last = self.events[-1] if self.events else None
        if not isinstance(last, EvaluationCompleted):
            return EvaluationView(id=ID, status="running", submitted_at=NOON)
        return EvaluationView(
            id=ID,
            status="completed",
            outcome=last.outcome,
            exit_code=last.exit_code,
            signal=last.signal,
            cases=last.cases,
            stdout=last.stdout,
            stderr=last.stderr,
            submitted_at=NOON,
        )

    def cases(self) -> CaseList:
        ended = [event for event in self.events if isinstance(event, CaseCompleted)]
        items = tuple(msgspec.convert(e, CaseResult, from_attributes=True) for e in ended)
        return CaseList(attempt=1, complete=self.over(), total=len(items), items=items)


@contextmanager
def serving() -> Iterator[FakeGateway]:
    """The fake on a free port while inside."""
    server = _Server(("127.0.0.1", 0), _Handler)
    fake = server.fake = FakeGateway(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield fake
    finally:
        fake.closing = True
        with fake.changed:
            fake.changed.notify_all()
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    fake: FakeGateway


class _Handler(BaseHTTPRequestHandler):
    @property
    def fake(self) -> FakeGateway:
        assert isinstance(self.server, _Server)
        return self.server.fake

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Quiet."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.fake.keys.append(self.headers.get("Idempotency-Key"))
        if self._refused() or self._of_batches("POST", body):
            return
        if self.path == "/v1/evaluations":
            self.fake.submitted.append(body)
            self._json(202, Accepted(id=ID))
        elif self.path == f"/v1/evaluations/{ID}/rerun":
            self.fake.reruns.append(body)
            self._json(202, Accepted(id=ID))
        elif self.path == f"/v1/evaluations/{ID}/cancel":
            if self.fake.over():
                self._problem(problem(409, "already_over", "Over already"))
                return
            self.fake.cancelled.set()
            self._json(202, {})
            self.fake.add(*self.fake.on_cancel)

    def do_PUT(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"]))
        if not self._refused():
            self.fake.blobs[self.path.removeprefix("/v1/blobs/")] = data
            self._json(201, {})

    def do_HEAD(self) -> None:
        there = self.path.removeprefix("/v1/blobs/") in self.fake.blobs
        known = self.headers.get("Authorization") == f"Bearer {KEY}"
        self.send_response((200 if there else 404) if known else 401)
        self.end_headers()

    def do_GET(self) -> None:
        if self._refused() or self._of_batches("GET", b""):
            return
        path, _, query = self.path.partition("?")
        if path == "/v1/evaluations":
            self._json(200, EvaluationPage(items=(self.fake.view(),), next_cursor=self._next()))
        elif path in {f"/v1/evaluations/{ID}/events", "/v1/events"}:
            self.fake.asked += [unquote(query)] if path == "/v1/events" else []
            self._stream(follow=path != "/v1/events" or "follow=true" in query)
        elif path.startswith(f"/v1/evaluations/{ID}/output"):
            self._output(path, parse_qs(query))
        elif (answer := self._answer(path)) is not None:
            self._json(200, answer)
        elif (data := self._file(path)) is not None:
            self._bytes(200, data)
        else:
            self._problem(problem(404, "not_found", "No such evaluation"))

    def _answer(self, path: str) -> object:
        """What is answered with JSON as it is now."""
        match path.removeprefix(f"/v1/evaluations/{ID}"):
            case "":
                return self.fake.view()
            case "/cases":
                return self.fake.cases()
            case "/attempts":
                return self.fake.attempts
            case "/artifacts":
                return self.fake.artifacts
            case _:
                return ALWAYS.get(path)

    def _next(self) -> str | None:
        if self.fake.more_pages is not None:
            self.fake.more_pages -= 1
        return None if self.fake.more_pages == -1 else "more"

    def _file(self, path: str) -> bytes | None:
        """An artifact or a blob."""
        blob = self.fake.blobs.get(path.removeprefix("/v1/blobs/"))
        return blob or self.fake.files.get(unquote(path.partition("/artifacts/")[2]))

    def _output(self, path: str, query: dict[str, list[str]]) -> None:
        if path.endswith("/search"):
            self._json(200, self.fake.outputs.search(query))
        else:
            self._bytes(200, self.fake.outputs.read(query, self.headers.get("Range", "")))

    def _stream(self, *, follow: bool) -> None:
        given = self.headers.get("Last-Event-ID")
        self.fake.resumed_after.append(given)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        play(self.fake, given, self.wfile, follow=follow)

    def _of_batches(self, method: str, body: bytes) -> bool:
        answer = self.fake.batches.answer(method, self.path, body)
        if answer is not None:
            self._json(*answer)
        return answer is not None

    def _refused(self) -> bool:
        if self.headers.get("Authorization") != f"Bearer {KEY}":
            self._problem(problem(401, "unauthorised", "Key missing or wrong"))
            return True
        if self.fake.problem is not None:
            self._problem(self.fake.problem)
            return True
        return False

    def _problem(self, problem: Problem) -> None:
        self._bytes(problem.status, msgspec.json.encode(problem), "application/problem+json")

    def _json(self, status: int, value: object) -> None:
        self._bytes(status, msgspec.json.encode(value), "application/json")

    def _bytes(self, status: int, body: bytes, kind: str = "application/octet-stream") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
