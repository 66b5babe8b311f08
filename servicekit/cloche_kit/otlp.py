"""Spans as OTLP's protobuf over HTTP, each encoded when it ends (ADR 0023).

What a protobuf message has may be written in any order, and messages one after another are one message
(https://protobuf.dev/programming-guides/encoding/#last-one-wins). So what recurs in spans, an attribute's key or a name
with its kind, is encoded once and kept as bytes; what differs in each is put between. A span with anything else
(links, events, errors, lists) is encoded by the SDK, and so is what stands around all of them.
"""

import struct
from collections.abc import Sequence
from functools import lru_cache
from typing import cast

from google.protobuf.message import Message
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, SpanFlags
from opentelemetry.proto.trace.v1.trace_pb2 import Span as SpanMessage
from opentelemetry.sdk.resources import Resource
from opentelemetry.trace import SpanKind, StatusCode

from cloche_kit.recording import RecordedSpan, RecordingTracer, as_read

# Fields of opentelemetry/proto/trace/v1/trace.proto and common.proto, as the tags that precede their values.
_RESOURCE_SPANS, _SCOPE_SPANS, _SPAN = b"\x0a", b"\x12", b"\x12"
_PARENT, _ATTRIBUTE, _KEY, _VALUE, _TEXT = b"\x22\x08", b"\x4a", b"\x0a", b"\x12", b"\x0a"
#: Trace id, span id, begin and end: tag, bytes; tag, bytes; tag, nanoseconds; tag, nanoseconds.
_fixed = struct.Struct("<2s16s2s8scQcQ").pack
_WHOLE = frozenset({int, bool})


class OtlpWire:
    """A collector, for the spans of one tracer. `timeout`: seconds for one request, its repetitions included."""

    def __init__(self, endpoint: str, resource: Resource, scope: str, *, timeout: float) -> None:
        self._resource, self._scope = _around(resource, scope)
        self._sender = _Sender(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=timeout)

    def encoded(self, span: RecordedSpan) -> bytes:
        return _delimited(_SPAN, _span(span))

    def request(self, spans: Sequence[bytes]) -> bytes:
        """An ``ExportTraceServiceRequest``: the same as the SDK's but for the order of its bytes."""
        # Lengths first, so that a batch is copied once.
        scoped = len(self._scope) + sum(map(len, spans))
        scope = _SCOPE_SPANS + _varint(scoped) + self._scope
        length = len(self._resource) + len(scope) - len(self._scope) + scoped
        around = _RESOURCE_SPANS + _varint(length) + self._resource + scope
        return b"".join((around, *spans))

    def send(self, spans: Sequence[bytes]) -> bool:
        return self._sender.send(self.request(spans))

    def close(self) -> None:
        self._sender.close()


class _Sender(OTLPSpanExporter):
    """The SDK's, for its headers, certificates, compression and repetitions; what is sent is encoded already."""

    def send(self, data: bytes) -> bool:
        return self._client.export(data).success

    def close(self) -> None:
        self.shutdown()  # type: ignore[no-untyped-call]


def _around(resource: Resource, scope: str) -> tuple[bytes, bytes]:
    """What describes the process and its tracer: ``ResourceSpans`` and ``ScopeSpans``, both without spans."""
    span = RecordingTracer(scope, resource, 1.0, lambda _: None).start_span("")
    span.end()
    described = _resource_spans(span)
    (scoped,) = described.scope_spans
    del scoped.spans[:], described.scope_spans[:]
    return _written(described), _written(scoped)


def _resource_spans(span: RecordedSpan) -> ResourceSpans:
    (described,) = encode_spans(as_read([span])).resource_spans
    return cast("ResourceSpans", described)


def _span(span: RecordedSpan) -> bytes:
    context, parent = span.context, span.parent
    if (
        span.links
        or span.events
        or span.status.status_code is not StatusCode.UNSET
        or context.trace_state
    ):
        return _by_the_sdk(span)
    parts = [
        _fixed(
            b"\x0a\x10",
            context.trace_id.to_bytes(16, "big"),
            b"\x12\x08",
            context.span_id.to_bytes(8, "big"),
            b"\x39",
            span.start_time,
            b"\x41",
            span.end_time,
        ),
        _head(span.name, span.kind, parent is not None and parent.is_remote),
    ]
    if parent is not None:
        parts += (_PARENT, parent.span_id.to_bytes(8, "big"))
    for key, value in span.attributes.items():
        if type(value) is str:
            text = value.encode()
            parts += (_before_text(key, len(text)), text)
        elif type(value) in _WHOLE:
            parts.append(_whole_number(key, value))
        elif type(value) is float:
            parts.append(_number(key, value))
        else:
            return _by_the_sdk(span)
    return b"".join(parts)


def _by_the_sdk(span: RecordedSpan) -> bytes:
    return _written(_resource_spans(span).scope_spans[0].spans[0])


# Routes and handlers: few.
@lru_cache(1024)
def _head(name: str, kind: SpanKind, parent_is_remote: bool) -> bytes:
    """Name, kind, flags and a status that says nothing."""
    message = SpanMessage(name=name, kind=SpanMessage.SpanKind.Value(f"SPAN_KIND_{kind.name}"))
    message.flags = SpanFlags.SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK
    if parent_is_remote:
        message.flags |= SpanFlags.SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK
    message.status.SetInParent()
    return _written(message)


@lru_cache(4096)
def _before_text(key: str, length: int) -> bytes:
    """All of an attribute but its text, of so many bytes, which follows."""
    value = _TEXT + _varint(length)
    pair = _delimited(_KEY, key.encode()) + _VALUE + _varint(len(value) + length) + value
    return _ATTRIBUTE + _varint(len(pair) + length) + pair


def _number(key: str, value: float) -> bytes:
    message = KeyValue(key=key)
    if isinstance(value, bool):
        message.value.bool_value = value
    elif isinstance(value, int):
        message.value.int_value = value
    else:
        message.value.double_value = value
    return _delimited(_ATTRIBUTE, _written(message))


# By type too: 1 and True are one key of a dictionary. No fractions: 0.0 and -0.0 are another, and few come again.
_whole_number = lru_cache(4096, typed=True)(_number)


def _written(message: Message) -> bytes:
    return cast("bytes", message.SerializeToString())


def _delimited(tag: bytes, message: bytes) -> bytes:
    """A message within another: its tag, its length and itself."""
    return b"".join((tag, _varint(len(message)), message))


@lru_cache(4096)
def _varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first, each but the last with its highest bit set."""
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*written, number))
