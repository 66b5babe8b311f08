"""A feed as a part of the trace of the evaluation that it shows, however many watch it and from wherever."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from cloche_kit.bus import Stored
from cloche_kit.telemetry import Telemetry, context_of
from cloche_schemas import codec
from opentelemetry import trace
from opentelemetry.trace import Link, Span


def traced(
    frames: AsyncGenerator[bytes, None], telemetry: Telemetry, stored: Stored | None
) -> AsyncGenerator[bytes, None]:
    """`frames`, with a span for as long as they are streamed: below the span that appended `stored`, linked to the
    request's. Where nothing is recorded, `frames` themselves."""
    if stored is None:
        return frames
    try:
        envelope = codec.decode_envelope(stored.data)
    except codec.Malformed:
        return frames
    request = trace.get_current_span().get_span_context()
    span = telemetry.tracer.start_span(
        "stream events",
        context=context_of(envelope),
        links=[Link(request, {"cloche.link": "request"})] if request.is_valid else [],
        attributes={"cloche.evaluation.id": envelope.subject, "cloche.tenant": envelope.tenant},
    )
    return _during(span, frames) if span.is_recording() else frames


async def _during(span: Span, frames: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    pieces = 0
    try:
        async with aclosing(frames):
            async for frame in frames:
                if not pieces:
                    span.add_event("first frame")
                pieces += 1
                yield frame
    finally:
        span.set_attribute("cloche.pieces", pieces)
        span.end()
