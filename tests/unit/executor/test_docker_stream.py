"""The attach stream of a container, taken apart however it is cut."""

import asyncio
import socket
from contextlib import aclosing

import pytest
from cloche_executor.engines.docker_stream import Demultiplexer, read_pieces
from cloche_executor.sandbox import SandboxLost, Stream
from hypothesis import given
from hypothesis import strategies as st

NUMBERS: dict[Stream, int] = {"stdout": 1, "stderr": 2}
FRAMES = st.lists(st.tuples(st.sampled_from(["stdout", "stderr"]), st.binary(max_size=30)))


def encode(frames: list[tuple[Stream, bytes]]) -> bytes:
    return b"".join(
        bytes([NUMBERS[name], 0, 0, 0]) + len(data).to_bytes(4, "big") + data
        for name, data in frames
    )


@given(FRAMES, st.lists(st.integers(1, 20)))
def test_every_stream_comes_out_whole(frames: list[tuple[Stream, bytes]], cuts: list[int]) -> None:
    demultiplexer = Demultiplexer()
    said: dict[Stream, bytes] = {"stdout": b"", "stderr": b""}
    data = encode(frames)
    for cut in [*cuts, len(data)]:
        piece, data = data[:cut], data[cut:]
        for name, part in demultiplexer.feed(piece):
            said[name] += part
    assert not demultiplexer.within
    for name, whole in said.items():
        assert whole == b"".join(part for whose, part in frames if whose == name)


@pytest.mark.parametrize("header", [b"\x07\0\0\0\0\0\0\1", b"\1\0\0\1\0\0\0\1"])
def test_a_stream_out_of_step_is_lost(header: bytes) -> None:
    with pytest.raises(SandboxLost, match="out of step"):
        Demultiplexer().feed(header)


async def test_an_end_in_the_middle_of_a_piece_is_a_loss_and_not_an_end() -> None:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.sendall(encode([("stdout", b"whole"), ("stderr", b"cut here")])[:-3])
    theirs.close()
    with ours:
        async with aclosing(read_pieces(ours)) as pieces, asyncio.timeout(5):
            assert await anext(pieces) == ("stdout", b"whole")
            assert await anext(pieces) == ("stderr", b"cut h")
            with pytest.raises(SandboxLost, match="broke off"):
                await anext(pieces)
