"""What is due by a schedule is submitted: by the one gateway that leads (lead.py), once for each due time.

The evaluation's id follows from schedule and due time, and its first event expects that there is none. So a gateway
that led until a moment ago, or one that fell between submitting and recording it, changes nothing. Of several due times
that have passed, the last one is served, late, and the others are counted as missed.
"""

import asyncio
import hashlib
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID

from cloche_domain import Absent, Evaluation, Refusal, decide
from cloche_kit.bus import BusError, BusUnavailable, StreamLost
from cloche_kit.lead import lead
from cloche_kit.lease import Lease
from cloche_kit.log import Position
from cloche_kit.logs import get_logger
from cloche_kit.objects import ObjectsUnavailable
from cloche_kit.topology import SCHEDULES_KEEPER
from cloche_schemas.events import EvaluationQueued, LifecycleEvent
from cloche_schemas.schedules import ScheduleRecord
from cloche_schemas.subjects import Address
from cloche_schemas.values import Origin
from msgspec.structs import replace
from prometheus_client import Counter

from cloche_gateway.admission import Admission
from cloche_gateway.deps import Deps
from cloche_gateway.due import lateness
from cloche_gateway.inputs import look, moved
from cloche_gateway.problems import KINDS, ClientError
from cloche_gateway.recurrence import Overdue, recurrence
from cloche_gateway.schedule_book import ScheduleBook, next_due, served_until
from cloche_gateway.settings import GatewaySettings
from cloche_gateway.submission import prepared

# A clock that is set right is noticed after that.
LOOK_SECONDS = 30.0
# What could not be submitted for a reason that passes is tried again after that.
AGAIN_SECONDS = 5.0
_PASSING = frozenset({429, 503})
_NEW = Evaluation(state=Absent())
_log = get_logger(__name__)

FIRED = Counter("cloche_gateway_schedules_fired", "Due times that were served", ["result"])
for _result in ("submitted", "refused"):
    FIRED.labels(_result)
MISSED = Counter("cloche_gateway_schedules_missed", "Due times that a later one stood in for")


def evaluation_of(schedule: str, due: datetime) -> str:
    """Id of the evaluation for a due time: UUIDv8 (RFC 9562) of a digest, the same whoever makes it."""
    text = f"{schedule}:{due.astimezone(UTC).isoformat()}"
    digest = bytearray(hashlib.sha256(text.encode()).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    return str(UUID(bytes=bytes(digest)))


async def keep(
    deps: Deps,
    book: ScheduleBook,
    settings: GatewaySettings,
    admission: Admission,
    *,
    stop: asyncio.Event,
) -> None:
    """Serve every schedule whenever this gateway leads, until `stop`. `StreamLost` if the log is gone."""
    keeper = Keeper(deps, book, settings, admission)
    await lead(deps.bus, SCHEDULES_KEEPER, keeper.keep, stop=stop)


class Keeper:
    """Serves the schedules of a book, by the book's clock."""

    def __init__(
        self, deps: Deps, book: ScheduleBook, settings: GatewaySettings, admission: Admission
    ) -> None:
        self._admission = admission
        self._deps = deps
        self._book = book
        self._settings = settings

    async def keep(self, lease: Lease) -> None:
        """Until it is cancelled, or the lease is lost."""
        await self._book.ready.wait()
        while lease.fresh:
            self._book.changed.clear()
            pause = await self.serve(lambda: lease.fresh)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._book.changed.wait(), pause)

    async def serve(self, mine: Callable[[], bool] = lambda: True) -> float:
        """Submit whatever is due, as long as it is `mine` to do; seconds until something may be due again."""
        pause = LOOK_SECONDS
        for record in self._book.all():
            if not mine():
                break
            try:
                pause = min(pause, await self._serve_one(record))
            except (BusUnavailable, StreamLost):
                raise
            except ObjectsUnavailable as error:
                _log.warning("schedule_waits", schedule=record.id, reason=str(error))
                pause = min(pause, AGAIN_SECONDS)
            except Exception:
                # One that nobody can serve keeps nobody else waiting.
                _log.exception("schedule_not_served", schedule=record.id)
        return pause

    async def _serve_one(self, record: ScheduleRecord) -> float:
        """Serve a schedule if it is due; seconds until it may be again."""
        now = self._book.now()
        due = next_due(record)
        if due is None:
            return LOOK_SECONDS
        if due > now:
            return (due - now).total_seconds()
        times = recurrence(record.cron, record.timezone, record.created_at)
        overdue = times.overdue(served_until(record), now)
        if overdue is None:
            return LOOK_SECONDS
        try:
            evaluation = await self._submit(record, overdue.due, now)
            problem = ""
        except ClientError as error:
            if KINDS[error.slug].status in _PASSING:
                _log.warning("schedule_waits", schedule=record.id, reason=str(error))
                return AGAIN_SECONDS
            evaluation, problem = None, str(error)
        await self._record(record, overdue, now, evaluation, problem)
        return 0.0

    async def _submit(self, record: ScheduleRecord, due: datetime, now: datetime) -> str:
        """The evaluation for a due time, on the log by now. `ClientError` if it may not be."""
        address = Address(record.tenant, evaluation_of(record.id, due))
        inputs = await look(self._deps, record.tenant, record.evaluation)
        wish = prepared(record.evaluation, self._settings, inputs=inputs)
        async with self._admission.admitted(record.tenant, [wish.spec]) as [turns]:
            event = decide(replace(wish, turns=turns, origin=Origin(schedule=record.id)), _NEW)
            if isinstance(event, Refusal) or not isinstance(event, EvaluationQueued):
                raise ClientError("conflict", f"it cannot be queued: {event}")
            event = replace(event, due_at=due, late_seconds=lateness(due, now))
            await self._append(address, await moved(self._deps, record.tenant, event))
        return address.evaluation

    async def _append(self, address: Address, event: LifecycleEvent) -> None:
        try:
            # A conflict means that it is there: nobody else makes this id.
            await self._deps.log.append(address, event, after=Position())
        except (BusUnavailable, StreamLost):
            raise
        except BusError as error:
            raise ClientError("body_too_large", f"the log takes no such event: {error}") from error

    async def _record(
        self,
        record: ScheduleRecord,
        overdue: Overdue,
        now: datetime,
        evaluation: str | None,
        problem: str,
    ) -> None:
        late = lateness(overdue.due, now)

        def served(current: ScheduleRecord) -> ScheduleRecord | None:
            if current.last_due is not None and current.last_due >= overdue.due:
                return None
            return replace(
                current,
                last_due=overdue.due,
                last_evaluation=evaluation or current.last_evaluation,
                last_late_seconds=late,
                missed=current.missed + overdue.missed,
                problem=problem,
            )

        await self._book.change(record.tenant, record.id, served)
        FIRED.labels("refused" if problem else "submitted").inc()
        MISSED.inc(overdue.missed)
        _log.info(
            "schedule_served",
            schedule=record.id,
            due=overdue.due.isoformat(),
            late_seconds=late,
            missed=overdue.missed,
            evaluation=evaluation,
            problem=problem,
        )
