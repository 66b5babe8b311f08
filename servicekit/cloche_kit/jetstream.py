"""The event bus on NATS JetStream. The parts are in publisher.py, pull.py, follow.py, live.py and provision.py.

A guard looks at the log every few seconds and after each reconnect: a stream that is gone, was made anew or went back
stops everything with `StreamLost`, and a connection that ended for ever ends the process.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from functools import partial

from cloche_schemas.subjects import Address

from cloche_kit import jetstream_api as api
from cloche_kit import jetstream_trim as trimming
from cloche_kit.batch_publisher import BatchPublisher
from cloche_kit.breaker import Breaker
from cloche_kit.bus import (
    Appended,
    BusError,
    BusUnavailable,
    Conflict,
    Delivery,
    Durable,
    Expectation,
    Message,
    Parked,
    Stored,
    StreamLost,
    StreamState,
)
from cloche_kit.connection import Connection, Target
from cloche_kit.follow import Follower
from cloche_kit.jetstream_progress import JetStreamProgress
from cloche_kit.jetstream_queue import JetStreamQueue
from cloche_kit.jetstream_registers import JetStreamRegisters
from cloche_kit.jetstream_roll import JetStreamRoll
from cloche_kit.live import LiveFeed
from cloche_kit.logs import get_logger
from cloche_kit.nats_answers import NoAnswer
from cloche_kit.parking import ParkingLot
from cloche_kit.provision import Marker, check, ensure, ensure_durable, mark
from cloche_kit.publisher import APPEND_SECONDS, Publisher
from cloche_kit.pull import ConsumerGone, Puller
from cloche_kit.record_log import JetStreamRecordLog, jetstream_ledgers
from cloche_kit.settings import ServiceSettings
from cloche_kit.topology import (
    ACCESS,
    AUDIT,
    BUDGETS,
    EVALUATIONS,
    KEY_USE,
    NONCES,
    SCHEDULES,
    WORK,
)

GUARD_SECONDS = 5.0
# Lost while we run, they concern who reads and writes them, nobody else.
_APART = frozenset({ACCESS, SCHEDULES, KEY_USE, NONCES, AUDIT})
_log = get_logger(__name__)


class JetStreamBus:
    """`EventBus` on a connection whose topology is ensured. `epochs` is what `ensure` gave."""

    def __init__(
        self,
        connection: Connection,
        epochs: Mapping[str, str],
        *,
        append_seconds: float = APPEND_SECONDS,
    ) -> None:
        self.connection = connection
        self._known = {name: Marker(epoch) for name, epoch in epochs.items()}
        self._publisher = Publisher(connection, seconds=append_seconds)
        self._batches = BatchPublisher(connection, seconds=append_seconds)
        self.letters = ParkingLot(connection, epochs[EVALUATIONS])
        self._pullers: dict[str, Puller] = {}
        #: The logs of tenants and keys, and of schedules.
        self.access, self.schedules = (
            JetStreamRecordLog(connection, stream, partial(self._look, stream), append_seconds)
            for stream in (ACCESS, SCHEDULES)
        )
        self.ledgers = jetstream_ledgers(connection, self._look, append_seconds)
        self.queue = JetStreamQueue(connection)
        self.executors = JetStreamRoll(connection, "executors")
        self.gateways = JetStreamRoll(connection, "gateways")
        self.progress = JetStreamProgress(connection)
        self.budgets = JetStreamRegisters(connection, BUDGETS, "budgets")
        self._alarm: StreamLost | None = None

    async def append(
        self,
        subject: str,
        data: bytes,
        *,
        msg_id: str,
        expect: Expectation | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Appended | Conflict:
        self._sound()
        try:
            return await self._publisher.append(
                subject, data, msg_id=msg_id, expect=expect, headers=headers
            )
        except BusUnavailable:
            await self._look_quietly()
            raise

    async def append_all(self, messages: Sequence[Message]) -> Appended | Conflict:
        self._sound()
        try:
            return await self._batches.append_all(messages)
        except BusUnavailable:
            await self._look_quietly()
            raise

    async def history(self, tenant: str, evaluation: str) -> list[Stored]:
        self._sound()
        address = Address(tenant, evaluation)
        # Read up to what the leader says is the last, so that two subjects read one after the other fit together.
        last = await self.last(address.lifecycle)
        if last is None:
            return []
        log, (queued, _) = await asyncio.gather(
            api.direct_all(self.connection, EVALUATIONS, address.log),
            api.direct(
                self.connection, EVALUATIONS, {"multi_last": [address.any_queued, address.any_held]}
            ),
        )
        subjects = {stored.subject for stored in queued} | ({last.subject} - {address.log})
        found = log
        for messages in await asyncio.gather(
            *(api.direct_all(self.connection, EVALUATIONS, subject) for subject in subjects)
        ):
            found = found + messages
        known = {stored.sequence: stored for stored in found if stored.sequence <= last.sequence}
        known[last.sequence] = last
        return [known[sequence] for sequence in sorted(known)]

    async def get(self, sequence: int) -> Stored | None:
        self._sound()
        return await api.message(self.connection, EVALUATIONS, {"seq": sequence})

    async def last(self, filter_: str) -> Stored | None:
        self._sound()
        return await api.message(self.connection, EVALUATIONS, {"last_by_subj": filter_})

    async def state(self) -> StreamState:
        self._sound()
        return await self._look(EVALUATIONS)

    async def sequence_before(self, time: datetime) -> int:
        state = await self.state()
        found = await api.first_since(self.connection, EVALUATIONS, time)
        return state.last if found is None else found.sequence - 1

    async def count(self, filter_: str) -> int:
        self._sound()
        return await trimming.count(self.connection, EVALUATIONS, filter_)

    async def trim(self, up_to: int, filter_: str = "") -> int:
        # A purge beyond the end would move the end.
        last = (await self.state()).last
        return await trimming.trim(self.connection, EVALUATIONS, min(up_to, last), filter_)

    def follow(
        self, *, after: int, filters: Sequence[str] = (), batch: int = 500
    ) -> AsyncGenerator[list[Stored], None]:
        follower = Follower(self.connection, EVALUATIONS, self.state, filters=filters, batch=batch)
        return follower.read(after)

    async def live(self, filter_: str) -> AsyncGenerator[Stored, None]:
        self._sound()
        feed = LiveFeed()
        feed.end = await self.connection.listen(
            filter_,
            lambda _subject, _reply, block, data: feed.offer(api.direct_message(block, data)),
        )
        return feed

    async def pull(self, durable: Durable, *, batch: int = 1, wait: float) -> list[Delivery]:
        self._sound()
        puller = self._pullers.get(durable.name)
        if puller is None:
            puller = self._pullers[durable.name] = Puller(self.connection, durable)
        try:
            return list(await puller.pull(batch=batch, wait=wait))
        except ConsumerGone as error:
            await self._look(durable.stream)
            _log.warning("durable_made_anew", durable=durable.name, error=str(error))
            await ensure_durable(self.connection, durable)
            return []

    async def park(
        self, stored: Stored, *, handler: str, reason: str, detail: str = "", deliveries: int = 1
    ) -> None:
        self._sound()
        await self.letters.park(
            Parked(
                stored=stored,
                handler=handler,
                reason=reason,
                detail=detail,
                deliveries=deliveries,
            )
        )

    async def parked(self) -> list[Parked]:
        self._sound()
        return await self.letters.parked()

    async def ready(self) -> bool:
        try:
            self._sound()
            await asyncio.gather(self._look(EVALUATIONS), self._look(WORK))
        except BusError:
            return False
        return True

    async def guard(self) -> None:
        """Watch over the streams for ever. `StreamLost` is kept for every later call; a closed connection raises."""
        again = asyncio.Event()
        unwatch = self.connection.watch(up=again.set, down=again.set)
        marked = 0
        try:
            while not self.connection.closed.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(again.wait(), GUARD_SECONDS)
                again.clear()
                if self.connection.closed.is_set() or not self.connection.up:
                    continue
                with suppress(BusError):
                    state = await self._look(EVALUATIONS)
                    await self._look(WORK)
                    if state.last > marked:
                        marked = state.last
                        await mark(self.connection, EVALUATIONS, Marker(state.epoch, marked))
        finally:
            unwatch()
        raise BusUnavailable("the connection to NATS ended for ever")

    async def _look(self, stream: str) -> StreamState:
        """State of a stream that must be the one we know; raises the alarm if it is not."""
        known = self._known[stream]
        try:
            info = await check(self.connection, stream, known)
        except StreamLost as error:
            if stream not in _APART:
                if self._alarm is None:
                    _log.error("stream_lost", stream=stream, error=str(error))
                self._alarm = error
            raise
        if stream == EVALUATIONS and info.state.last_seq > known.sequence:
            self._known[stream] = Marker(known.epoch, info.state.last_seq)
        return info.as_state()

    async def _look_quietly(self) -> None:
        """After a failed append: was it because the stream is gone?"""
        with suppress(NoAnswer):
            await self._look(EVALUATIONS)

    def _sound(self) -> None:
        if self._alarm is not None:
            raise StreamLost(str(self._alarm))


@asynccontextmanager
async def open_bus(
    settings: ServiceSettings, *, name: str, breaker: Breaker | None = None
) -> AsyncIterator[JetStreamBus]:
    """Connect, however long it takes, ensure the topology, and guard it while inside.

    `breaker`: of a process whose callers are better told that the server is silent than kept waiting for it.
    """
    password = settings.nats_password
    target = Target(
        settings.nats_url,
        settings.nats_user,
        None if password is None else password.get_secret_value(),
    )
    connection = Connection(target, name=f"cloche-{name}-{settings.instance}", breaker=breaker)
    await connection.open()
    try:
        bus = JetStreamBus(connection, await ensure(connection, settings))
        try:
            async with asyncio.TaskGroup() as tasks:
                guard = tasks.create_task(bus.guard())
                try:
                    yield bus
                finally:
                    guard.cancel()
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from None
    finally:
        await connection.close()
