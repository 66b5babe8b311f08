"""However a reader comes, goes, lags and changes gateways: it is told every event once, in order."""

import asyncio
from collections.abc import AsyncGenerator

from cloche_gateway.app import assemble
from cloche_gateway.deps import Gateway
from cloche_gateway.evaluation_feed import EvaluationFeed, opened
from cloche_gateway.frames import Frame
from cloche_schemas.subjects import Address
from hypothesis import given, settings
from hypothesis import strategies as st
from support.gateway import Stage, stage_with

#: So many events a watcher holds, so that a few more are too many.
HELD = 3
Step = tuple[str, int]
STEPS: st.SearchStrategy[list[Step]] = st.lists(
    st.one_of(
        st.tuples(st.just("print"), st.integers(1, 2 * HELD)),
        st.tuples(st.just("read"), st.integers(1, HELD)),
        st.tuples(st.just("go to"), st.integers(0, 1)),
    ),
    max_size=25,
)


class Reader:
    """One client of two gateways, which keeps nothing of a connection but its last cursor."""

    def __init__(self, gateways: list[Gateway], address: Address) -> None:
        self._gateways = gateways
        self._address = address
        self._at = 0
        self._feed: EvaluationFeed | None = None
        self._told: AsyncGenerator[list[Frame], None] | None = None
        self.seen: list[int] = []
        self._cursor: str | None = None

    async def go_to(self, number: int) -> None:
        """Leave one gateway for another."""
        await self.leave()
        self._at = number
        feed = await opened(self._gateways[number], self._address, self._cursor, "/after")
        if feed is not None:
            self._feed, self._told = feed, feed.told()

    async def leave(self) -> None:
        if self._told is not None:
            await self._told.aclose()
        self._feed = self._told = None

    async def read(self) -> bool:
        """What one piece brings; False at the end. There is something to read."""
        if self._told is None or self._feed is None:
            await self.go_to(self._at)
        if self._told is None or self._feed is None:
            return False
        async with asyncio.timeout(5):
            frames = await anext(self._told, None)
        if frames is None:
            over = self._feed.over
            await self.leave()
            return not over
        for frame in frames:
            self.seen.append(frame.sequence)
            self._cursor = f"{frame.epoch}-{frame.sequence}"
        return True


async def play(stage: Stage, steps: list[Step]) -> list[int]:
    """What a reader sees of an evaluation while the steps are taken, and after."""
    other = assemble(stage.deps, stage.settings, stage.stop, keyring=stage.keyring, book=stage.book)
    address = await stage.submit()
    await stage.start(address)
    reader, written = Reader([stage.gateway, other], address), 2
    for step, number in steps:
        match step:
            case "print":
                for _ in range(number):
                    await stage.print(address, b"x")
                written += number
            case "read":
                for _ in range(number):
                    if len(reader.seen) < written:
                        await reader.read()
            case _:
                await reader.go_to(number)
    await stage.complete(address)
    while await reader.read():
        pass
    await reader.leave()
    assert written + 1 == await stage.length()
    return reader.seen


@given(steps=STEPS)
@settings(max_examples=60)
def test_every_event_is_told_once_and_in_order(steps: list[Step]) -> None:
    async def run() -> tuple[list[int], int]:
        async with stage_with(watcher_events=HELD) as stage:
            seen = await play(stage, steps)
            assert stage.bus.followers == []
            return seen, await stage.length()

    seen, written = asyncio.run(run())
    assert seen == list(range(1, written + 1))
