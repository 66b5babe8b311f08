"""Segments keep every byte of every message, and are chained."""

import hashlib

import msgspec
import pytest
import zstandard
from cloche_kit.archive import lines
from cloche_kit.archive import segment as segment_module
from cloche_kit.archive.segment import Damaged, Header, Opened, Sealed, Segment, key_of, pack
from cloche_kit.bus import Stored
from hypothesis import given
from hypothesis import strategies as st
from support.recorded import BEGIN, Recorder, address_of, story


def sealed_of(messages: list[Stored], previous: str = "") -> Sealed:
    segment = Segment()
    for stored in messages:
        segment.add(stored)
    return segment.seal(stream="S", epoch="e1", previous=previous)


def test_an_event_stands_in_its_line_as_it_is_on_the_log() -> None:
    stored = Recorder().events(address_of(1), story(("stdout", b"hi")))[2]
    line = msgspec.json.decode(lines.encode(stored))
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
    sealed = sealed_of(log)
    header = sealed.header
    assert (header.first, header.last, header.events) == (7, 6 + len(log), len(log))
    assert sealed == sealed_of(log)
    opened = Opened.of("key", sealed.data)
    assert opened.messages() == log
    assert (opened.header, opened.digest) == (header, sealed.digest)


@pytest.mark.parametrize(
    "data", [b"", b"{not json", b'{"a":1} x', b'{\n"a":1}', b'"\xff"', b"\xff", b" {}", b"{}\r"]
)
def test_what_is_no_json_of_one_line_is_kept_as_base64(data: bytes) -> None:
    assert not lines.is_json(data)
    line = msgspec.json.decode(lines.encode(Stored("s", 1, BEGIN, data)))
    assert "data" not in line


def test_the_digest_covers_the_segment_before_and_every_line() -> None:
    log = Recorder().events(address_of(1), story(("stdout", b"x")))
    header = msgspec.json.encode(sealed_of(log).header)
    parts = [header, *map(lines.encode, log)]
    whole = b"".join(hashlib.sha256(part).digest() for part in parts)
    assert sealed_of(log).digest == hashlib.sha256(whole).hexdigest()
    others = {sealed_of(log, previous="aa").digest, sealed_of(log[:-1]).digest}
    assert sealed_of(log).digest not in others
    assert len(others) == 2


def test_a_forgotten_line_leaves_its_digest_and_nothing_else() -> None:
    log = Recorder().events(address_of(1), story(("stdout", b"secret")))
    sealed = sealed_of(log)
    opened = Opened.of("key", sealed.data)
    rows = [row for row, _ in opened.lines]
    rows[1] = lines.forget(lines.forget(rows[1]))
    data, digest = pack(msgspec.json.encode(sealed.header), rows)
    assert digest == sealed.digest
    again = Opened.of("key", data)
    assert again.digest == sealed.digest
    assert again.messages() == [log[0], *log[2:]]
    left = msgspec.json.decode(rows[1])
    assert left.keys() == {"sequence", "forgotten"}


@pytest.mark.parametrize(
    "left",
    [
        # One line that claims to stand for three.
        b'{"sequence":1,"forgotten":"%s"}' % (b"ab" * 96),
        b'{"sequence":1,"forgotten":"%s"}' % (b"AB" * 32),
        b'{"sequence":1,"forgotten":"%s","data":{"never":"hashed"}}' % (b"ab" * 32),
        b'{"sequence":1,"forgotten":"no digest"}',
    ],
)
def test_what_is_left_of_a_line_can_be_nothing_else(left: bytes) -> None:
    right = b'{"sequence":1,"forgotten":"%s"}' % (b"ab" * 32)
    data, damaged = (zstandard.compress(line + b"\n") for line in (right, left))
    assert Opened.of("key", data).lines[0][1].forgotten
    with pytest.raises(Damaged, match="not a segment"):
        Opened.of("key", damaged)


def test_what_unpacks_to_more_than_a_segment_can_be_is_not_unpacked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sealed = sealed_of(Recorder().events(address_of(1), story(("stdout", bytes(1 << 20)))))
    monkeypatch.setattr(segment_module, "MOST_BYTES", 1 << 20)
    text = zstandard.decompress(sealed.data)
    unsized = zstandard.ZstdCompressor(write_content_size=False)
    for data in (sealed.data, unsized.compress(text)):
        with pytest.raises(Damaged, match="more than 1048576 bytes"):
            Opened.of("key", data)
    monkeypatch.undo()
    assert Opened.of("key", unsized.compress(text)).digest == sealed.digest


def test_a_damaged_segment_is_noticed() -> None:
    sealed = bytearray(sealed_of(Recorder().events(address_of(1), story())).data)
    sealed[len(sealed) // 2] ^= 0xFF
    with pytest.raises(Damaged, match="key: not a segment"):
        Opened.of("key", bytes(sealed))


def test_a_segment_from_before_there_was_a_chain_is_read_too() -> None:
    log = Recorder().events(address_of(1), story())
    row = lines.encode(log[0])
    data, _ = pack(row, [lines.encode(stored) for stored in log[1:]])
    opened = Opened.of("key", data)
    assert opened.header is None
    assert opened.messages() == log


def test_a_header_is_told_from_a_line() -> None:
    header = Header(stream="S", epoch="e", first=1, last=1, events=1, begins=BEGIN, ends=BEGIN)
    assert msgspec.json.encode(header).startswith(b'{"format":')


def test_keys_sort_as_sequences_do() -> None:
    keys = [key_of("EVALUATIONS", "abc", first, first + 9) for first in (1, 10, 99, 100, 10**12)]
    assert keys[0] == (
        "archive/EVALUATIONS-abc/00000000000000000001-00000000000000000010.ndjson.zst"
    )
    assert keys == sorted(keys)
