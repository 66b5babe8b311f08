"""Both directions of a sandbox that has just come up: the program goes in, then its output comes out."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing

from cloche_schemas.values import StreamName

from cloche_executor.handover import Handover
from cloche_executor.sandbox import HandoverFailed

HANDOVER_SECONDS = 30.0
Pieces = AsyncGenerator[tuple[StreamName, bytes], None]
Send = Callable[[bytes], Awaitable[None]]


class Conversation:
    """Talks to the bootstrap (`hand_over`), then is the program's output. `ended` is set when that is over."""

    def __init__(self, pieces: Pieces, send: Send, nonce: str) -> None:
        self._pieces = pieces
        self._send = send
        self._handover = Handover(nonce)
        self._first: list[tuple[StreamName, bytes]] = []
        self.ended = asyncio.Event()

    async def greeted(self) -> None:
        """The bootstrap waits for its frame. `HandoverFailed` if it does not."""
        await self._until(lambda: self._handover.ready)

    async def hand_over(self, frame: bytes) -> None:
        """Give the program to the bootstrap. `HandoverFailed` unless it says ``go``."""
        try:
            await self._send(frame)
        except OSError as error:
            raise self._handover.failure(f"the bootstrap went away ({error})") from error
        await self._until(lambda: self._handover.gone)

    async def output(self) -> Pieces:
        try:
            for piece in self._first:
                yield piece
            async with aclosing(self._pieces) as pieces:
                async for piece in pieces:
                    yield piece
        finally:
            self.ended.set()

    async def _until(self, done: Callable[[], bool]) -> None:
        try:
            async with asyncio.timeout(HANDOVER_SECONDS):
                while not done():
                    stream, data = await anext(self._pieces)
                    self._first += self._handover.feed(stream, data)
        except StopAsyncIteration:
            raise self._handover.failure("the sandbox ended before the program began") from None
        except TimeoutError:
            raise HandoverFailed(f"nothing within {HANDOVER_SECONDS:g} s") from None
