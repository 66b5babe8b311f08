"""Spans as OTLP: whatever is in them, a collector reads the same as from the SDK's encoder."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import cast

import pytest
from cloche_kit.otlp import OtlpWire
from cloche_kit.recording import RecordedSpan, RecordingTracer, as_read
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.resources import Resource
from opentelemetry.trace import (
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    TraceState,
)
from opentelemetry.util.types import AttributeValue

RESOURCE = Resource({"service.name": "cloche-test", "of": ("several", "words")}, "https://schema")
SCOPE = "cloche.test"
WIRE = OtlpWire("http://127.0.0.1:9/", RESOURCE, SCOPE, timeout=1.0)

texts = st.text(st.characters(codec="utf-8"), max_size=300)
numbers = st.one_of(st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False))
values = st.one_of(texts, numbers, st.lists(texts, max_size=3), st.just(HTTPStatus.OK))
attributes = st.dictionaries(texts, values, max_size=6)
times = st.integers(0, 2**64 - 1)


TRACER = RecordingTracer(SCOPE, RESOURCE, 1.0, lambda _: None)
ids = st.builds(
    SpanContext,
    st.integers(1, 2**128 - 1),
    st.integers(1, 2**64 - 1),
    st.booleans(),
    st.sampled_from([TraceFlags(0), TraceFlags(1)]),
    st.sampled_from([None, None, TraceState([("vendor", "1"), ("other", "2")])]),
)


@st.composite
def spans(draw: st.DrawFn) -> RecordedSpan:
    """Most are of the usual kind, some have what few have."""
    span = RecordedSpan(
        TRACER,
        draw(texts),
        draw(ids),
        draw(st.none() | ids),
        draw(st.sampled_from(SpanKind)),
        draw(attributes),
        (),
        draw(times),
    )
    rare = draw(st.sampled_from(["", "", "", "event", "link", "status"]))
    if rare == "event":
        span.add_event("seen", {"a": 1}, timestamp=5)
    elif rare == "link":
        span.add_link(SpanContext(1, 2, is_remote=True), {"why": "retry"})
    elif rare == "status":
        span.set_status(draw(st.sampled_from([StatusCode.OK, StatusCode.ERROR])), "it says")
    span.end(draw(times))
    return span


def with_attribute(key: str, value: AttributeValue) -> RecordedSpan:
    span = TRACER.start_span("one", attributes={key: value})
    span.end()
    return span


def as_sent(of: Sequence[RecordedSpan]) -> ExportTraceServiceRequest:
    data = WIRE.request([WIRE.encoded(span) for span in of])
    return cast("ExportTraceServiceRequest", ExportTraceServiceRequest.FromString(data))


@given(st.lists(spans(), min_size=1, max_size=4))
def test_it_is_what_the_sdk_would_send(of: list[RecordedSpan]) -> None:
    assert as_sent(of) == encode_spans(as_read(of))


def test_what_is_equal_in_python_and_not_in_otlp() -> None:
    """1, 1.0 and True are one key of a cache."""
    of = [with_attribute("n", value) for value in (1, 1.0, True, 0, 0.0, False, -0.0)]
    sent = as_sent(of)
    assert sent == encode_spans(as_read(of))
    kinds = [
        span.attributes[0].value.WhichOneof("value")
        for span in sent.resource_spans[0].scope_spans[0].spans
    ]
    assert kinds == ["int_value", "double_value", "bool_value"] * 2 + ["double_value"]


@pytest.mark.parametrize("length", [0, 1, 127, 128, 16_383, 16_384, 70_000])
def test_lengths_that_take_another_byte(length: int) -> None:
    of = [with_attribute("text", "x" * length)]
    assert as_sent(of) == encode_spans(as_read(of))
