"""The one way between bytes and events."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import Raw, Struct

from cloche_schemas import upcasts
from cloche_schemas.envelope import Envelope
from cloche_schemas.events import EVENT_TYPES, EvaluationEvent, type_of
from cloche_schemas.subjects import Address

_encoder = msgspec.json.Encoder()
_envelopes = msgspec.json.Decoder(Envelope)
_decoders: dict[str, msgspec.json.Decoder[EvaluationEvent]] = {
    type_of(cls): msgspec.json.Decoder(cls) for cls in EVENT_TYPES
}


class Malformed(ValueError):  # noqa: N818 - it names what the bytes are
    """Bytes that are no envelope, or data that is not what its type says. To be parked, not retried."""


class Unknown(Struct, frozen=True):
    """An event of a type this version does not know: newer than we are. Each consumer has a policy for it."""

    type: str


class Stamp(Struct, frozen=True, kw_only=True):
    """What the appender adds to an event: identity, place and time."""

    id: str
    source: str
    address: Address
    time: datetime
    sequence: int
    traceparent: str | None = None
    tracestate: str | None = None


def encode(event: EvaluationEvent, stamp: Stamp) -> bytes:
    """The message for the log: a CloudEvent in structured JSON."""
    return _encoder.encode(
        Envelope(
            specversion="1.0",
            id=stamp.id,
            source=stamp.source,
            type=type_of(event),
            subject=stamp.address.evaluation,
            time=stamp.time,
            tenant=stamp.address.tenant,
            sequence=str(stamp.sequence),
            sequencetype="Integer",
            traceparent=stamp.traceparent,
            tracestate=stamp.tracestate,
            data=Raw(_encoder.encode(event)),
        )
    )


def decode_envelope(message: bytes) -> Envelope:
    """The envelope, its data left raw. `Malformed` if it is none."""
    try:
        return _envelopes.decode(message)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Malformed(f"not an envelope: {error}") from error


def decode_event(envelope: Envelope) -> EvaluationEvent | Unknown:
    """The event in the envelope, in today's version. `Malformed` if its data does not fit its type."""
    try:
        if envelope.type in upcasts.UPCASTS:
            old: dict[str, Any] = msgspec.json.decode(envelope.data)
            type_, data = upcasts.upcast(envelope.type, old)
            return msgspec.convert(data, _decoders[type_].type)
        decoder = _decoders.get(envelope.type)
        return Unknown(envelope.type) if decoder is None else decoder.decode(envelope.data)
    except (msgspec.DecodeError, UnicodeDecodeError, KeyError) as error:
        raise Malformed(f"{envelope.type}: {error}") from error


def decode(message: bytes) -> tuple[Envelope, EvaluationEvent | Unknown]:
    """Envelope and event of a message of the log."""
    envelope = decode_envelope(message)
    return envelope, decode_event(envelope)
