"""Holding a message of a durable while something runs, and knowing when it may no longer be ours."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from cloche_kit.bus import BusUnavailable, Delivery
from cloche_kit.logs import get_logger

_log = get_logger(__name__)


class Lease:
    """Keeps one delivery alive: a sign of life every third of the ack wait.

    After a gap of more than half the ack wait (a paused process, an unreachable log) somebody else may be given the
    message soon: the lease is lost, and stays so.
    """

    def __init__(
        self, delivery: Delivery, ack_wait: float, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._delivery = delivery
        self._ack_wait = ack_wait
        self._clock = clock
        self._sign = clock()
        self._lost = False

    @property
    def delivery(self) -> Delivery:
        return self._delivery

    @property
    def fresh(self) -> bool:
        """Whether the message is surely ours now."""
        self._lost = self._lost or self._clock() - self._sign > self._ack_wait / 2
        return not self._lost

    def adopt(self, delivery: Delivery) -> None:
        """The same message was delivered again to us while its attempt runs here: go on with the newer delivery."""
        self._delivery = delivery
        if self.fresh:
            self._sign = self._clock()

    async def keep(self, on_sign: Callable[[], Awaitable[None]]) -> None:
        """Give signs of life, each followed by `on_sign`, until the lease is lost; then return."""
        pause = self._ack_wait / 3
        while True:
            await asyncio.sleep(pause)
            if not self.fresh:
                return
            pause = self._ack_wait / 3
            try:
                # A sign that takes longer than what is left comes too late.
                async with asyncio.timeout(self._sign + self._ack_wait / 2 - self._clock()):
                    began = self._clock()
                    await self._delivery.in_progress()
                self._sign = began
                await on_sign()
            except (BusUnavailable, TimeoutError) as error:
                _log.warning("sign_of_life_failed", error=str(error))
                pause = self._ack_wait / 30
