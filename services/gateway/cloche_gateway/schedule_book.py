"""Every schedule in memory, as its log has them. Each gateway follows the log; what this one appends holds at once.

A change is made from the record that is known and expects that one on the log: of two changes at the same time one is
made first, and the other anew from what the first has left.
"""

import asyncio
import secrets
from collections.abc import Callable
from contextlib import aclosing
from datetime import datetime
from functools import lru_cache

import msgspec
import uuid_utils
from cloche_kit.bus import Appended, BusUnavailable, Expectation, RecordLog, Stored
from cloche_kit.log import Clock, utcnow
from cloche_kit.logs import get_logger
from cloche_schemas.commands import EvaluationSpec
from cloche_schemas.schedules import CreateSchedule, ScheduleRecord, subject_of
from msgspec.structs import replace

from cloche_gateway.recurrence import recurrence

# How long the record of whoever was quicker may take to come by the log.
CHANGE_LOOKS = 200
CHANGE_LOOK_SECONDS = 0.01
_log = get_logger(__name__)
_records = msgspec.json.Decoder(ScheduleRecord)
_NOTHING = EvaluationSpec()
#: The record after a change; None leaves it as it is.
Change = Callable[[ScheduleRecord], ScheduleRecord | None]


class BookEmpty(BusUnavailable):
    """The log of schedules has not been read yet, so nothing can be said of any."""


class ScheduleBook:
    """Run `follow` beside; `ready` is set once everything that was there has been read, `changed` at every change."""

    def __init__(self, log: RecordLog, *, clock: Clock = utcnow) -> None:
        self._log = log
        self._records: dict[str, ScheduleRecord] = {}
        self._sequences: dict[str, int] = {}
        self.now = clock
        self.ready = asyncio.Event()
        self.changed = asyncio.Event()

    async def follow(self) -> None:
        """Read the log for ever. `StreamLost` if it is gone: what is known stays, and nothing new comes."""
        last = (await self._log.state()).last
        if last == 0:
            self.ready.set()
        async with aclosing(self._log.follow(after=0)) as batches:
            async for batch in batches:
                for stored in batch:
                    self._take(stored)
                if batch[-1].sequence >= last:
                    self.ready.set()

    def get(self, tenant: str, id_: str) -> ScheduleRecord | None:
        """None if the tenant has no such schedule. `BookEmpty` before the log has been read."""
        self._read()
        return self._records.get(f"schedules.{tenant}.{id_}")

    def of(self, tenant: str) -> list[ScheduleRecord]:
        """Those of a tenant, oldest first. `BookEmpty` before the log has been read."""
        self._read()
        found = [one for one in self._records.values() if one.tenant == tenant]
        return sorted(found, key=lambda one: one.id)

    def all(self) -> list[ScheduleRecord]:
        return list(self._records.values())

    async def create(self, wish: CreateSchedule, *, tenant: str, by: str) -> ScheduleRecord:
        """A new one, already checked."""
        now = self.now()
        record = ScheduleRecord(
            id=str(uuid_utils.uuid7()),
            tenant=tenant,
            name=wish.name,
            cron=wish.cron,
            timezone=wish.timezone,
            evaluation=wish.evaluation.spec(),
            created_at=now,
            created_by=by,
            active_since=now,
            paused=wish.paused,
        )
        if not await self._append(record):
            raise BusUnavailable(f"the log holds records of the new id {record.id}")
        return record

    async def change(self, tenant: str, id_: str, how: Change) -> ScheduleRecord | None:
        """The record after `how`, on the log. None if there is no such schedule (any more).

        `BusUnavailable` if somebody else changed it and their word does not come.
        """
        for _ in range(CHANGE_LOOKS):
            record = self.get(tenant, id_)
            changed = None if record is None else how(record)
            if changed is None:
                return record
            if await self._append(changed):
                return changed
            await asyncio.sleep(CHANGE_LOOK_SECONDS)
        raise BusUnavailable(f"the log of schedules is not followed: {id_} was changed meanwhile")

    async def pause(self, tenant: str, id_: str) -> ScheduleRecord | None:
        return await self.change(
            tenant, id_, lambda one: None if one.paused else replace(one, paused=True)
        )

    async def resume(self, tenant: str, id_: str) -> ScheduleRecord | None:
        """From now on: what was due while it was paused is not missed."""

        def resumed(record: ScheduleRecord) -> ScheduleRecord | None:
            if not record.paused:
                return None
            return replace(record, paused=False, active_since=self.now())

        return await self.change(tenant, id_, resumed)

    async def delete(self, tenant: str, id_: str) -> ScheduleRecord | None:
        """It as it was; None if there is none. What it has submitted goes its own way."""
        before = self.get(tenant, id_)

        def deleted(record: ScheduleRecord) -> ScheduleRecord:
            return replace(record, deleted=True, evaluation=_NOTHING)

        return None if await self.change(tenant, id_, deleted) is None else before

    def _read(self) -> None:
        if not self.ready.is_set():
            raise BookEmpty("the schedules have not been read yet")

    async def _append(self, record: ScheduleRecord) -> bool:
        """False if somebody else changed it meanwhile."""
        subject = subject_of(record)
        expected = self._sequences.get(subject, 0)
        result = await self._log.append(
            subject,
            msgspec.json.encode(record),
            msg_id=f"{subject}:{expected}:{secrets.token_hex(8)}",
            expect=Expectation(subject, expected),
        )
        if not isinstance(result, Appended):
            return False
        self._set(subject, result.sequence, record)
        return True

    def _take(self, stored: Stored) -> None:
        try:
            record = _records.decode(stored.data)
        except msgspec.DecodeError as error:
            # Of a later version, perhaps: whoever does not understand a schedule does not act on it.
            _log.error("schedule_record_unknown", sequence=stored.sequence, error=str(error))
            self._set(stored.subject, stored.sequence, None)
            return
        self._set(stored.subject, stored.sequence, record)

    def _set(self, subject: str, sequence: int, record: ScheduleRecord | None) -> None:
        if sequence <= self._sequences.get(subject, 0):
            return
        self._sequences[subject] = sequence
        if record is None or record.deleted:
            self._records.pop(subject, None)
        else:
            self._records[subject] = record
        self.changed.set()


def next_due(record: ScheduleRecord) -> datetime | None:
    """When it is due next, which may have passed. None while it is paused, or if it is never due again."""
    if record.paused:
        return None
    return _after(record.cron, record.timezone, record.created_at, served_until(record))


def served_until(record: ScheduleRecord) -> datetime:
    """Due times up to this one need nothing more."""
    last = record.last_due
    return record.active_since if last is None else max(record.active_since, last)


@lru_cache(maxsize=65_536)
def _after(cron: str, zone: str, anchor: datetime, moment: datetime) -> datetime | None:
    return recurrence(cron, zone, anchor).after(moment)
