"""Segments keep every byte of every message."""

import msgspec
import pytest
import zstandard
from cloche_kit.bus import Stored
from cloche_storage import segments
from cloche_storage.segments import Segment, is_json, line_of
from hypothesis import given
from hypothesis import strategies as st
from support.recorded import BEGIN, Recorder, address_of, story


def segment_of(messages: list[Stored]) -> Segment:
    segment = Segment()
    for stored in messages:
        segment.add(stored)
    return segment


def test_an_event_stands_in_its_line_as_it_is_on_the_log() -> None:
    stored = Recorder().events(address_of(1), story(("stdout", b"hi")))[2]
    line = msgspec.json.decode(line_of(stored))
    assert line["data"] == msgspec.json.decode(stored.data)
    assert (line["subject"], line["sequence"]) == (stored.subject, stored.sequence)
    assert line["time"] == "2026-01-02T03:04:08.678901Z"


@given(
    st.lists(
        st.tuples(
            st.one_of(st.binary(), st.text().map(msgspec.json.encode), st.just(b'{"a": 1 }')),
            st.dictionaries(st.text(), st.text(), max_size=2),
        ),
        min_size=1,
    )
)
def test_what_was_sealed_is_read_back_byte_for_byte(
    messages: list[tuple[bytes, dict[str, str]]],
) -> None:
    log = [
        Stored("evaluations.x", number, BEGIN, data, headers)
        for number, (data, headers) in enumerate(messages, start=7)
    ]
    segment = segment_of(log)
    assert (segment.first, segment.last, segment.events) == (7, 6 + len(log), len(log))
    sealed = segment.seal()
    assert sealed == segment_of(log).seal()
    assert list(segments.read([sealed])) == log


@pytest.mark.parametrize(
    "data", [b"", b"{not json", b'{"a":1} x', b'{\n"a":1}', b'"\xff"', b"\xff", b" {}", b"{}\r"]
)
def test_what_is_no_json_of_one_line_is_kept_as_base64(data: bytes) -> None:
    assert not is_json(data)
    line = msgspec.json.decode(line_of(Stored("s", 1, BEGIN, data)))
    assert "data" not in line


def test_segments_that_overlap_give_each_message_once() -> None:
    log = Recorder().events(address_of(1), story(*(("stdout", b"x"),) * 8))
    sealed = [
        segment_of(log[:4]).seal(),
        segment_of(log[2:7]).seal(),
        segment_of(log[4:]).seal(),
    ]
    assert list(segments.read(sealed)) == log
    assert list(segments.read(sealed, after=5)) == log[5:]


def test_a_damaged_segment_is_noticed() -> None:
    sealed = bytearray(segment_of(Recorder().events(address_of(1), story())).seal())
    sealed[len(sealed) // 2] ^= 0xFF
    with pytest.raises((zstandard.ZstdError, msgspec.DecodeError)):
        list(segments.read([bytes(sealed)]))


def test_keys_sort_as_sequences_do() -> None:
    folder = segments.folder("EVALUATIONS", "abc")
    keys = [segments.key(folder, first, first + 9) for first in (1, 10, 99, 100, 10**12)]
    assert keys[0] == (
        "archive/EVALUATIONS-abc/00000000000000000001-00000000000000000010.ndjson.zst"
    )
    assert keys == sorted(keys)
