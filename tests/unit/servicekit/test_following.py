"""How much a reader of the log asks for: many small messages at a time, few large ones."""

from typing import cast

import msgspec
from cloche_kit.bus import StreamState
from cloche_kit.connection import Connection
from cloche_kit.follow import ASKED_BYTES, Follower

BATCH = 500


class _Wire:
    """A connection of which only what is sent is of interest."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def inbox(self) -> str:
        return "inbox"

    def send(self, subject: str, data: bytes, *, reply: str) -> None:
        assert ".MSG.NEXT." in subject
        assert reply.startswith("inbox.")
        self.asked.append(msgspec.json.decode(data)["batch"])


async def _state() -> StreamState:
    raise AssertionError("nobody asks for it")


def follower(wire: _Wire) -> Follower:
    made = Follower(cast("Connection", wire), "EVENTS", _state, batch=BATCH)
    made._consumer = "c"
    return made


def deliver(to: Follower, count: int, size: int) -> None:
    for _ in range(count):
        number = to._delivered + 1
        reply = f"$JS.ACK.EVENTS.c.1.{number}.{number}.1700000000000000000.0".encode()
        to._receive(b"a.b", reply, b"", bytes(size))


async def test_small_messages_are_asked_for_by_the_batch() -> None:
    wire = _Wire()
    reader = follower(wire)
    deliver(reader, 3, 200)
    assert len(await reader._next()) == 3
    assert wire.asked == [BATCH]


async def test_no_more_is_held_of_large_ones_than_a_few_mebibytes() -> None:
    wire, size = _Wire(), 256 << 10
    reader = follower(wire)
    deliver(reader, 1, 200)
    assert len(await reader._next()) == 1
    deliver(reader, BATCH - 1, size)
    taken = 0
    while taken < BATCH - 1:
        got = await reader._next()
        assert sum(len(stored.data) for stored in got) <= ASKED_BYTES + size
        taken += len(got)
    assert wire.asked[0] == BATCH
    assert all(asked * size <= ASKED_BYTES + size for asked in wire.asked[1:])
    # And back again.
    deliver(reader, 200, 200)
    while not wire.asked or wire.asked[-1] != BATCH:
        assert await reader._next()
