"""Spans that nobody gets: ids that are passed on like those of any other span, and nothing else.

Where one service exports its spans and another does not, the trace still hangs together, and what the caller decided
about sampling goes on unchanged. A recording span costs ten times as much.
"""

from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    TraceFlags,
    Tracer,
    TracerProvider,
)
from opentelemetry.util._decorator import _AgnosticContextManager

_ids = RandomIdGenerator()
_SAMPLED = TraceFlags(TraceFlags.SAMPLED)


class UnrecordedProvider(TracerProvider):
    def get_tracer(self, *_: Any, **__: Any) -> Tracer:
        return _TRACER


class _Tracer(Tracer):
    def start_span(self, name: str, context: Context | None = None, *_: Any, **__: Any) -> Span:
        parent = trace.get_current_span(context).get_span_context()
        known = parent.is_valid
        own = SpanContext(
            parent.trace_id if known else _ids.generate_trace_id(),
            _ids.generate_span_id(),
            is_remote=False,
            trace_flags=parent.trace_flags if known else _SAMPLED,
            trace_state=parent.trace_state if known else None,
        )
        return NonRecordingSpan(own)

    def start_as_current_span(
        self, name: str, context: Context | None = None, *_: Any, **__: Any
    ) -> _AgnosticContextManager[Span]:
        span = self.start_span(name, context)
        return trace.use_span(span, record_exception=False, set_status_on_exception=False)


_TRACER = _Tracer()
