"""Spans that are recorded: what OpenTelemetry's API asks of one and its encoder reads of one, and nothing else.

The SDK's span does more for each than what is traced takes here (limits, locks, checks of every value, a copy at its
end): 100 µs of a submission of 410. Ours are made and ended by one task, with values that we give them.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Protocol, cast

from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import (
    Link,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    Tracer,
    TracerProvider,
)
from opentelemetry.util._decorator import _AgnosticContextManager
from opentelemetry.util.types import Attributes, AttributeValue

from cloche_kit.unrecorded import ALL, below

_UNSET = Status(StatusCode.UNSET)


class RecordedSpan(Span):
    """One span. Of what it has, the encoder reads what has no underscore.

    Once it has ended nothing changes it, whoever still holds it: by then it may be on its way.
    """

    __slots__ = (
        "_tracer",
        "attributes",
        "context",
        "end_time",
        "events",
        "kind",
        "links",
        "name",
        "parent",
        "start_time",
        "status",
    )
    dropped_attributes = 0
    dropped_events = 0
    dropped_links = 0

    def __init__(  # noqa: PLR0913, PLR0917 - what there is to know of one
        self,
        tracer: "RecordingTracer",
        name: str,
        context: SpanContext,
        parent: SpanContext | None,
        kind: SpanKind,
        attributes: Attributes,
        links: Sequence[Link],
        start_time: int,
    ) -> None:
        self._tracer = tracer
        self.name = name
        self.context = context
        self.parent = parent
        self.kind = kind
        self.attributes: dict[str, AttributeValue] = dict(attributes) if attributes else {}
        self.events: Sequence[Event] = ()
        self.links = links
        self.status = _UNSET
        self.start_time = start_time
        self.end_time: int | None = None

    @property
    def resource(self) -> Resource:
        return self._tracer.resource

    @property
    def instrumentation_scope(self) -> InstrumentationScope:
        return self._tracer.scope

    def end(self, end_time: int | None = None) -> None:
        if self.end_time is None:
            self.end_time = time.time_ns() if end_time is None else end_time
            self._tracer.ended(self)

    def get_span_context(self) -> SpanContext:
        return self.context

    def set_attributes(self, attributes: Mapping[str, AttributeValue]) -> None:
        if self.end_time is None:
            self.attributes.update(attributes)

    def set_attribute(self, key: str, value: AttributeValue) -> None:
        if self.end_time is None:
            self.attributes[key] = value

    def add_event(
        self, name: str, attributes: Attributes = None, timestamp: int | None = None
    ) -> None:
        if self.end_time is None:
            self.events = [*self.events, Event(name, attributes, timestamp)]

    def add_link(self, context: SpanContext, attributes: Attributes = None) -> None:
        if self.end_time is None:
            self.links = [*self.links, Link(context, attributes)]

    def update_name(self, name: str) -> None:
        if self.end_time is None:
            self.name = name

    def is_recording(self) -> bool:
        return self.end_time is None

    def set_status(self, status: Status | StatusCode, description: str | None = None) -> None:
        if self.end_time is None:
            self.status = status if isinstance(status, Status) else Status(status, description)

    def record_exception(
        self,
        exception: BaseException,
        attributes: Attributes = None,
        timestamp: int | None = None,
        escaped: bool = False,
    ) -> None:
        """Ours are logged, with the ids of the span."""


class Within(AbstractContextManager[Span]):
    """Inside, `span` is the current one; it ends there, and has failed if what is inside has.

    What the API's ``use_span`` does, whose generator takes twice as long: a submission has one within another.
    """

    __slots__ = ("_span", "_token")

    def __init__(self, span: Span) -> None:
        self._span = span

    def __enter__(self) -> Span:
        self._token = contexts.attach(trace.set_span_in_context(self._span))
        return self._span

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        contexts.detach(self._token)
        if isinstance(error, Exception):
            self._span.set_status(StatusCode.ERROR, f"{type(error).__name__}: {error}")
        self._span.end()


class RecordingTracer(Tracer):
    def __init__(
        self, name: str, resource: Resource, ratio: float, ended: Callable[[RecordedSpan], None]
    ) -> None:
        self.resource = resource
        self.scope = InstrumentationScope(name)
        self.ended = ended
        self._sampled_below = round(ratio * ALL)

    def start_span(  # noqa: PLR0913, PLR0917 - the API's signature
        self,
        name: str,
        context: Context | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        start_time: int | None = None,
        record_exception: bool = True,
        set_status_on_exception: bool = True,
    ) -> RecordedSpan:
        above = trace.get_current_span(context).get_span_context()
        own = below(above, self._sampled_below)
        parent = above if above.is_valid else None
        begun = time.time_ns() if start_time is None else start_time
        return RecordedSpan(self, name, own, parent, kind, attributes, links or (), begun)

    def start_as_current_span(  # noqa: PLR0913, PLR0917 - the API's signature
        self,
        name: str,
        context: Context | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        start_time: int | None = None,
        record_exception: bool = True,
        set_status_on_exception: bool = True,
        end_on_exit: bool = True,
    ) -> _AgnosticContextManager[Span]:
        span = self.start_span(name, context, kind, attributes, links, start_time)
        return trace.use_span(
            span,
            end_on_exit=end_on_exit,
            record_exception=False,
            set_status_on_exception=set_status_on_exception,
        )


class Sink(Protocol):
    """Gets every span when it ends, in the task that ends it: it must not wait."""

    def ended(self, span: RecordedSpan) -> None: ...

    def shutdown(self) -> None:
        """Send what is left, in a bounded time."""
        ...


class AtOnce:
    """Spans go to `exporter` as they end; for tests."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter

    def ended(self, span: RecordedSpan) -> None:
        self._exporter.export(as_read([span]))

    def shutdown(self) -> None:
        self._exporter.shutdown()


class RecordingProvider(TracerProvider):
    """Tracers whose spans go to `sinks`. A `ratio` of the traces that begin here is sampled.

    What a caller has decided for its trace goes on. What is not sampled is recorded all the same, so that a sink can
    keep what turns out to be worth it.
    """

    def __init__(self, resource: Resource, ratio: float, sinks: Sequence[Sink]) -> None:
        self._resource = resource
        self._ratio = ratio
        self._sinks = tuple(sinks)

    def get_tracer(self, instrumenting_module_name: str, *_: Any, **__: Any) -> Tracer:
        ended = self._sinks[0].ended if len(self._sinks) == 1 else self._ended
        return RecordingTracer(instrumenting_module_name, self._resource, self._ratio, ended)

    def shutdown(self) -> None:
        for sink in self._sinks:
            sink.shutdown()

    def _ended(self, span: RecordedSpan) -> None:
        for sink in self._sinks:
            sink.ended(span)


def as_read(spans: list[RecordedSpan]) -> Sequence[ReadableSpan]:
    """As exporters want them: they read nothing that ours do not have."""
    return cast("Sequence[ReadableSpan]", spans)
