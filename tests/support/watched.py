"""A running system that is watched: scraped by Prometheus, its spans collected, after a workload of everything once."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from cloche_local.folder import DataFolder, Secrets
from support.otlp_sink import Sink, collecting
from support.prometheus import Prometheus, scraping
from support.system import System, running

#: What must not be found in any log: it stands in programs, in what they read, and in what they write.
CODE_MARK = "code-mark-5b1f"
OUTPUT_MARK = "output-mark-9c2e"
STDIN_MARK = "stdin-mark-77aa"
ENV_MARK = "env-mark-41d0"
MARKS = (CODE_MARK, OUTPUT_MARK, STDIN_MARK, ENV_MARK)
HELLO = f"# {CODE_MARK}\nimport sys\nprint('output-mark' + '-9c2e', sys.stdin.read())"
SLOW = "import time; print(0, flush=True); time.sleep(60)"
SERVICES = ("gateway", "executor", "storage", "projector")


class Watched:
    """The system, who watches it, and the evaluations of the workload by what they are for."""

    def __init__(self, system: System, prometheus: Prometheus, sink: Sink) -> None:
        self.system = system
        self.prometheus = prometheus
        self.sink = sink
        self.evaluations: dict[str, str] = {}

    @property
    def secrets(self) -> Secrets:
        return DataFolder(self.system.folder).secrets()

    def log(self, service: str) -> str:
        return (self.system.folder / "logs" / f"{service}.log").read_text()

    def call(
        self, method: str, path: str, body: object = None, **headers: str
    ) -> tuple[int, bytes]:
        """Status and body of one request."""
        request = urllib.request.Request(  # noqa: S310 - our own
            self.system.state.url + path,
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={
                "Authorization": f"Bearer {self.system.state.api_key}",
                "Content-Type": "application/json",
                **headers,
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def submit(self, **fields: object) -> str:
        status, body = self.call("POST", "/v1/evaluations", {"code": HELLO, **fields})
        assert status == 202, body
        return str(json.loads(body)["id"])

    def view(self, evaluation: str) -> dict[str, Any]:
        _, body = self.call("GET", f"/v1/evaluations/{evaluation}")
        told: dict[str, Any] = json.loads(body)
        return told

    def until(self, true: Callable[[], object], within: float = 60.0) -> None:
        deadline = time.monotonic() + within
        while not true():
            assert time.monotonic() < deadline, f"not within {within} s\n{self.system.logs()}"
            time.sleep(0.1)

    def until_archived(self, evaluation: str) -> None:
        self.until(lambda: self.view(evaluation).get("archived"))

    def work(self) -> None:
        """Everything once: programs that end in every way, a batch, a schedule, feeds, lists, answers that refuse."""
        done = self.evaluations
        # Before the rest, which takes as long as it does to be due.
        schedule = {"name": "often", "cron": "@every 10s", "evaluation": {"code": "print(2)"}}
        status, answer = self.call("POST", "/v1/schedules", schedule)
        assert status == 201, answer
        done["fine"] = self.submit(stdin=STDIN_MARK, env={"APP_SECRET": ENV_MARK})
        feed = f"/v1/evaluations/{done['fine']}/events"
        status, frames = self.call("GET", feed, Accept="text/event-stream")
        assert (status, b"event: end" in frames) == (200, True)
        # A series that begins with what it counts has not increased.
        posted = 'cloche_http_requests_total{method="POST",route="/v1/evaluations"}'
        self.until(lambda: self.prometheus.query(posted))
        done["failing"] = self.submit(code="import sys; print(3); sys.exit(3)")
        slow = {"limits": {"wall_seconds": 1}}
        done["slow"] = self.submit(code=SLOW, **slow)
        done["cancelled"] = self.submit(code=SLOW)
        self.call("POST", f"/v1/evaluations/{done['cancelled']}/cancel", {})
        done["cases"] = self.submit(
            code="print(input())", cases=[{"stdin": "a", "expected_stdout": "a\n"}, {"stdin": "b"}]
        )
        done["retried"] = self.submit(
            code="print(1); raise SystemExit(1)",
            retry={"attempts": 2, "base_seconds": 0.05, "program_failures": True},
        )
        body = {"evaluations": [{"code": "print(1)"}] * 6, "concurrency": 1}
        status, answer = self.call("POST", "/v1/batches", body)
        assert status == 202, answer
        for path in ("/v1/evaluations", "/v1/queue", "/v1/usage", "/v1/nowhere"):
            self.call("GET", path)
        self.call("POST", "/v1/evaluations", {"code": 1})
        for name in ("fine", "failing", "slow", "cases", "retried"):
            self.until_archived(done[name])
        self.call("GET", f"/v1/evaluations/{done['fine']}/output")


@contextmanager
def watched(folder: Path, **environment: str) -> Iterator[Watched]:
    """It has worked, and everybody has seen it."""
    with ExitStack() as stack:
        sink = stack.enter_context(collecting())
        system = stack.enter_context(
            running(
                folder / "data",
                CLOCHE_LOG_FORMAT="json",
                CLOCHE_OTLP_ENDPOINT=sink.url,
                CLOCHE_RETENTION_SECONDS="2",
                **environment,
            )
        )
        targets = {f"cloche-{name}": system.component(name).port or 0 for name in SERVICES}
        place = folder / "prometheus"
        place.mkdir()
        prometheus = stack.enter_context(scraping(place, targets))
        made = Watched(system, prometheus, sink)
        made.work()
        made.until(lambda: _seen(made))
        yield made


def _seen(made: Watched) -> bool:
    """Prometheus has scraped what the workload did last, and the spans of its evaluations are here."""
    expected = (
        "sum(cloche_projector_ended_total) >= 12 "
        "and on () sum(cloche_gateway_schedules_fired_total) >= 1 "
        "and on () count_over_time(cloche_build_info[1m]) > 10"
    )
    archived = [
        span
        for name in ("fine", "retried")
        for span in made.sink.of(made.evaluations[name])
        if span.name == "archive output"
    ]
    return len(archived) >= 2 and bool(made.prometheus.query(expected))
