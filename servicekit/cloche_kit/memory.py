"""The event bus in memory: the same contract as JetStream's, for tests and for one process.

The log is memory_log.py. WORK is sourced from it as the server does it (subject transform, work-queue retention), the
live feed is fed as messages are stored, and a delivery that is not acked comes again after the ack wait.
"""

import asyncio
import itertools
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime

from cloche_schemas import subjects
from cloche_schemas.subjects import Address

from cloche_kit.bus import (
    MOST_TOGETHER,
    Appended,
    BusError,
    BusUnavailable,
    Conflict,
    Delivery,
    Durable,
    Expectation,
    LogFull,
    Message,
    Parked,
    Stored,
    StreamLost,
    StreamState,
)
from cloche_kit.live import LiveFeed
from cloche_kit.memory_held import MemoryQueue, released_as, work_subject
from cloche_kit.memory_ledgers import memory_ledgers
from cloche_kit.memory_letters import MemoryLetters
from cloche_kit.memory_log import MemoryLog
from cloche_kit.memory_progress import MemoryProgress
from cloche_kit.memory_queue import MemoryDurable
from cloche_kit.memory_registers import MemoryRegisters
from cloche_kit.memory_roll import MemoryRoll
from cloche_kit.subject_filter import matches, matches_any
from cloche_kit.topology import DUPLICATE_SECONDS, EVALUATIONS, LEASES, RELEASED, WORK


