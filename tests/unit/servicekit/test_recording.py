"""Spans of our own: what the API promises of one, and what the encoder of OTLP finds in one."""

import asyncio

import pytest
from cloche_kit.recording import AtOnce, RecordedSpan, RecordingProvider, Within, as_read
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanContext, SpanKind, StatusCode


class Kept:
    def __init__(self) -> None:
        self.spans: list[RecordedSpan] = []
        self.over = False

    def ended(self, span: RecordedSpan) -> None:
        self.spans.append(span)

    def shutdown(self) -> None:
        self.over = True


def test_the_encoder_finds_everything_in_one() -> None:
    kept, memory = Kept(), InMemorySpanExporter()
    provider = RecordingProvider(Resource({"service.name": "s"}), 1.0, [kept, AtOnce(memory)])
    tracer = provider.get_tracer("cloche.test")
    with tracer.start_as_current_span("above", kind=SpanKind.SERVER) as above:
        below = tracer.start_span("below", attributes={"a": "b"}, start_time=5)
        below.update_name("renamed")
        below.set_attribute("n", 1)
        below.add_event("seen", {"of": "it"}, timestamp=6)
        below.add_link(SpanContext(1, 2, is_remote=True), {"why": "retry"})
        below.set_status(StatusCode.ERROR, "it broke")
        assert below.is_recording()
        below.end(7)
        below.end(8)
        assert not below.is_recording()
    assert [span.name for span in kept.spans] == ["renamed", "above"]
    assert memory.get_finished_spans() == tuple(as_read(kept.spans))
    resource = encode_spans(memory.get_finished_spans()).resource_spans[0]
    assert resource.resource.attributes[0].value.string_value == "s"
    assert resource.scope_spans[0].scope.name == "cloche.test"
    one, other = resource.scope_spans[0].spans
    assert one.trace_id == other.trace_id != bytes(16)
    assert one.parent_span_id == other.span_id
    assert (one.start_time_unix_nano, one.end_time_unix_nano) == (5, 7)
    assert {pair.key for pair in one.attributes} == {"a", "n"}
    assert (one.events[0].name, one.events[0].time_unix_nano) == ("seen", 6)
    assert one.links[0].span_id == (2).to_bytes(8)
    assert (one.status.code, one.status.message) == (2, "it broke")
    assert other.end_time_unix_nano >= other.start_time_unix_nano > 0
    assert above.get_span_context().trace_flags.sampled
    provider.shutdown()
    assert kept.over


def test_what_has_ended_is_changed_by_nobody() -> None:
    """By then it may be on its way."""
    kept = Kept()
    tracer = RecordingProvider(Resource({}), 1.0, [kept]).get_tracer("t")
    span = tracer.start_span("one", attributes={"a": "b"})
    span.end()
    span.update_name("two")
    span.set_attribute("c", 1)
    span.set_attributes({"d": 1})
    span.add_event("late")
    span.add_link(SpanContext(1, 2, is_remote=True))
    span.set_status(StatusCode.ERROR)
    (ended,) = kept.spans
    assert (ended.name, ended.attributes, list(ended.events), list(ended.links)) == (
        "one",
        {"a": "b"},
        [],
        [],
    )
    assert ended.status.status_code is StatusCode.UNSET


@pytest.mark.parametrize("ours", [True, False])
def test_what_fails_inside_says_so(ours: bool) -> None:
    kept = Kept()
    tracer = RecordingProvider(Resource({}), 1.0, [kept]).get_tracer("t")
    within = Within(tracer.start_span("x")) if ours else tracer.start_as_current_span("x")
    with pytest.raises(ValueError, match="no"), within:
        raise ValueError("no")
    (ended,) = kept.spans
    assert (ended.status.status_code, ended.status.description) == (
        StatusCode.ERROR,
        "ValueError: no",
    )
    assert not trace.get_current_span().get_span_context().is_valid


def test_the_current_span_is_the_one_that_one_is_within() -> None:
    kept = Kept()
    tracer = RecordingProvider(Resource({}), 1.0, [kept]).get_tracer("t")
    with Within(tracer.start_span("above")) as above:
        assert trace.get_current_span() is above
        with Within(tracer.start_span("below")) as below:
            assert trace.get_current_span() is below
        assert trace.get_current_span() is above
    assert [span.name for span in kept.spans] == ["below", "above"]
    assert kept.spans[0].parent == above.get_span_context()


def test_what_is_cancelled_inside_has_not_failed() -> None:
    kept = Kept()
    tracer = RecordingProvider(Resource({}), 1.0, [kept]).get_tracer("t")
    with pytest.raises(asyncio.CancelledError), Within(tracer.start_span("x")):
        raise asyncio.CancelledError
    (ended,) = kept.spans
    assert ended.status.status_code is StatusCode.UNSET


def test_a_ratio_of_traces_is_sampled_each_as_a_whole() -> None:
    kept = Kept()
    tracer = RecordingProvider(Resource({}), 0.25, [kept]).get_tracer("t")
    for _ in range(400):
        with tracer.start_as_current_span("above"):
            tracer.start_span("below").end()
    pairs = zip(kept.spans[::2], kept.spans[1::2], strict=True)
    flags = [(one.context.trace_flags, other.context.trace_flags) for one, other in pairs]
    assert all(one == other for one, other in flags)
    # 100 are to be expected; four standard deviations away is one chance in 16,000.
    assert 65 <= sum(one.sampled for one, _ in flags) <= 135
