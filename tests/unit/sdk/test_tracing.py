"""Whose trace a request belongs to: the caller's, from its current span or from its environment."""

import httpx2
import pytest
from cloche.exchange import request_of
from cloche.steps import Call
from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, TraceState

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
CALL = Call(method="GET", path="/v1", read=lambda _answer: None, headers=(("X-Own", "1"),))


def sent() -> dict[str, str]:
    with httpx2.Client(base_url="http://cloche") as http:
        headers = request_of(http, CALL).headers
    assert headers["x-own"] == "1"
    return {name: headers[name] for name in ("traceparent", "tracestate") if name in headers}


@pytest.fixture(autouse=True)
def started_without(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TRACEPARENT", "TRACESTATE"):
        monkeypatch.delenv(name, raising=False)


def test_who_has_no_trace_sends_none() -> None:
    assert sent() == {}


def test_the_trace_that_a_process_was_started_with_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACEPARENT", PARENT)
    monkeypatch.setenv("TRACESTATE", "vendor=1")
    assert sent() == {"traceparent": PARENT, "tracestate": "vendor=1"}


@pytest.mark.parametrize("parent", ["", "yes", PARENT + "\r\nX: 1", PARENT.upper(), "ä" * 55])
def test_what_is_none_is_not_sent(monkeypatch: pytest.MonkeyPatch, parent: str) -> None:
    monkeypatch.setenv("TRACEPARENT", parent)
    assert sent() == {}


def test_the_current_span_goes_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACEPARENT", PARENT)
    current = SpanContext(
        1, 2, is_remote=False, trace_flags=TraceFlags(1), trace_state=TraceState()
    )
    with trace.use_span(NonRecordingSpan(current)):
        assert sent() == {"traceparent": f"00-{1:032x}-{2:016x}-01"}
