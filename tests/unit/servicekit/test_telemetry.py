"""The trace travels in the envelope: what one service appends, another continues."""

from datetime import UTC, datetime, timedelta

import pytest
from cloche_kit.settings import ServiceSettings
from cloche_kit.telemetry import (
    Earlier,
    carrier,
    configure,
    configured,
    context_of,
    link_current,
    trace_id_of,
)
from cloche_schemas import codec
from cloche_schemas.codec import Stamp
from cloche_schemas.envelope import Envelope
from cloche_schemas.events import AttemptFailed
from cloche_schemas.subjects import Address
from opentelemetry import trace
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pydantic import ValidationError

ADDRESS = Address("main", "01936b5e-7a3c-7d10-8f00-2b9c4e1a6d55")


def envelope_with(headers: dict[str, str]) -> Envelope:
    stamp = Stamp(
        id="e:1",
        source="/s",
        address=ADDRESS,
        time=datetime.now(UTC),
        sequence=1,
        traceparent=headers.get("traceparent"),
        tracestate=headers.get("tracestate"),
    )
    return codec.decode_envelope(codec.encode(AttemptFailed(attempt=1, reason="x"), stamp))


def test_a_consumer_continues_the_trace_of_the_producer() -> None:
    exporter = InMemorySpanExporter()
    gateway = configure("gateway", instance="g", exporter=exporter)
    storage = configure("storage", instance="s", exporter=exporter)
    with gateway.producer_span("append attempt-failed.v1"):
        envelope = envelope_with(carrier())
    with storage.consumer_span(envelope, "archive", attempt=1):
        assert carrier()["traceparent"].split("-")[1] == trace_id_of(envelope)
    produced, consumed = exporter.get_finished_spans()
    assert consumed.parent is not None
    assert produced.context is not None
    assert consumed.parent.span_id == produced.context.span_id
    assert consumed.kind is trace.SpanKind.CONSUMER
    assert produced.kind is trace.SpanKind.PRODUCER
    assert consumed.attributes is not None
    assert consumed.attributes["cloche.evaluation.id"] == ADDRESS.evaluation
    assert consumed.attributes["attempt"] == 1
    assert consumed.resource.attributes["service.name"] == "cloche-storage"
    assert produced.resource.attributes["service.name"] == "cloche-gateway"


def test_outside_of_a_span_nothing_is_carried() -> None:
    assert carrier() == {}
    envelope = envelope_with({})
    assert trace_id_of(envelope) is None


def test_a_foreign_trace_header_is_not_believed() -> None:
    envelope = envelope_with({"traceparent": "00-zz-zz-01"})
    assert trace_id_of(envelope) is None
    assert not trace.get_current_span(context_of(envelope)).get_span_context().is_valid


def test_without_an_endpoint_spans_go_nowhere_and_shutdown_is_harmless() -> None:
    telemetry = configure("executor", instance="e")
    with telemetry.producer_span("append") as span:
        assert span.get_span_context().is_valid
        assert not span.is_recording()
        assert f"{span.get_span_context().trace_id:032x}" in carrier()["traceparent"]
    telemetry.shutdown()
    exporting = configure("executor", instance="e", otlp_endpoint="http://127.0.0.1:9/")
    exporting.shutdown()


def test_what_is_not_recorded_still_carries_the_trace_and_the_callers_decision() -> None:
    telemetry = configure("executor", instance="e")
    exporter = InMemorySpanExporter()
    recording = configure("storage", instance="s", exporter=exporter)
    with (
        telemetry.producer_span("first") as first,
        telemetry.tracer.start_as_current_span("below") as below,
    ):
        with recording.tracer.start_as_current_span("recorded"):
            pass
        plain = telemetry.tracer.start_span("plain")
    own, inner = first.get_span_context(), below.get_span_context()
    assert (inner.trace_id, inner.span_id != own.span_id) == (own.trace_id, True)
    assert plain.get_span_context().trace_id == own.trace_id
    [span] = exporter.get_finished_spans()
    assert span.parent is not None
    assert (span.context.trace_id, span.parent.span_id) == (own.trace_id, inner.span_id)
    unsampled = envelope_with({"traceparent": f"00-{own.trace_id:032x}-{own.span_id:016x}-00"})
    with telemetry.consumer_span(unsampled, "unsampled") as span_of_it:
        assert not span_of_it.get_span_context().trace_flags.sampled


def test_what_has_waited_is_a_span_that_is_over() -> None:
    exporter = InMemorySpanExporter()
    telemetry = configure("executor", instance="e", exporter=exporter)
    since = datetime.now(UTC) - timedelta(seconds=3)
    with telemetry.producer_span("run attempt") as running:
        telemetry.waited("dequeue", since, attempt=2)
    waited, _ = exporter.get_finished_spans()
    assert waited.parent is not None
    assert waited.parent.span_id == running.get_span_context().span_id
    assert waited.start_time is not None
    assert waited.end_time is not None
    assert 2.9e9 < waited.end_time - waited.start_time < 10e9
    configure("executor", instance="e").waited("dequeue", since)


def test_what_comes_again_links_to_what_was_tried_before() -> None:
    exporter = InMemorySpanExporter()
    telemetry = configure("gateway", instance="g", exporter=exporter)
    earlier = Earlier(most=2)
    envelope = envelope_with({})
    with telemetry.consumer_span(envelope, "first") as first:
        for key in (1, 2, 3):
            earlier.note(key)
    assert earlier.links(1) == ()
    with telemetry.consumer_span(envelope, "second", earlier.links(3)):
        pass
    assert earlier.links(3) == ()
    [link] = exporter.get_finished_spans()[-1].links
    assert link.context == first.get_span_context()
    assert link.attributes == {"cloche.link": "redelivery"}


def test_where_nothing_is_recorded_nothing_is_kept() -> None:
    earlier = Earlier()
    earlier.note(1)
    with configure("gateway", instance="g").producer_span("one"):
        earlier.note(1)
        link_current(envelope_with({}), "retry")
    assert earlier.links(1) == ()


def test_a_retry_links_to_the_event_that_ended_the_attempt_before() -> None:
    exporter = InMemorySpanExporter()
    telemetry = configure("executor", instance="e", exporter=exporter)
    with telemetry.producer_span("append attempt-failed.v1") as appended:
        failed = envelope_with(carrier())
    with telemetry.consumer_span(failed, "run attempt"):
        link_current(failed, "retry")
        link_current(envelope_with({}), "retry")
    [link] = exporter.get_finished_spans()[-1].links
    assert link.context.span_id == appended.get_span_context().span_id
    assert link.attributes == {"cloche.link": "retry"}


@pytest.mark.parametrize("endpoint", ["collector:4318", "file:///etc/passwd", "http:/x"])
def test_an_endpoint_that_is_none_is_named(endpoint: str) -> None:
    with pytest.raises(ValidationError, match="otlp_endpoint"):
        ServiceSettings(otlp_endpoint=endpoint)


def test_settings_say_where_spans_go() -> None:
    assert ServiceSettings(otlp_endpoint="").otlp_endpoint is None
    off = configured("gateway", ServiceSettings())
    with off.producer_span("one") as span:
        assert not span.is_recording()
    on = configured("gateway", ServiceSettings(otlp_endpoint="http://127.0.0.1:9", otlp_ratio=0.0))
    with on.producer_span("one") as span:
        assert span.is_recording()
        assert not span.get_span_context().trace_flags.sampled
    on.shutdown()
