"""Bytes to events and back: what is malformed, what is merely unknown, what is upcast."""

from datetime import UTC, datetime

import msgspec
import pytest
from cloche_schemas import codec, upcasts
from cloche_schemas.codec import Malformed, Stamp, Unknown
from cloche_schemas.events import AttemptFailed, OutputChunk
from cloche_schemas.subjects import Address
from hypothesis import given
from hypothesis import strategies as st

ADDRESS = Address("main", "01936b5e-7a3c-7d10-8f00-2b9c4e1a6d55")
STAMP = Stamp(
    id="e:1",
    source="/cloche/test",
    address=ADDRESS,
    time=datetime(2026, 11, 24, tzinfo=UTC),
    sequence=7,
)


def edited(**changes: object) -> bytes:
    message = msgspec.json.decode(codec.encode(AttemptFailed(attempt=1, reason="lost"), STAMP))
    return msgspec.json.encode({**message, **changes})


def test_the_envelope_is_a_cloud_event() -> None:
    message = msgspec.json.decode(edited())
    assert message["specversion"] == "1.0"
    assert message["sequencetype"] == "Integer"
    assert message["subject"] == ADDRESS.evaluation
    assert message["time"] == "2026-11-24T00:00:00Z"
    assert "traceparent" not in message


@given(st.binary(max_size=200))
def test_output_bytes_survive_whatever_they_are(data: bytes) -> None:
    chunk = OutputChunk(attempt=1, stream="stderr", index=0, offset=0, data=data)
    assert codec.decode(codec.encode(chunk, STAMP))[1] == chunk


def test_an_unknown_type_keeps_its_envelope() -> None:
    envelope, event = codec.decode(edited(type="cloche.evaluation.paused.v1", data={"a": 1}))
    assert event == Unknown("cloche.evaluation.paused.v1")
    assert envelope.number == 7


def test_an_unknown_version_is_unknown_too() -> None:
    _, event = codec.decode(edited(type="cloche.evaluation.attempt-failed.v9"))
    assert event == Unknown("cloche.evaluation.attempt-failed.v9")


def test_an_unknown_field_is_ignored() -> None:
    data = {"type": "cloche.evaluation.attempt-failed.v1", "attempt": 2, "reason": "x", "new": 1}
    assert codec.decode(edited(data=data))[1] == AttemptFailed(attempt=2, reason="x")


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"not json",
        b"\xff\xfe",
        b"[]",
        b"{}",
        edited(specversion="0.3"),
        edited(time="yesterday"),
        edited(time="2026-11-24T00:00:00"),
        edited(sequence="first"),
        edited(data={"type": "cloche.evaluation.attempt-failed.v1"}),
        edited(data={"type": "cloche.evaluation.completed.v1", "attempt": 1, "reason": "x"}),
        edited(
            data={"type": "cloche.evaluation.attempt-failed.v1", "attempt": 0, "reason": "none"}
        ),
    ],
)
def test_what_is_no_event_is_malformed(message: bytes) -> None:
    with pytest.raises(Malformed):
        codec.decode(message)


def test_an_old_version_is_read_as_todays(monkeypatch: pytest.MonkeyPatch) -> None:
    def v0(data: dict[str, object]) -> dict[str, object]:
        return {"attempt": data["try"], "reason": data["why"]}

    new = "cloche.evaluation.attempt-failed.v1"
    old = "cloche.evaluation.attempt-failed.v0"
    oldest = "cloche.evaluation.attempt-broken.v0"
    monkeypatch.setitem(upcasts.UPCASTS, old, (new, v0))
    monkeypatch.setitem(upcasts.UPCASTS, oldest, (old, lambda data: {**data, "why": "broken"}))
    assert codec.decode(edited(type=old, data={"try": 3, "why": "lost"}))[1] == AttemptFailed(
        attempt=3, reason="lost"
    )
    assert codec.decode(edited(type=oldest, data={"try": 4}))[1] == AttemptFailed(
        attempt=4, reason="broken"
    )


def test_an_upcast_that_lacks_its_field_is_malformed(monkeypatch: pytest.MonkeyPatch) -> None:
    old = "cloche.evaluation.attempt-failed.v0"
    monkeypatch.setitem(
        upcasts.UPCASTS, old, ("cloche.evaluation.attempt-failed.v1", lambda data: data["gone"])
    )
    with pytest.raises(Malformed, match=r"attempt-failed\.v0"):
        codec.decode(edited(type=old, data={}))
