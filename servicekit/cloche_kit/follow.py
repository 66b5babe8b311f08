"""Reading the log in order and without a gap, for ever, across reconnects and restarts of the server.

An ephemeral consumer without acks numbers what it delivers; a number that is missing means that something was lost on
the way (nats-py's ordered consumer moves on before it drops, so its check never sees that). Then, and whenever the
server was away, the consumer is made anew behind the last message that was seen.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

import msgspec

from cloche_kit import jetstream_api as api
from cloche_kit.bus import BusUnavailable, Stored, StreamLost, StreamState
from cloche_kit.connection import Connection
from cloche_kit.jetstream_api import ConsumerInfo, time_of
from cloche_kit.logs import get_logger
from cloche_kit.nats_answers import NoAnswer
from cloche_kit.nats_headers import parse_headers, status_of

EXPIRES_SECONDS = 5.0
GRACE_SECONDS = 1.5
IDLE_SECONDS = 30.0
PAUSE_SECONDS = 0.2
# What is asked for at a time: so many messages, or fewer of large ones.
ASKED_BYTES = 8 << 20
_REST = frozenset({404, 408})
_log = get_logger(__name__)


class Gap(BusUnavailable):
    """Something the server delivered did not arrive."""


class Follower:
    """One reader. `state` gives the stream's identity, and raises `StreamLost` if it is another than it was."""

    def __init__(
        self,
        connection: Connection,
        stream: str,
        state: Callable[[], Awaitable[StreamState]],
        *,
        filters: Sequence[str] = (),
        batch: int = 500,
    ) -> None:
        self._connection = connection
        self._stream = stream
        self._state = state
        self._filters = list(filters)
        self._batch = batch
        self._consumer = ""
        self._inbox = connection.inbox()
        self._number = 0
        self._position = 0
        self._delivered = 0
        self._got: list[Stored] = []
        self._problem: BusUnavailable | None = None
        self._news = asyncio.Event()
        self._asked = 0
        self._size = 0.0
        self._listening = False
        self._end: Callable[[], None] = lambda: None

    async def read(self, after: int) -> AsyncGenerator[list[Stored], None]:
        """See `EventBus.follow`."""
        self._position = after
        unwatch = self._connection.watch(
            down=lambda: self._fail(NoAnswer("disconnected", self._stream))
        )
        try:
            while True:
                try:
                    if not self._consumer:
                        await self._begin()
                    batch = await self._next()
                except StreamLost:
                    raise
                except BusUnavailable as error:
                    _log.info("follow_resumes", after=self._position, error=str(error))
                    self._consumer = ""
                    await asyncio.sleep(PAUSE_SECONDS)
                    continue
                if batch:
                    yield batch
        finally:
            unwatch()
            self._end()
            self._drop()

    async def _known(self, after: int) -> None:
        """The log must be there and reach at least to `after`."""
        state = await self._state()
        if state.last < after:
            raise StreamLost(f"{self._stream} ends at {state.last}, read up to {after} before")

    async def _begin(self) -> None:
        """Make a consumer behind the last message that was seen."""
        await self._connection.wait_up(EXPIRES_SECONDS)
        await self._known(self._position)
        if not self._listening:
            self._end = await self._connection.listen(f"{self._inbox}.*", self._receive)
            self._listening = True
        config: dict[str, object] = {
            "ack_policy": "none",
            "deliver_policy": "by_start_sequence",
            "opt_start_seq": self._position + 1,
            "max_deliver": 1,
            "mem_storage": True,
            "num_replicas": 1,
            "inactive_threshold": int(IDLE_SECONDS * 10**9),
        }
        if len(self._filters) == 1:
            config["filter_subject"] = self._filters[0]
        elif self._filters:
            config["filter_subjects"] = self._filters
        info = await api.call(
            self._connection,
            f"CONSUMER.CREATE.{self._stream}",
            {"stream_name": self._stream, "config": config, "action": ""},
            ConsumerInfo,
        )
        self._got, self._problem, self._delivered = [], None, 0
        self._asked = 0
        self._number += 1
        self._consumer = info.name

    async def _next(self) -> list[Stored]:
        """What has come, as soon as there is something; nothing when a request ended without."""
        batch = self._paced()
        if self._asked <= batch // 2 and len(self._got) < batch:
            self._ask(batch)
        if not self._got and self._problem is None:
            self._news.clear()
            try:
                async with asyncio.timeout(EXPIRES_SECONDS + GRACE_SECONDS):
                    await self._news.wait()
            except TimeoutError:
                raise NoAnswer("timeout", self._consumer) from None
        if self._got:
            got, self._got = self._got[:batch], self._got[batch:]
            self._position = got[-1].sequence
            return got
        if self._problem is not None:
            raise self._problem
        return []

    def _paced(self) -> int:
        """How many messages to hold at a time: output comes in messages a hundred times as large as others."""
        return max(1, min(self._batch, int(ASKED_BYTES / max(self._size, 1.0))))

    def _ask(self, batch: int) -> None:
        self._number += 1
        self._asked += batch
        request = {"batch": batch, "expires": int(EXPIRES_SECONDS * 10**9)}
        self._connection.send(
            f"$JS.API.CONSUMER.MSG.NEXT.{self._stream}.{self._consumer}",
            msgspec.json.encode(request),
            reply=f"{self._inbox}.{self._number}",
        )

    def _receive(self, subject: bytes, reply: bytes, block: bytes, data: bytes) -> None:
        status = status_of(block)
        if status:
            if subject.endswith(b".%d" % self._number):
                self._asked = 0
                if status not in _REST:
                    self._fail(BusUnavailable(f"{self._consumer}: status {status}"))
                self._news.set()
            return
        tokens = reply.decode().split(".")
        if len(tokens) > 9:
            tokens = tokens[2:]
        if self._problem is not None or tokens[3] != self._consumer:
            return
        if int(tokens[6]) != self._delivered + 1:
            self._fail(Gap(f"delivery {tokens[6]} after {self._delivered}"))
            return
        self._delivered += 1
        self._asked -= 1
        self._size += (len(data) - self._size) / 16
        time = time_of(int(tokens[7]))
        self._got.append(Stored(subject.decode(), int(tokens[5]), time, data, parse_headers(block)))
        self._news.set()

    def _fail(self, problem: BusUnavailable) -> None:
        if self._problem is None:
            self._problem = problem
        self._news.set()

    def _drop(self) -> None:
        """Tell the server, without waiting, that the consumer is not needed; else it goes after `IDLE_SECONDS`."""
        if self._consumer and self._connection.up:
            self._connection.send(f"$JS.API.CONSUMER.DELETE.{self._stream}.{self._consumer}", b"")
