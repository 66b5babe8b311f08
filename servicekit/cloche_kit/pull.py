"""Pulling from a durable through an inbox of our own, with time-outs; nats-py's `fetch` hung after a server kill.

One request a pull: it answers at once with what is there, or with the first messages that come, and then is over. So
no request outlives its pull by more than a moment, and nothing is delivered to somebody who no longer asks.
"""

import asyncio
from typing import Any

import msgspec

from cloche_kit.bus import BusUnavailable, Durable, Stored
from cloche_kit.connection import Connection
from cloche_kit.jetstream_api import time_of
from cloche_kit.logs import get_logger
from cloche_kit.nats_answers import NoAnswer
from cloche_kit.nats_headers import parse_headers, status_of

ACK_SECONDS = 2.0
#: Header of what was released into WORK: sequence and subject on EVALUATIONS.
ORIGIN = "Cloche-Origin"
# The server ends a request a moment before we stop waiting for it.
GRACE_SECONDS = 1.0
# Instead of a status of the server's.
LOST = 0
SILENT = -1
_REST = frozenset({404, 408})
_log = get_logger(__name__)


class ConsumerGone(BusUnavailable):
    """The durable is not there (any more)."""


class PulledDelivery:
    """One message of a durable; every word about it is confirmed by the server."""

    __slots__ = ("_connection", "_reply", "deliveries", "stored")

    def __init__(self, connection: Connection, reply: str, stored: Stored, deliveries: int) -> None:
        self._connection = connection
        self._reply = reply
        self.stored = stored
        self.deliveries = deliveries

    async def ack(self) -> None:
        """See `Delivery`."""
        await self._say(b"+ACK")

    def ack_soon(self) -> asyncio.Future[Any]:
        """See `Delivery`."""
        return self._connection.request(self._reply, b"+ACK", timeout=ACK_SECONDS)

    async def in_progress(self) -> None:
        """See `Delivery`."""
        await self._say(b"+WPI")

    async def nak(self, delay: float = 0.0) -> None:
        """See `Delivery`."""
        await self._say(b"-NAK" if delay <= 0 else b'-NAK {"delay":%d}' % int(delay * 10**9))

    async def _say(self, word: bytes) -> None:
        await self._connection.request(self._reply, word, timeout=ACK_SECONDS)


class Puller:
    """The one who pulls from a durable in this process."""

    def __init__(self, connection: Connection, durable: Durable) -> None:
        self._connection = connection
        self._durable = durable
        self._subject = f"$JS.API.CONSUMER.MSG.NEXT.{durable.stream}.{durable.name}"
        self._inbox = connection.inbox()
        self._number = 0
        self._listening = False
        self._wanted = 0
        self._got: list[PulledDelivery] = []
        self._done: asyncio.Future[int] | None = None
        self._late: set[asyncio.Task[None]] = set()

    async def pull(self, *, batch: int, wait: float) -> list[PulledDelivery]:
        """Up to `batch` deliveries; none after `wait` seconds without one, or when the connection breaks meanwhile.

        `NoAnswer` if the server does not answer at all.
        """
        if self._done is not None:
            raise RuntimeError(f"{self._durable.name} is being pulled from already")
        if not self._connection.up:
            raise NoAnswer("disconnected", self._subject)
        self._got, self._wanted = [], batch
        done = self._done = asyncio.get_running_loop().create_future()
        unwatch = self._connection.watch(down=lambda: _settle(done, LOST))
        try:
            await self._ask(batch, wait)
            async with asyncio.timeout(wait + GRACE_SECONDS):
                status = await done
        except TimeoutError:
            status = SILENT
        except BaseException:
            for delivery in self._got:
                self._refuse(delivery)
            raise
        finally:
            unwatch()
            self._done = None
            got, self._got = self._got, []
        if not got and status not in _REST:
            raise _why(status, self._durable)
        return got

    async def _ask(self, batch: int, wait: float) -> None:
        if not self._listening:
            await self._connection.listen(f"{self._inbox}.*", self._receive)
            self._listening = True
        self._number += 1
        request: dict[str, int | bool] = {"batch": batch, "no_wait": True}
        if wait > 0:
            request["expires"] = int(wait * 10**9)
        self._connection.send(
            self._subject, msgspec.json.encode(request), reply=f"{self._inbox}.{self._number}"
        )

    def _receive(self, subject: bytes, reply: bytes, block: bytes, data: bytes) -> None:
        done = self._done
        status = status_of(block)
        if status:
            # Of an earlier request: this one is still to be answered.
            if subject.endswith(b".%d" % self._number):
                _settle(done, status)
            return
        delivery = delivered(self._connection, subject.decode(), reply.decode(), block, data)
        if done is None:
            self._refuse(delivery)
            return
        self._got.append(delivery)
        if len(self._got) >= self._wanted:
            _settle(done, 200)

    def _refuse(self, delivery: PulledDelivery) -> None:
        """Nobody asks any more (the pull was cancelled): to be delivered again at once, here or elsewhere."""

        async def nak() -> None:
            try:
                await delivery.nak()
            except BusUnavailable as error:
                _log.debug("late_delivery_not_returned", error=str(error))

        task = asyncio.ensure_future(nak())
        self._late.add(task)
        task.add_done_callback(self._late.discard)


def delivered(
    connection: Connection, subject: str, reply: str, block: bytes, data: bytes
) -> PulledDelivery:
    """A message with its place on EVALUATIONS: its own, or that which WORK's source header tells."""
    headers = parse_headers(block)
    # $JS.ACK.<stream>.<consumer>.<delivered>.<stream seq>.<consumer seq>.<nanoseconds>.<pending>, or with
    # domain and account before the stream and a token behind.
    tokens = reply.split(".")
    if len(tokens) > 9:
        tokens = tokens[2:]
    sequence = int(tokens[5])
    source, released = headers.pop("Nats-Stream-Source", ""), headers.pop(ORIGIN, "")
    if source:
        sequence, subject = source_of(source)
    elif released:
        number, _, subject = released.partition(" ")
        sequence = int(number)
    time = time_of(int(tokens[7]))
    return PulledDelivery(
        connection, reply, Stored(subject, sequence, time, data, headers), int(tokens[4])
    )


def source_of(header: str) -> tuple[int, str]:
    """Sequence and subject that a sourced message has where it comes from."""
    # <stream> <sequence> <filter> <transform> <subject> …
    origin = header.split(" ")
    return int(origin[1]), origin[4]


def _why(status: int, durable: Durable) -> BusUnavailable:
    if status == LOST:
        return NoAnswer("disconnected", durable.name)
    if status == SILENT:
        return NoAnswer("timeout", durable.name)
    return ConsumerGone(f"{durable.name}: status {status}")


def _settle(done: asyncio.Future[int] | None, status: int) -> None:
    if done is not None and not done.done():
        done.set_result(status)
