"""Limiters over one record, on clocks that a test moves."""

import asyncio

from cloche_gateway.gcra import Rate
from cloche_gateway.keyring import Keyring
from cloche_gateway.limiter import Limiter, RateTerms
from cloche_gateway.problems import ClientError
from cloche_gateway.rate_costs import Charge
from cloche_kit.bus import BusUnavailable
from cloche_kit.memory import MemoryBus
from cloche_kit.registers import Register
from cloche_schemas.rates import RateClass
from support.gateway import settings_with


class Clock:
    """Nanoseconds that pass when they are told to."""

    def __init__(self, now: int = 10**15) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


class Store:
    """`Registers` with the clock of a test. `away`: nothing answers; `slow`: answers wait until it is set."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.records: dict[str, Register] = {}
        self.away = False
        self.writes = 0
        self.reads = 0
        self.slow: asyncio.Event | None = None

    async def read(self, name: str) -> Register | None:
        await self._answer()
        self.reads += 1
        return self.records.get(name)

    async def write(self, name: str, data: bytes, *, after: int) -> int | None:
        await self._answer()
        there = self.records.get(name)
        if (there.revision if there else 0) != after:
            return None
        self.writes += 1
        self.records[name] = Register(data, self.writes)
        return self.writes

    async def clock(self) -> int:
        await self._answer()
        return self._clock.now

    async def _answer(self) -> None:
        await asyncio.sleep(0)
        if self.slow is not None:
            await self.slow.wait()
        if self.away:
            raise BusUnavailable("disconnected")


class FixedTerms(RateTerms):
    """The same rate for every key."""

    def __init__(self, rate: Rate, *, part: float = 0.05, share: float = 0.25) -> None:
        settings = settings_with(rate_block=part, rate_share=share)
        super().__init__(Keyring(MemoryBus()), settings)
        self.fixed = rate

    def rate(self, key: str, tenant: str, class_: RateClass) -> Rate:
        return self.fixed


async def spend(limiter: Limiter, units: int = 1, key: str = "k") -> int:
    """Units that were granted: all, or none."""
    try:
        await limiter.charge({}, key, "main", Charge("read", units))
    except ClientError:
        return 0
    return units


async def refusal(limiter: Limiter, units: int = 1, key: str = "k") -> ClientError:
    """The refusal of what must be refused."""
    try:
        await limiter.charge({}, key, "main", Charge("read", units))
    except ClientError as error:
        return error
    raise AssertionError("it was granted")


async def settled(limiter: Limiter) -> None:
    """Every lease that is under way is over."""
    while limiter._leasing:
        await asyncio.gather(*limiter._leasing.values())
        await asyncio.sleep(0)
