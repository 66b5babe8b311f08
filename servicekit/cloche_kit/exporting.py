"""Spans on their way to a collector: a bounded queue, a thread that empties it, and a count of what was lost.

Whatever the collector does (it is away, slow, or refuses), whoever ends a span encodes it and appends it. What does
not fit in there, or is not taken, is dropped and counted: ``cloche_spans_dropped_total{reason}``.
"""

import threading
from collections import deque
from typing import Protocol

from opentelemetry.sdk.resources import Resource
from opentelemetry.trace import StatusCode, TraceFlags
from prometheus_client import Counter

from cloche_kit.logs import get_logger
from cloche_kit.recording import RecordedSpan

# As it is sent a span is 300 bytes, seldom more than 1,000: at most some 4 MB wait.
MOST_WAITING = 8192
BATCH = 2048
PAUSE_SECONDS = 1.0
# One request to the collector, its repetitions included.
SEND_SECONDS = 5.0
# What is left when the process ends has so long to be sent.
LAST_SECONDS = 2.0

EXPORTED = Counter("cloche_spans_exported", "Spans that the collector took")
DROPPED = Counter("cloche_spans_dropped", "Spans that were lost, by why", ["reason"])
for _reason in ("queue_full", "not_encoded", "not_taken", "stopped"):
    DROPPED.labels(_reason)
_log = get_logger(__name__)


class Wire(Protocol):
    """A collector, and what it wants spans to look like."""

    def encoded(self, span: RecordedSpan) -> bytes: ...

    def send(self, spans: list[bytes]) -> bool:
        """Whether they were taken. In a bounded time, in the thread of a `SpanSender`."""
        ...

    def close(self) -> None: ...


class SpanSender:
    """Sends the spans of sampled traces; of all others those that failed or took `slow_seconds`."""

    def __init__(
        self,
        wire: Wire,
        *,
        slow_seconds: float,
        most: int = MOST_WAITING,
        batch: int = BATCH,
        pause: float = PAUSE_SECONDS,
    ) -> None:
        self._wire = wire
        self._slow_nanoseconds = slow_seconds * 1e9
        self._most = most
        self._batch = batch
        self._pause = pause
        self._waiting: deque[bytes] = deque()
        self._wake = threading.Event()
        self._closing = False
        self._failing = False
        self._thread = threading.Thread(target=self._run, name="spans", daemon=True)
        self._thread.start()

    def ended(self, span: RecordedSpan) -> None:
        if not (span.context.trace_flags & TraceFlags.SAMPLED or self._worth_it(span)):
            return
        if self._closing:
            DROPPED.labels("stopped").inc()
        elif len(self._waiting) >= self._most:
            DROPPED.labels("queue_full").inc()
        else:
            self._append(span)

    def shutdown(self) -> None:
        """Send what is left, within `LAST_SECONDS`; a collector that is away does not hold up the process."""
        if self._closing:
            return
        self._closing = True
        self._wake.set()
        self._thread.join(LAST_SECONDS)
        self._wire.close()
        if left := len(self._waiting):
            self._waiting.clear()
            DROPPED.labels("stopped").inc(left)

    def _worth_it(self, span: RecordedSpan) -> bool:
        took = (span.end_time or 0) - span.start_time
        return took >= self._slow_nanoseconds or span.status.status_code is StatusCode.ERROR

    def _append(self, span: RecordedSpan) -> None:
        # Encoded here, not in the thread: bytes are a tenth of what the span takes in memory, and nothing that the
        # garbage collector looks at; and no batch of them keeps the event loop waiting for the interpreter.
        try:
            self._waiting.append(self._wire.encoded(span))
        except Exception:
            DROPPED.labels("not_encoded").inc()
            _log.exception("span_not_encoded", name=span.name)
        if len(self._waiting) >= self._batch:
            self._wake.set()

    def _run(self) -> None:
        while not self._closing:
            full = self._wake.wait(self._pause)
            self._wake.clear()
            # What does not fill a batch waits for what follows or for the pause: a request costs more than its spans.
            self._send_batches(self._batch if full else 1)
        self._send_batches(1)

    def _send_batches(self, least: int) -> None:
        # Only this thread takes spans out, so as many will be there.
        while (there := len(self._waiting)) >= least:
            self._send([self._waiting.popleft() for _ in range(min(self._batch, there))])

    def _send(self, spans: list[bytes]) -> None:
        try:
            taken = self._wire.send(spans)
        except Exception:
            _log.exception("spans_not_sent", spans=len(spans))
            taken = False
        (EXPORTED if taken else DROPPED.labels("not_taken")).inc(len(spans))
        if taken == self._failing:
            # Said once for each change: a collector that is away must not fill the logs.
            self._failing = not taken
            if self._failing:
                _log.warning("spans_not_taken", spans=len(spans))
            else:
                _log.info("spans_taken_again")


def otlp(endpoint: str, resource: Resource, scope: str) -> Wire:
    """OTLP over HTTP to the collector at `endpoint`, for the spans of the tracer `scope`."""
    # Imported only when spans are exported: protobuf is a fifth of a service's start-up.
    from cloche_kit.otlp import OtlpWire  # noqa: PLC0415

    return OtlpWire(endpoint, resource, scope, timeout=SEND_SECONDS)
