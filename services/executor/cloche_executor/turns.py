"""How many sandboxes are started at once, over all engines: more would make each slower and none more."""

import asyncio
from collections import deque
from collections.abc import Callable

STARTS = 4


class Turns:
    """`most` starts at once. Who is waited for goes first; who is not leaves at least one turn free."""

    def __init__(self, most: int = STARTS) -> None:
        self._most = most
        self._taken = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._listeners: list[Callable[[], None]] = []

    @property
    def taken(self) -> int:
        return self._taken

    def listen(self, freed: Callable[[], None]) -> None:
        """`freed` is called whenever a turn is over."""
        self._listeners.append(freed)

    async def take(self) -> None:
        """Wait for a turn; `give_back` it."""
        if self._taken < self._most and not self._waiting:
            self._taken += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give_back()
            else:
                self._waiting.remove(turn)
            raise

    def take_spare(self) -> bool:
        """Take a turn for what nobody waits for, if there is one to spare."""
        if self._waiting or self._taken >= max(1, self._most - 1):
            return False
        self._taken += 1
        return True

    def give_back(self) -> None:
        self._taken -= 1
        while self._waiting and self._taken < self._most:
            turn = self._waiting.popleft()
            if not turn.done():
                self._taken += 1
                turn.set_result(None)
        for freed in self._listeners:
            freed()
