"""What a durable has delivered, in memory: redelivery after the ack wait, delays, counts."""

import asyncio
from collections import deque
from collections.abc import Callable

from cloche_kit.bus import Durable, Stored


class MemoryDelivery:
    """One delivery of `MemoryDurable`. A late word counts for whoever holds the message now, as on the server."""

    def __init__(self, queue: "MemoryDurable", stored: Stored, deliveries: int) -> None:
        self._queue = queue
        self.stored = stored
        self.deliveries = deliveries

    async def ack(self) -> None:
        """See `Delivery`."""
        self._queue.done(self.stored.sequence)

    def ack_soon(self) -> asyncio.Future[object]:
        """See `Delivery`."""
        self._queue.done(self.stored.sequence)
        done: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done

    async def in_progress(self) -> None:
        """See `Delivery`."""
        self._queue.delay(self.stored.sequence, self._queue.ack_wait)

    async def nak(self, delay: float = 0.0) -> None:
        """See `Delivery`."""
        self._queue.give_back(self.stored.sequence, delay)


class MemoryDurable:
    """One durable: `fresh` is still to be delivered, the rest waits for an ack."""

    def __init__(
        self,
        durable: Durable,
        ack_wait: float,
        wake: Callable[[], None],
        acked: Callable[[int], object] | None = None,
    ) -> None:
        self.durable = durable
        self.ack_wait = ack_wait
        self.fresh: deque[Stored] = deque()
        self._wake = wake
        self._acked = acked
        self._pending: dict[int, tuple[Stored, int, float]] = {}

    def take(self, batch: int) -> list[MemoryDelivery]:
        """Up to `batch`: first what is due again, then what is new."""
        now = _now()
        due = [sequence for sequence, (_, _, at) in self._pending.items() if at <= now]
        taken = [self._deliver(*self._pending[sequence][:2]) for sequence in due[:batch]]
        while self.fresh and len(taken) < batch:
            taken.append(self._deliver(self.fresh.popleft(), 0))
        return taken

    def next_due(self) -> float | None:
        """Seconds until something is due again."""
        times = [at for _, _, at in self._pending.values()]
        return min(times) - _now() if times else None

    def done(self, sequence: int) -> None:
        self._pending.pop(sequence, None)
        if self._acked is not None:
            self._acked(sequence)

    def delay(self, sequence: int, seconds: float) -> None:
        """Due again in `seconds`."""
        if sequence in self._pending:
            stored, deliveries, _ = self._pending[sequence]
            self._pending[sequence] = (stored, deliveries, _now() + seconds)

    def give_back(self, sequence: int, seconds: float) -> None:
        """Due again in `seconds`, which may be sooner than anybody expects."""
        self.delay(sequence, seconds)
        self._wake()

    def forget(self, sequences: set[int]) -> None:
        """The stream no longer holds these: they are not delivered any more."""
        self.fresh = deque(one for one in self.fresh if one.sequence not in sequences)
        for sequence in sequences & self._pending.keys():
            del self._pending[sequence]

    def _deliver(self, stored: Stored, before: int) -> MemoryDelivery:
        self._pending[stored.sequence] = (stored, before + 1, _now() + self.ack_wait)
        return MemoryDelivery(self, stored, before + 1)


def _now() -> float:
    return asyncio.get_running_loop().time()
