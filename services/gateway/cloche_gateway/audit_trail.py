"""The audit log as one gateway writes it: a chain of its own, in batches, beside the requests (ADR 0019).

Entries wait in memory for a moment, within a bound; what is beyond it is lost, counted, and said in the chain as soon
as something can be written again. Whoever changes keys or tenants waits until its entry lies on the log (`write`).
"""

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Callable
from contextvars import copy_context
from datetime import datetime
from functools import partial

import msgspec
from cloche_kit.bus import BusError, BusUnavailable, Conflict, Expectation, Stored
from cloche_kit.ledgers import AuditLog
from cloche_kit.logs import get_logger
from cloche_schemas.audit import AUDIT_TYPE, LOST, OPENED, UNPROVEN, AuditEntry, AuditOutcome
from cloche_schemas.audit_chain import BEGINNING, sealed
from msgspec import Struct
from msgspec.structs import replace
from prometheus_client import Counter, Gauge

# So long entries gather, unless somebody waits for one of them: a message costs as much as many entries.
GATHER_SECONDS = 0.05
AGAIN_SECONDS = 0.5
MOST_TOGETHER = 200
# Requests that nobody's key vouches for: so many are told one by one, the others are counted.
UNPROVEN_A_SECOND = 20.0
UNPROVEN_AT_ONCE = 100.0
#: What stands for the writer until an entry has its place in a chain.
UNPLACED = "w" + "a" * 12
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_log = get_logger(__name__)

WRITTEN = Counter("cloche_audit_entries_written", "Entries of the audit log")
LOST_ENTRIES = Counter("cloche_audit_entries_lost", "Entries that found no room to wait in")
WAITING = Gauge("cloche_audit_entries_waiting", "Entries that are not on the log yet")


class _Head(Struct, frozen=True):
    """The end of our chain: its last entry, and the stream sequence of the message that holds it."""

    writer: str
    number: int = 0
    digest: str = BEGINNING
    sequence: int = 0

    @property
    def subject(self) -> str:
        return f"audit.{self.writer}"


class _Waiting(Struct):
    entry: AuditEntry
    written: asyncio.Future[None] | None = None


class _Pending(Struct):
    """A message that is being written: it follows `before`, and then the chain ends as `after`."""

    batch: list[_Waiting]
    data: bytes
    id: str
    before: _Head
    after: _Head


