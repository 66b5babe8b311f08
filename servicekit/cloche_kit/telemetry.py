"""Traces: one evaluation is one trace, from the HTTP request through every service (W3C Trace Context).

The trace travels in the event's envelope, not only in message headers, so that it is still there when the event is read
back from the archive. What is tried again stays in the trace and links to what was tried before.
"""

from collections import OrderedDict
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime

from cloche_schemas.envelope import Envelope
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace.export import SpanExporter
from opentelemetry.trace import Link, Span, SpanContext, SpanKind, Tracer, TracerProvider
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from cloche_kit.exporting import SpanSender, otlp
from cloche_kit.recording import AtOnce, RecordingProvider, Sink, Within
from cloche_kit.settings import ServiceSettings
from cloche_kit.unrecorded import UnrecordedProvider

_propagator = TraceContextTextMapPropagator()


class Telemetry:
    """The tracer of one service and the trace context that goes in and out of envelopes.

    An object and not a global, so that a test can run four services in one process and see which span is whose.
    """

    def __init__(self, provider: TracerProvider, service: str) -> None:
        self.service = service
        self.provider = provider
        self._records = not isinstance(provider, UnrecordedProvider)
        self.tracer: Tracer = provider.get_tracer(scope_of(service))

    def producer_span(self, name: str, **attributes: str | int) -> AbstractContextManager[Span]:
        """Something is appended to the log, as part of the current trace."""
        if not self._records and (current := trace.get_current_span()) is not trace.INVALID_SPAN:
            # What nobody gets need not be made: the log gets the ids of the request, which somebody may know.
            return nullcontext(current)
        return Within(self.tracer.start_span(name, kind=SpanKind.PRODUCER, attributes=attributes))

    def consumer_span(
        self,
        envelope: Envelope,
        name: str,
        links: Sequence[Link] = (),
        /,
        **attributes: str | int,
    ) -> AbstractContextManager[Span]:
        """An event is handled, as part of the trace that appended it. `links`: what was tried before."""
        known = {
            "cloche.evaluation.id": envelope.subject,
            "cloche.tenant": envelope.tenant,
            "cloudevents.event_type": envelope.type,
            "cloudevents.event_id": envelope.id,
        }
        span = self.tracer.start_span(
            name,
            context=context_of(envelope),
            kind=SpanKind.CONSUMER,
            attributes={**known, **attributes},
            links=links,
        )
        return Within(span)

    def waited(self, name: str, since: datetime, **attributes: str | int) -> None:
        """Something that has waited since then goes on now: a span that is over, below the current one."""
        begun = int(since.timestamp() * 1e9)
        self.tracer.start_span(name, start_time=begun, attributes=attributes).end()

    def shutdown(self) -> None:
        """Send what is left."""
        if isinstance(self.provider, RecordingProvider):
            self.provider.shutdown()


def scope_of(service: str) -> str:
    return f"cloche.{service}"


def configured(service: str, settings: ServiceSettings) -> Telemetry:
    """Telemetry of a service as its settings want it."""
    return configure(
        service,
        instance=settings.instance,
        otlp_endpoint=settings.otlp_endpoint,
        ratio=settings.otlp_ratio,
        slow_seconds=settings.otlp_slow_seconds,
    )


def configure(
    service: str,
    *,
    instance: str,
    otlp_endpoint: str | None = None,
    ratio: float = 1.0,
    slow_seconds: float = 2.0,
    exporter: SpanExporter | None = None,
) -> Telemetry:
    """Telemetry of a service. Spans go to `exporter` at once (tests) or in batches over OTLP/HTTP, or nowhere.

    A `ratio` of the traces is sent as a whole; of the others errors and what took `slow_seconds`.
    """
    if exporter is None and otlp_endpoint is None:
        return Telemetry(UnrecordedProvider(), service)
    resource = Resource.create(
        {
            "service.namespace": "cloche",
            "service.name": f"cloche-{service}",
            "service.instance.id": instance,
        }
    )
    sinks: list[Sink] = []
    if exporter is not None:
        sinks.append(AtOnce(exporter))
    if otlp_endpoint is not None:
        wire = otlp(otlp_endpoint, resource, scope_of(service))
        sinks.append(SpanSender(wire, slow_seconds=slow_seconds))
    return Telemetry(RecordingProvider(resource, ratio, sinks), service)


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


class Earlier:
    """Which span handled what will come again: of the latest `most` of such things, by their keys."""

    def __init__(self, most: int = 4096) -> None:
        self._most = most
        self._spans: OrderedDict[int, SpanContext] = OrderedDict()

    def note(self, key: int) -> None:
        """The current span has handled it, and it will come again."""
        span = trace.get_current_span()
        if not span.is_recording():
            return
        self._spans[key] = span.get_span_context()
        if len(self._spans) > self._most:
            self._spans.popitem(last=False)

    def links(self, key: int) -> tuple[Link, ...]:
        """To the span that handled it last, if there was one."""
        before = self._spans.pop(key, None)
        return () if before is None else (Link(before, {"cloche.link": "redelivery"}),)


def link_current(envelope: Envelope, why: str) -> None:
    """Link the current span to the one that appended an event of before; nothing where that has no trace."""
    context = trace.get_current_span(context_of(envelope)).get_span_context()
    if context.is_valid:
        trace.get_current_span().add_link(context, {"cloche.link": why})
