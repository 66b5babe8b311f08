"""Traces: one evaluation is one trace, from the HTTP request through every service (W3C Trace Context).

The trace travels in the event's envelope, not only in message headers, so that it is still there when the event is read
back from the archive.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from cloche_schemas.envelope import Envelope
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor, SpanExporter
from opentelemetry.trace import Span, SpanKind, Tracer
from opentelemetry.trace import TracerProvider as AnyProvider
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from cloche_kit.unrecorded import UnrecordedProvider

_propagator = TraceContextTextMapPropagator()


class Telemetry:
    """The tracer of one service and the trace context that goes in and out of envelopes.

    An object and not a global, so that a test can run four services in one process and see which span is whose.
    """

    def __init__(self, provider: AnyProvider, service: str) -> None:
        self.service = service
        self.provider = provider
        self.tracer: Tracer = provider.get_tracer(f"cloche.{service}")

    @contextmanager
    def producer_span(self, name: str, **attributes: str | int) -> Iterator[Span]:
        """Something is appended to the log, as part of the current trace."""
        with self.tracer.start_as_current_span(
            name, kind=SpanKind.PRODUCER, attributes=attributes
        ) as span:
            yield span

    @contextmanager
    def consumer_span(
        self, envelope: Envelope, name: str, **attributes: str | int
    ) -> Iterator[Span]:
        """An event is handled, as part of the trace that appended it."""
        known = {
            "cloche.evaluation.id": envelope.subject,
            "cloche.tenant": envelope.tenant,
            "cloudevents.event_type": envelope.type,
            "cloudevents.event_id": envelope.id,
        }
        with self.tracer.start_as_current_span(
            name,
            context=context_of(envelope),
            kind=SpanKind.CONSUMER,
            attributes={**known, **attributes},
        ) as span:
            yield span

    def shutdown(self) -> None:
        """Send what is left."""
        if isinstance(self.provider, TracerProvider):
            self.provider.shutdown()


def configure(
    service: str,
    *,
    instance: str,
    otlp_endpoint: str | None = None,
    exporter: SpanExporter | None = None,
) -> Telemetry:
    """Telemetry of a service. Spans go to `exporter` at once (tests) or in batches over OTLP/HTTP, or nowhere."""
    if exporter is None and otlp_endpoint is None:
        return Telemetry(UnrecordedProvider(), service)
    resource = Resource.create(
        {
            "service.namespace": "cloche",
            "service.name": f"cloche-{service}",
            "service.instance.id": instance,
        }
    )
    provider = TracerProvider(resource=resource)
    if exporter is not None:
        provider.add_span_processor(SimpleSpanProcessor(exporter))
    if otlp_endpoint is not None:
        provider.add_span_processor(BatchSpanProcessor(_otlp_exporter(otlp_endpoint)))
    return Telemetry(provider, service)


def _otlp_exporter(endpoint: str) -> SpanExporter:
    # Imported only when spans are exported: protobuf is a fifth of a service's start-up.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )

    return OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")


def context_of(envelope: Envelope) -> Context:
    """The trace that an event belongs to; an empty context where it has none."""
    carrier = {"traceparent": envelope.traceparent or "", "tracestate": envelope.tracestate or ""}
    return _propagator.extract(carrier, context=Context())


def carrier() -> dict[str, str]:
    """``traceparent`` (and ``tracestate``) of the current span, empty outside of one."""
    headers: dict[str, str] = {}
    _propagator.inject(headers)
    return headers


def trace_id_of(envelope: Envelope) -> str | None:
    """The 32 hex digits of the event's trace."""
    span = trace.get_current_span(context_of(envelope)).get_span_context()
    return trace.format_trace_id(span.trace_id) if span.is_valid else None
