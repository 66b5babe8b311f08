"""Spans on their way to a collector: a bounded queue, a thread that empties it, and a count of what was lost.

Whatever the collector does (it is away, slow, or refuses), whoever makes a span only appends to the queue. What does
not fit in there, or is not taken, is dropped and counted: ``cloche_spans_dropped_total{reason}``.
"""

import threading
from collections import deque
from collections.abc import Sequence

from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import (
    Decision,
    ParentBased,
    Sampler,
    SamplingResult,
    TraceIdRatioBased,
)
from opentelemetry.trace import Link, SpanKind, StatusCode, TraceState
from opentelemetry.util.types import Attributes
from prometheus_client import Counter

from cloche_kit.logs import get_logger

# A span with its attributes is 2 to 4 KB: at most 8 MB wait.
MOST_WAITING = 2048
BATCH = 256
PAUSE_SECONDS = 1.0
# One request to the collector, its repetitions included.
SEND_SECONDS = 5.0
# What is left when the process ends has so long to be sent.
LAST_SECONDS = 2.0

EXPORTED = Counter("cloche_spans_exported", "Spans that the collector took")
DROPPED = Counter("cloche_spans_dropped", "Spans that were lost, by why", ["reason"])
for _reason in ("queue_full", "not_taken", "stopped"):
    DROPPED.labels(_reason)
_log = get_logger(__name__)


class OneResource(Resource):
    """The resource of this process, which is itself and no other.

    The encoder looks up the resource of each span in a dictionary, and the SDK's writes all its attributes as JSON to
    find its hash: a fifth of what a span takes to encode.
    """

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other


class KeepingSampler(Sampler):
    """Samples a `ratio` of the traces that begin here; what a caller has decided for its trace goes on.

    What is not sampled is recorded all the same, so that `SpanSender` can keep what turns out to be worth it.
    """

    def __init__(self, ratio: float) -> None:
        self._ratio = ratio
        self._inner = ParentBased(TraceIdRatioBased(ratio))

    def should_sample(  # noqa: PLR0913, PLR0917 - the SDK's signature
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        result = self._inner.should_sample(
            parent_context, trace_id, name, kind, attributes, links, trace_state
        )
        if result.decision is not Decision.DROP:
            return result
        return SamplingResult(Decision.RECORD_ONLY, attributes, result.trace_state)

    def get_description(self) -> str:
        return f"KeepingSampler({self._ratio})"


class SpanSender(SpanProcessor):
    """Sends the spans of sampled traces; of all others those that failed or took `slow_seconds`."""

    def __init__(
        self,
        exporter: SpanExporter,
        *,
        slow_seconds: float,
        most: int = MOST_WAITING,
        batch: int = BATCH,
        pause: float = PAUSE_SECONDS,
    ) -> None:
        self._exporter = exporter
        self._slow_nanoseconds = slow_seconds * 1e9
        self._most = most
        self._batch = batch
        self._pause = pause
        self._waiting: deque[ReadableSpan] = deque()
        self._wake = threading.Event()
        self._closing = False
        self._failing = False
        self._thread = threading.Thread(target=self._run, name="spans", daemon=True)
        self._thread.start()

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Nothing is known of it yet."""

    def on_end(self, span: ReadableSpan) -> None:
        if not self._wanted(span):
            return
        if self._closing:
            DROPPED.labels("stopped").inc()
        elif len(self._waiting) >= self._most:
            DROPPED.labels("queue_full").inc()
        else:
            self._waiting.append(span)
            if len(self._waiting) >= self._batch:
                self._wake.set()

    def shutdown(self) -> None:
        """Send what is left, within `LAST_SECONDS`; a collector that is away does not hold up the process."""
        if self._closing:
            return
        self._closing = True
        self._wake.set()
        self._thread.join(LAST_SECONDS)
        self._exporter.shutdown()
        if left := len(self._waiting):
            self._waiting.clear()
            DROPPED.labels("stopped").inc(left)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        self._wake.set()
        return True

    def _wanted(self, span: ReadableSpan) -> bool:
        if span.context is not None and span.context.trace_flags.sampled:
            return True
        if span.status.status_code is StatusCode.ERROR:
            return True
        begun, ended = span.start_time, span.end_time
        return begun is not None and ended is not None and ended - begun >= self._slow_nanoseconds

    def _run(self) -> None:
        while True:
            self._wake.wait(self._pause)
            self._wake.clear()
            while self._waiting:
                self._send([self._waiting.popleft() for _ in range(self._take())])
            if self._closing:
                return

    def _take(self) -> int:
        # Only this thread takes spans out, so as many will be there.
        return min(self._batch, len(self._waiting))

    def _send(self, spans: list[ReadableSpan]) -> None:
        try:
            taken = self._exporter.export(spans) is SpanExportResult.SUCCESS
        except Exception:
            _log.exception("spans_not_encoded", spans=len(spans))
            taken = False
        (EXPORTED if taken else DROPPED.labels("not_taken")).inc(len(spans))
        if taken == self._failing:
            # Said once for each change: a collector that is away must not fill the logs.
            self._failing = not taken
            if self._failing:
                _log.warning("spans_not_taken", spans=len(spans))
            else:
                _log.info("spans_taken_again")


def otlp_exporter(endpoint: str) -> SpanExporter:
    """OTLP over HTTP to the collector at `endpoint`."""
    # Imported only when spans are exported: protobuf is a fifth of a service's start-up.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )

    return OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=SEND_SECONDS)