class MemoryBus:
    """`EventBus` without a server. `ack_wait` replaces that of every durable; `max_bytes` is the size of the log."""

    def __init__(self, *, ack_wait: float | None = None, max_bytes: int | None = None) -> None:
        self._ack_wait = ack_wait
        self._max_bytes = max_bytes
        self._log = MemoryLog()
        self._work: dict[int, tuple[str, Stored]] = {}
        self._ids: dict[str, tuple[int, float]] = {}
        self._feeds: dict[int, tuple[str, LiveFeed]] = {}
        self._durables: dict[str, MemoryDurable] = {}
        self._changed = asyncio.Event()
        self._count = itertools.count()
        self._epoch = f"{int(datetime.now(UTC).timestamp() * 10**9):x}"
        self._lost: str | None = None
        self.letters = MemoryLetters(self._epoch, self._sound)
        self.queue = MemoryQueue(self._work_subjects, self._put_to_work, self._sound)
        self.executors = MemoryRoll(self._sound)
        self.gateways = MemoryRoll(self._sound)
        self.progress = MemoryProgress(self._sound)
        self.ledgers = memory_ledgers(self._epoch, self._sound)
        self.budgets = MemoryRegisters(self._sound)
        self.available = True
        """False: every call fails with `BusUnavailable`, as while the server is away."""

    def lose(self) -> None:
        """The stream is gone, as when somebody deleted it."""
        self._lost = f"{EVALUATIONS} is gone; its epoch was {self._epoch}"
        self._wake()

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
        await asyncio.sleep(0)
        if expect is not None:
            last = self._log.last_on(expect.filter)
            if (last.sequence if last else 0) != expect.sequence:
                found = self._log.find(subject, msg_id, after=expect.sequence)
                return Conflict(expect.sequence) if found is None else Appended(found, True)
        known = self._ids.get(msg_id)
        if known is not None and _now() - known[1] < DUPLICATE_SECONDS:
            return Appended(known[0], duplicate=True)
        self._check_room(len(data))
        return Appended(self._take(subject, data, msg_id, headers or {}))

    async def append_all(self, messages: Sequence[Message]) -> Appended | Conflict:
        self._sound()
        if not 1 <= len(messages) <= MOST_TOGETHER:
            raise BusError(f"{len(messages)} messages together: {MOST_TOGETHER} may be")
        await asyncio.sleep(0)
        for message in messages:
            stored = self._log.last_on(message.expect.filter)
            if (stored.sequence if stored else 0) != message.expect.sequence:
                last = messages[-1]
                found = self._log.find(last.subject, last.msg_id, after=last.expect.sequence)
                if found is not None:
                    return Appended(found, duplicate=True)
                return Conflict(message.expect.sequence)
        self._check_room(sum(len(message.data) for message in messages))
        return Appended([self._take(m.subject, m.data, m.msg_id, m.headers) for m in messages][-1])

    def _check_room(self, size: int) -> None:
        if self._max_bytes is not None and self._log.bytes + size > self._max_bytes:
            raise LogFull("maximum bytes exceeded")

    def _take(self, subject: str, data: bytes, msg_id: str, headers: Mapping[str, str]) -> int:
        stored = Stored(
            subject,
            self._log.end + 1,
            datetime.now(UTC),
            data,
            {"Nats-Msg-Id": msg_id, **headers},
        )
        self._ids[msg_id] = (stored.sequence, _now())
        self._store(stored)
        return stored.sequence

    async def history(self, tenant: str, evaluation: str) -> list[Stored]:
        self._sound()
        filter_ = Address(tenant, evaluation).lifecycle
        return self._log.on(filter_)

    async def get(self, sequence: int) -> Stored | None:
        self._sound()
        return self._log.get(sequence)

    async def last(self, filter_: str) -> Stored | None:
        self._sound()
        return self._log.last_on(filter_)

    async def state(self) -> StreamState:
        self._sound()
        log = self._log
        return StreamState(
            self._epoch, log.first, log.end, log.deleted, log.bytes, self._max_bytes or 0
        )

    async def count(self, filter_: str) -> int:
        self._sound()
        return len(self._log.on(filter_))

    async def trim(self, up_to: int, filter_: str = "") -> int:
        self._sound()
        gone = self._log.trim(up_to, filter_)
        for queue in self._durables.values():
            if queue.durable.stream == EVALUATIONS:
                queue.forget(gone)
        return len(gone)

    async def sequence_before(self, time: datetime) -> int:
        self._sound()
        return self._log.before(time)

    async def follow(
        self, *, after: int, filters: Sequence[str] = (), batch: int = 500
    ) -> AsyncGenerator[list[Stored], None]:
        if after > self._log.end:
            raise StreamLost(f"{EVALUATIONS} ends at {self._log.end}, read up to {after} before")
        position = after
        while True:
            if self._lost is not None:
                raise StreamLost(self._lost)
            changed = self._changed
            found = []
            for stored in self._log.beyond(position):
                position = stored.sequence
                if not filters or matches_any(filters, stored.subject):
                    found.append(stored)
                if len(found) == batch:
                    break
            if found:
                yield found
            elif not self._log.holds_beyond(position):
                await changed.wait()

    async def live(self, filter_: str) -> AsyncGenerator[Stored, None]:
        self._sound()
        number = next(self._count)
        feed = LiveFeed()
        feed.end = lambda: self._feeds.pop(number, None) and None
        self._feeds[number] = (filter_, feed)
        return feed

    async def pull(self, durable: Durable, *, batch: int = 1, wait: float) -> list[Delivery]:
        self._sound()
        queue = self._durable(durable)
        deadline = asyncio.get_running_loop().time() + wait
        while True:
            changed = self._changed
            taken: list[Delivery] = [*queue.take(batch)]
            left = deadline - asyncio.get_running_loop().time()
            if taken or left <= 0:
                return taken
            self._sound()
            due = queue.next_due()
            with suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), left if due is None else min(left, due))

    async def park(
        self, stored: Stored, *, handler: str, reason: str, detail: str = "", deliveries: int = 1
    ) -> None:
        self._sound()
        self.letters.park(
            Parked(
                stored=stored, handler=handler, reason=reason, detail=detail, deliveries=deliveries
            )
        )

    async def parked(self) -> list[Parked]:
        self._sound()
        return self.letters.all()

    async def ready(self) -> bool:
        return self.available and self._lost is None

    def _sound(self) -> None:
        if self._lost is not None:
            raise StreamLost(self._lost)
        if not self.available:
            raise BusUnavailable("disconnected")

    def _store(self, stored: Stored) -> None:
        self._log.add(stored)
        self.queue.hold(stored)
        for queue in self._durables.values():
            if queue.durable.stream == EVALUATIONS and matches(
                queue.durable.filter, stored.subject
            ):
                queue.fresh.append(stored)
        if (work := work_subject(stored.subject)) is not None:
            self._put_to_work(work, stored)
        if matches(subjects.ALL_LIFECYCLE, stored.subject):
            live = "live" + stored.subject.removeprefix("evaluations")
            for filter_, feed in list(self._feeds.values()):
                if matches(filter_, live):
                    feed.offer(stored)
        self._wake()

    def _put_to_work(self, work: str, stored: Stored) -> None:
        self._work[stored.sequence] = (work, stored)
        for queue in self._durables.values():
            if queue.durable.stream == _stream_of(work) and matches(queue.durable.filter, work):
                queue.fresh.append(stored)
        if (released := released_as(work)) is not None:
            news = Stored(work, stored.sequence, stored.time, b"")
            for filter_, feed in list(self._feeds.values()):
                if matches(filter_, released):
                    feed.offer(news)
        self._wake()

    def _work_subjects(self) -> list[str]:
        return [work for work, _ in self._work.values()]

    def _durable(self, durable: Durable) -> MemoryDurable:
        queue = self._durables.get(durable.name)
        if queue is None:
            wait = durable.ack_wait if self._ack_wait is None else self._ack_wait
            of_work = durable.stream in {WORK, RELEASED}
            done = (lambda sequence: self._work.pop(sequence, None)) if of_work else None
            queue = MemoryDurable(durable, wait, self._wake, done)
            queue.fresh.extend(
                stored for subject, stored in self._of(durable) if matches(durable.filter, subject)
            )
            self._durables[durable.name] = queue
        return queue

    def _of(self, durable: Durable) -> Iterable[tuple[str, Stored]]:
        """What lies on the stream of a durable, by its subject there."""
        if durable.stream in {WORK, RELEASED}:
            return [one for one in self._work.values() if _stream_of(one[0]) == durable.stream]
        if durable.stream == LEASES:
            return [(durable.filter, Stored(durable.filter, 1, datetime.now(UTC), b""))]
        return [(stored.subject, stored) for stored in self._log.beyond(0)]

    def _wake(self) -> None:
        """Everybody who waits looks again; who looked before this keeps the old event, which is set now."""
        self._changed.set()
        self._changed = asyncio.Event()


def _now() -> float:
    return asyncio.get_running_loop().time()


def _stream_of(work: str) -> str:
    """Where a subject of the queue lies: what was released has a token more."""
    return RELEASED if released_as(work) is not None else WORK
