"""Both directions of a sandbox that has come up: the program goes in, then its output comes out, then what it left."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing

from cloche_executor.handover import Handover, Over, Secrets
from cloche_executor.sandbox import HandoverFailed, Output, Stream

HANDOVER_SECONDS = 30.0
Send = Callable[[bytes], Awaitable[None]]
Measure = Callable[[], Awaitable[None]]


class Conversation:
    """Talks to the bootstrap (`greeted`, `hand_over`), then is the program's output.

    `measure` is called at the program's end, while its sandbox still stands. `ended` is set when the output is over.
    """

    def __init__(self, pieces: Output, send: Send, secrets: Secrets, measure: Measure) -> None:
        self._pieces = pieces
        self._send = send
        self._measure = measure
        self._handover = Handover(secrets)
        self._first: list[tuple[Stream, bytes]] = []
        self._told = False
        self.ended = asyncio.Event()

    @property
    def over(self) -> Over | None:
        """What the bootstrap said at the program's end; None before, and where it could not say anything."""
        return self._handover.over

    async def greeted(self) -> None:
        """The bootstrap waits for its frame. `HandoverFailed` if it does not."""
        await self._until(lambda: self._handover.ready)

    async def hand_over(self, frame: bytes) -> None:
        """Give the program to the bootstrap. `HandoverFailed` unless it says ``go``."""
        try:
            async with asyncio.timeout(HANDOVER_SECONDS):
                await self._send(frame)
        except OSError as error:
            raise self._handover.failure(f"the bootstrap went away ({error})") from error
        await self._until(lambda: self._handover.gone)

    async def output(self) -> Output:
        try:
            await self._tell()
            for piece in self._first:
                yield piece
            async with aclosing(self._pieces) as pieces:
                async for stream, data in pieces:
                    for piece in self._handover.feed(stream, data):
                        yield piece
                    await self._tell()
            for piece in self._handover.finish():
                yield piece
        finally:
            self.ended.set()

    async def _tell(self) -> None:
        """Measure once the program is over, then let the bootstrap go on."""
        if self._handover.over is None or self._told:
            return
        self._told = True
        await self._measure()
        try:
            await self._send(b"\n")
        except OSError:
            # It has gone: its end is what the runtime says.
            return

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
