"""What is recorded of a stream, for any bytes in any pieces."""

import hashlib

from cloche_executor.output import StreamRecord
from hypothesis import given
from hypothesis import strategies as st

TAIL = 16


@given(st.lists(st.binary(max_size=40)), st.integers(min_value=0, max_value=200))
def test_head_dropped_and_tail_are_the_whole_stream_in_order(
    pieces: list[bytes], limit: int
) -> None:
    record = StreamRecord(limit, tail_bytes=TAIL)
    head = b"".join(record.take(piece) for piece in pieces)
    tail = record.finish()
    whole = b"".join(pieces)
    summary = record.summary(chunks=0)
    assert head == whole[:limit]
    assert summary.total_bytes == len(whole)
    assert summary.head_bytes == len(head)
    assert summary.total_bytes == (summary.head_bytes + summary.dropped_bytes + summary.tail_bytes)
    kept = b"" if tail is None else tail.data
    assert summary.tail_bytes == len(kept) == min(TAIL, max(0, len(whole) - limit))
    assert summary.dropped_bytes >= 0
    if tail is not None:
        assert whole[tail.offset :] == tail.data
        assert tail.offset >= len(head)
    assert summary.sha256 == hashlib.sha256(head + kept).hexdigest()


def test_what_is_held_of_a_flood_of_single_bytes_stays_small() -> None:
    record = StreamRecord(0, tail_bytes=TAIL)
    for number in range(5000):
        assert record.take(bytes([number % 256])) == b""
        assert len(record._tail) <= 1024
    tail = record.finish()
    assert tail is not None
    assert tail.data == bytes(number % 256 for number in range(5000 - TAIL, 5000))


def test_a_stream_without_a_byte_has_the_digest_of_nothing() -> None:
    record = StreamRecord(10)
    assert record.finish() is None
    assert record.summary(0).sha256 == hashlib.sha256(b"").hexdigest()
