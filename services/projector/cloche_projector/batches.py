"""A batch in, rows out: fold, park what is poison, commit, remember. One instance while one connection is held."""

import time
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import ExitStack

import asyncpg
from cloche_kit.bus import EventBus, Stored
from cloche_kit.crashpoint import crashpoint
from cloche_kit.log import age
from cloche_kit.logs import get_logger
from cloche_kit.telemetry import Telemetry
from cloche_schemas.events import EvaluationCompleted, EvaluationDeadLettered
from msgspec.structs import replace

from cloche_projector import metrics, tables
from cloche_projector.projection import (
    Changes,
    Decoded,
    Key,
    Poison,
    Row,
    decode,
    project_batch,
)
from cloche_projector.tables import Checkpoint, Connection

HANDLER = "projector"
# What PostgreSQL says of data that it cannot hold: retrying would not help.
UNSTORABLE = (
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.ProgramLimitExceededError,
)

log = get_logger(__name__)


class Batches:
    """Projects batches in order from `checkpoint` on. Rows of recent evaluations are kept, at most `cache` of them.

    `again`: it all has been projected before, so poison is not parked a second time, nor is anything traced or counted.
    """

    def __init__(  # noqa: PLR0913 - its edges and what it is told
        self,
        connection: Connection,
        bus: EventBus,
        telemetry: Telemetry,
        *,
        name: str,
        checkpoint: Checkpoint,
        cache: int,
        again: bool = False,
    ) -> None:
        self.checkpoint = checkpoint
        self._again = again
        self._connection = connection
        self._bus = bus
        self._telemetry = telemetry
        self._name = name
        self._cache = cache
        self._recent: OrderedDict[Key, Row] = OrderedDict()

    async def project(self, batch: Sequence[Stored]) -> None:
        """Project and commit one batch. What is not beyond the checkpoint is skipped."""
        batch = [stored for stored in batch if stored.sequence > self.checkpoint.sequence]
        if not batch:
            return
        begin = time.perf_counter()
        await self._project(batch)
        if self._again:
            return
        metrics.EVENTS.inc(len(batch))
        metrics.CHECKPOINT.set(self.checkpoint.sequence)
        metrics.BATCH_SECONDS.observe(time.perf_counter() - begin)
        metrics.ROW_SECONDS.observe(age(batch[0].time))

    async def pass_over(self, sequence: int) -> None:
        """Move the checkpoint to `sequence`: there is nothing up to there."""
        await self._commit(Decoded([], [], set(), sequence))

    async def _project(self, batch: Sequence[Stored]) -> None:
        try:
            await self._commit(decode(batch))
        except UNSTORABLE as error:
            if len(batch) == 1:
                poison = Poison(batch[0], "unstorable", str(error))
                await self._commit(Decoded([], [poison], set(), batch[0].sequence))
                return
        else:
            return
        # One message spoils them all: find it, so that it is parked alone.
        half = len(batch) // 2
        await self._project(batch[:half])
        await self._project(batch[half:])

    async def _commit(self, decoded: Decoded) -> None:
        with ExitStack() as spans:
            if not self._again:
                self._open_spans(decoded, spans)
            changes = project_batch(decoded, await self._current(decoded.evaluations))
            crashpoint("folded")
            # Before the checkpoint moves past them. After a crash in between they are parked again, as the same ones.
            for poison in () if self._again else changes.poison:
                await self._park(poison)
                crashpoint("parked")
            await tables.write(
                self._connection,
                self._name,
                before=self.checkpoint,
                after=decoded.last,
                changes=changes,
            )
        crashpoint("committed")
        self.checkpoint = replace(self.checkpoint, sequence=decoded.last)
        if not self._again:
            count_ends(decoded, changes)
        self._remember(changes)

    def _open_spans(self, decoded: Decoded, spans: ExitStack) -> None:
        """A span for each evaluation of the batch, in the trace of its first event there, until the commit."""
        seen: set[Key] = set()
        for message in decoded.messages:
            if message.key in decoded.evaluations and message.key not in seen:
                seen.add(message.key)
                spans.enter_context(self._telemetry.consumer_span(message.envelope, "project"))

    async def _current(self, keys: set[Key]) -> dict[Key, Row]:
        known = {key: row for key in keys if (row := self._recent.get(key)) is not None}
        missing = keys - known.keys()
        if missing:
            known |= await tables.read_rows(self._connection, missing)
        return known

    async def _park(self, poison: Poison) -> None:
        stored = poison.stored
        log.warning(
            "parked",
            reason=poison.reason,
            detail=poison.detail,
            subject=stored.subject,
            sequence=stored.sequence,
        )
        await self._bus.park(stored, handler=HANDLER, reason=poison.reason, detail=poison.detail)
        metrics.PARKED.labels(poison.reason).inc()

    def _remember(self, changes: Changes) -> None:
        for key, row in changes.rows.items():
            self._recent[key] = row
            self._recent.move_to_end(key)
        while len(self._recent) > self._cache:
            self._recent.popitem(last=False)
        if not self._again:
            metrics.ROWS.inc(len(changes.rows))


def count_ends(decoded: Decoded, changes: Changes) -> None:
    """Count the evaluations that ended in this batch; what was passed over as illegal has ended none."""
    for message in decoded.messages:
        event, row = message.event, changes.rows.get(message.key)
        if row is None or row.view.completed_at != message.envelope.time:
            continue
        if isinstance(event, EvaluationCompleted):
            metrics.ENDED.labels(event.outcome, event.domain or "none").inc()
        elif isinstance(event, EvaluationDeadLettered):
            metrics.ENDED.labels("dead_lettered", "infrastructure").inc()
