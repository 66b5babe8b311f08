"""The raw attach stream of a container: an 8-byte header before each piece says whose it is."""

import asyncio
import socket

from cloche_executor.sandbox import Output, SandboxLost, Stream

HEADER = 8
READ_BYTES = 64 << 10
_NAMES: dict[int, Stream] = {1: "stdout", 2: "stderr"}


class Demultiplexer:
    """Takes the stream apart as it comes. Pure; keeps at most one header."""

    def __init__(self) -> None:
        self._header = b""
        self._stream: Stream = "stdout"
        self._left = 0

    @property
    def within(self) -> bool:
        """Whether a header or a piece is incomplete, so that an end now would be a loss."""
        return self._left > 0 or bool(self._header)

    def feed(self, data: bytes) -> list[tuple[Stream, bytes]]:
        """The pieces in `data`; one that is cut comes in parts. `SandboxLost` if it is no such stream."""
        pieces: list[tuple[Stream, bytes]] = []
        at = 0
        while at < len(data):
            if self._left == 0:
                take = HEADER - len(self._header)
                self._header += data[at : at + take]
                at += take
                if len(self._header) == HEADER:
                    self._open(self._header)
                continue
            piece = data[at : at + self._left]
            at += len(piece)
            self._left -= len(piece)
            pieces.append((self._stream, piece))
        return pieces

    def _open(self, header: bytes) -> None:
        name = _NAMES.get(header[0])
        if name is None or header[1:4] != b"\0\0\0":
            raise SandboxLost(f"the output stream is out of step: {header.hex()}")
        self._stream, self._left, self._header = name, int.from_bytes(header[4:], "big"), b""


async def read_pieces(attached: socket.socket) -> Output:
    """What a container writes, until its stream ends. Not reading on blocks the program."""
    loop = asyncio.get_running_loop()
    demultiplexer = Demultiplexer()
    while data := await _receive(loop, attached):
        for piece in demultiplexer.feed(data):
            yield piece
    if demultiplexer.within:
        raise SandboxLost("the output stream broke off")


async def _receive(loop: asyncio.AbstractEventLoop, attached: socket.socket) -> bytes:
    try:
        return await loop.sock_recv(attached, READ_BYTES)
    except OSError as error:
        raise SandboxLost(f"the output stream broke off: {error}") from error
