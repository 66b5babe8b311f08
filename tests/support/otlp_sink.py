"""A collector in this process: takes OTLP over HTTP and keeps the spans, or is slow, or refuses."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from msgspec import Struct
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as SpanProto

ERROR = 2


class Received(Struct, frozen=True, kw_only=True):
    """One span. Ids in hex, times in seconds since 1970."""

    service: str
    name: str
    kind: str
    trace_id: str
    span_id: str
    parent_id: str
    begun: float
    ended: float
    attributes: dict[str, Any]
    links: tuple[tuple[str, str], ...]
    failed: bool

    @property
    def seconds(self) -> float:
        return self.ended - self.begun


class Sink:
    """What was received. `status` is answered, after `delay` seconds."""

    def __init__(self) -> None:
        self.spans: list[Received] = []
        self.requests = 0
        self.status = 200
        self.delay = 0.0
        self.ending = threading.Event()
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def of(self, evaluation: str) -> list[Received]:
        """The spans that name an evaluation."""
        return [
            span for span in self.spans if span.attributes.get("cloche.evaluation.id") == evaluation
        ]

    def trace(self, trace_id: str) -> list[Received]:
        return [span for span in self.spans if span.trace_id == trace_id]

    def take(self, body: bytes) -> int:
        """The status of the answer."""
        self.requests += 1
        self.ending.wait(self.delay)
        if self.status == 200:
            self.spans += _spans(body)
        return self.status


@contextmanager
def collecting() -> Iterator[Sink]:
    """A sink that listens while inside."""
    sink = Sink()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = sink.take(body)
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    sink.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield sink
    finally:
        sink.ending.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _spans(body: bytes) -> list[Received]:
    request = ExportTraceServiceRequest.FromString(body)
    return [
        Received(
            service=str(_attributes(resource.resource.attributes)["service.name"]),
            name=span.name,
            kind=SpanProto.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_").lower(),
            trace_id=span.trace_id.hex(),
            span_id=span.span_id.hex(),
            parent_id=span.parent_span_id.hex(),
            begun=span.start_time_unix_nano / 1e9,
            ended=span.end_time_unix_nano / 1e9,
            attributes=_attributes(span.attributes),
            links=tuple(
                (link.span_id.hex(), str(_attributes(link.attributes).get("cloche.link", "")))
                for link in span.links
            ),
            failed=span.status.code == ERROR,
        )
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def _attributes(pairs: Any) -> dict[str, Any]:
    return {pair.key: _value(pair) for pair in pairs}


def _value(pair: KeyValue) -> Any:
    value: AnyValue = pair.value
    kind = value.WhichOneof("value")
    return getattr(value, kind) if kind else None
