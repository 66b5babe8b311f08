"""Spans on their way to a collector: a bounded queue, a thread that empties it, and a count of what was lost.

Whatever the collector does (it is away, slow, or refuses), whoever makes a span only appends to the queue. What does
not fit in there, or is not taken, is dropped and counted: ``cloche_spans_dropped_total{reason}``.
"""

import threading
from collections import deque

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import StatusCode
from prometheus_client import Counter

from cloche_kit.logs import get_logger
from cloche_kit.recording import RecordedSpan, as_read

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


class SpanSender:
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
        self._waiting: deque[RecordedSpan] = deque()
        self._wake = threading.Event()
        self._closing = False
        self._failing = False
        self._thread = threading.Thread(target=self._run, name="spans", daemon=True)
        self._thread.start()

    def ended(self, span: RecordedSpan) -> None:
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

    def _wanted(self, span: RecordedSpan) -> bool:
        if span.context.trace_flags.sampled or span.status.status_code is StatusCode.ERROR:
            return True
        return (span.end_time or 0) - span.start_time >= self._slow_nanoseconds

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

    def _send(self, spans: list[RecordedSpan]) -> None:
        try:
            taken = self._exporter.export(as_read(spans)) is SpanExportResult.SUCCESS
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