class AuditTrail:
    """`entries`: so many may wait. Entries come without their place in the chain, which is given here."""

    def __init__(
        self,
        log: AuditLog,
        *,
        instance: str,
        entries: int,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._log = log
        self._source = f"/cloche/gateway/{instance}"
        self._most = entries
        self._clock = clock
        self._monotonic = monotonic
        self._context = copy_context()
        self._head: _Head | None = None
        self._waiting: deque[_Waiting] = deque()
        WAITING.set_function(partial(len, self._waiting))
        self._urgent = asyncio.Event()
        self._writing: asyncio.Task[None] | None = None
        self._pending: _Pending | None = None
        self._lost = 0
        self._unproven = 0
        self._tokens, self._filled = UNPROVEN_AT_ONCE, monotonic()
        #: Why the last message could not be written; empty while it can.
        self.trouble = ""

    def note(self, entry: AuditEntry) -> None:
        """To be written soon. If there is no room it is lost, and that is counted."""
        if not entry.key and not self._room_for_unproven():
            self._unproven += 1
        else:
            self._put(_Waiting(entry))
        self._begin()

    async def write(self, entry: AuditEntry, seconds: float) -> bool:
        """Whether it lies on the log by now. If not after `seconds`, it still waits, and is written when it can be."""
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if not self._put(_Waiting(entry, written)):
            return False
        self._urgent.set()
        self._begin()
        done, _ = await asyncio.wait({written}, timeout=seconds)
        return bool(done)

    async def close(self, seconds: float) -> None:
        """Write what waits, for so long at most; say what is left."""
        self._urgent.set()
        if self._writing is not None:
            await asyncio.wait({self._writing}, timeout=seconds)
            self._writing.cancel()
            await asyncio.wait({self._writing})
        if left := len(self._waiting) + self._lost + self._unproven:
            _log.error("audit_entries_lost", entries=left, reason="stopped")

    def _put(self, waiting: _Waiting) -> bool:
        if len(self._waiting) >= self._most:
            if not self._lost:
                _log.error("audit_entries_lost", reason=self.trouble or "too many at once")
            self._lost += 1
            LOST_ENTRIES.inc()
            return False
        self._waiting.append(waiting)
        if len(self._waiting) >= MOST_TOGETHER:
            self._urgent.set()
        return True

    def _begin(self) -> None:
        if self._writing is None or self._writing.done():
            # Not in the name of the request that happens to be the first.
            self._writing = asyncio.create_task(
                self._write_all(), name="audit-trail", context=self._context
            )

    async def _write_all(self) -> None:
        """Until nothing waits."""
        while self._waiting or self._lost or self._unproven:
            if self._pending is None:
                await self._gather()
            try:
                head = self._head or await self._open()
                self._pending = pending = self._pending or self._prepared(head, self._batch())
                # Until it is settled it is tried again as it is: it may be there, and only its answer lost.
                await self._append(pending)
            except BusError as error:
                if not self.trouble:
                    _log.error("audit_not_written", waiting=len(self._waiting), error=str(error))
                self.trouble = str(error) or type(error).__name__
                await asyncio.sleep(AGAIN_SECONDS)

    async def _gather(self) -> None:
        if not self._urgent.is_set():
            try:
                async with asyncio.timeout(GATHER_SECONDS):
                    await self._urgent.wait()
            except TimeoutError:
                pass
        self._urgent.clear()

    async def _open(self) -> _Head:
        """A new chain. Its first entry names the end of the log that it found, which cannot be cut off unseen then."""
        state = await self._log.state()
        found = await self._log.read(state.last, 1) if state.last else []
        end = _end_of(found[0]) if found else ""
        head = _Head("w" + "".join(secrets.choice(_ALPHABET) for _ in range(12)))
        first = self._own(action=OPENED, outcome="allowed", target=self._source, witness=end)
        opening = self._prepared(head, [_Waiting(first)])
        if not await self._append(opening):
            raise BusUnavailable("somebody else writes our chain")
        return opening.after

    def _batch(self) -> list[_Waiting]:
        """What is written next; it goes on waiting until it is."""
        batch = [self._waiting[n] for n in range(min(len(self._waiting), MOST_TOGETHER))]
        if self._unproven:
            batch.insert(0, _Waiting(self._own(UNPROVEN, "refused", count=self._unproven)))
        if self._lost:
            batch.insert(0, _Waiting(self._own(LOST, "failed", count=self._lost)))
        return batch

    def _own(
        self,
        action: str,
        outcome: AuditOutcome,
        *,
        count: int = 0,
        target: str = "",
        witness: str = "",
    ) -> AuditEntry:
        """An entry about the chain itself."""
        return AuditEntry(
            action=action,
            at=self._clock(),
            count=count,
            number=1,
            outcome=outcome,
            previous=BEGINNING,
            target=target,
            witness=witness,
            writer=UNPLACED,
        )

    def _prepared(self, head: _Head, batch: list[_Waiting]) -> _Pending:
        """The message that goes on with the chain at `head`."""
        lines: list[bytes] = []
        digest, number = head.digest, head.number
        for one in batch:
            number += 1
            placed = replace(one.entry, number=number, previous=digest, writer=head.writer)
            line, digest = sealed(placed)
            lines.append(line)
        id_ = f"{head.writer}-{head.number + 1}"
        envelope = msgspec.json.encode(
            {
                "specversion": "1.0",
                "id": id_,
                "source": self._source,
                "type": AUDIT_TYPE,
                "subject": head.writer,
                "time": self._clock(),
                "datacontenttype": "application/json",
                "after": head.sequence,
            }
        )
        # The entries stand in it as they were sealed.
        data = b'%b,"data":[%b]}' % (envelope[:-1], b",".join(lines))
        return _Pending(batch, data, id_, head, _Head(head.writer, number, digest))

    async def _append(self, pending: _Pending) -> bool:
        """False if our chain cannot be gone on with, and another has to begin; `BusError` if it cannot be written."""
        before = pending.before
        result = await self._log.append(
            before.subject,
            pending.data,
            msg_id=pending.id,
            expect=Expectation(before.subject, before.sequence),
        )
        self._pending = None
        if isinstance(result, Conflict):
            # Its last message was forgotten by size, or somebody else has written there: verification tells which.
            _log.warning("audit_chain_ended", writer=before.writer, number=before.number)
            self._head = None
            return False
        self._head = pending.after = replace(pending.after, sequence=result.sequence)
        self._settle(pending.batch)
        if self.trouble:
            _log.warning("audit_written_again", lost=self._lost)
        self.trouble = ""
        return True

    def _settle(self, batch: list[_Waiting]) -> None:
        for one in batch:
            if one.entry.action == LOST:
                self._lost -= one.entry.count
            elif one.entry.action == UNPROVEN:
                self._unproven -= one.entry.count
            elif one.entry.action != OPENED:
                self._waiting.popleft()
            if one.written is not None and not one.written.done():
                one.written.set_result(None)
        WRITTEN.inc(len(batch))

    def _room_for_unproven(self) -> bool:
        """A bucket of tokens: a flood of requests without a good key must not wash the log away."""
        now = self._monotonic()
        filled = self._tokens + (now - self._filled) * UNPROVEN_A_SECOND
        self._tokens, self._filled = min(filled, UNPROVEN_AT_ONCE), now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


def _end_of(stored: Stored) -> str:
    """``<sequence>:<writer>-<number>-<digest>`` of the last entry of a message; empty if it is none of ours."""
    try:
        last = msgspec.json.decode(stored.data)["data"][-1]
        return f"{stored.sequence}:{last['writer']}-{last['number']}-{last['digest']}"
    except (msgspec.DecodeError, LookupError, TypeError):
        return ""
