"""WORK messages that somebody else may hold as well, and programs that last."""

import asyncio

from cloche_executor.sandbox import Job
from cloche_kit.bus import Delivery, Durable, Stored
from cloche_kit.memory import MemoryBus
from cloche_schemas.values import Priority
from support.fake_engine import Program, Write
from support.working import ACK_WAIT


def lasting(seconds: float) -> Program:
    async def program(_job: Job, write: Write) -> int:
        await write("stdout", b"begun")
        await asyncio.sleep(seconds)
        await write("stdout", b" and done")
        return 0

    return program


class Borrowed:
    """A delivery of a message that somebody else may have as well."""

    def __init__(self, stored: Stored, deliveries: int = 1) -> None:
        self.stored = stored
        self.deliveries = deliveries
        self.calls: list[str] = []

    async def ack(self) -> None:
        self.calls.append("ack")

    def ack_soon(self) -> asyncio.Future[object]:
        return asyncio.ensure_future(self.ack())

    async def nak(self, delay: float = 0.0) -> None:
        self.calls.append(f"nak {delay}")

    async def in_progress(self) -> None:
        self.calls.append("in_progress")


class LendingBus(MemoryBus):
    """Gives out borrowed deliveries before its own."""

    def __init__(self) -> None:
        super().__init__(ack_wait=ACK_WAIT)
        self.lent: list[Borrowed] = []

    async def pull(self, durable: Durable, *, batch: int = 1, wait: float) -> list[Delivery]:
        lent, self.lent = self.lent, []
        if lent:
            return list[Delivery](lent)
        return await super().pull(durable, batch=batch, wait=wait)


def auto(priority: Priority) -> Durable:
    return Durable("WORK", f"work-auto-{priority}", f"work.auto.{priority}.*", ACK_WAIT)
