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
_NOT_SAMPLED = TraceFlags(TraceFlags.DEFAULT)
#: So many values has the half of a trace's id by which it is sampled.
ALL = 1 << 64


def below(above: SpanContext, sampled_below: int = ALL) -> SpanContext:
    """The context of a span within `above`, whose decision about sampling goes on, or of the first of a new trace.

    That is sampled if the lower half of its id is less than `sampled_below`, of `ALL`.
    """
    if above.is_valid:
        trace_id, flags, state = above.trace_id, above.trace_flags, above.trace_state
    else:
        trace_id, state = _ids.generate_trace_id(), None
        flags = _SAMPLED if trace_id % ALL < sampled_below else _NOT_SAMPLED
    return SpanContext(
        trace_id, _ids.generate_span_id(), is_remote=False, trace_flags=flags, trace_state=state
    )


class UnrecordedProvider(TracerProvider):
    def get_tracer(self, *_: Any, **__: Any) -> Tracer:
        return _TRACER


class _Tracer(Tracer):
    def start_span(self, name: str, context: Context | None = None, *_: Any, **__: Any) -> Span:
        return NonRecordingSpan(below(trace.get_current_span(context).get_span_context()))

    def start_as_current_span(
        self, name: str, context: Context | None = None, *_: Any, **__: Any
    ) -> _AgnosticContextManager[Span]:
        span = self.start_span(name, context)
        return trace.use_span(span, record_exception=False, set_status_on_exception=False)


_TRACER = _Tracer()
