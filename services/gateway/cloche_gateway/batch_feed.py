"""The feed of a batch: the lifecycle events of its evaluations in the order of the log, and how far it is with them.

It is a replay of the tenant from the batch's first event on, of which only the members' events are shown, and it ends
with the event that ends the last of them. Who comes back after a cursor is told from there on; what lies before is read
again all the same, for it says how far the batch was.
"""

from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import cast, get_args

from cloche_kit.archive.history import History, Lineage, Place
from cloche_schemas.batches import BatchProgress, member_id, members
from cloche_schemas.subjects import Address
from cloche_schemas.values import TERMINAL_STATUSES, BatchPlace, EvaluationId, Outcome, Status
from msgspec import Struct

from cloche_gateway.answering import history_of
from cloche_gateway.batches import place_of
from cloche_gateway.cursors import EventCursor
from cloche_gateway.deps import Deps, Gateway
from cloche_gateway.evaluation_feed import start_of
from cloche_gateway.evaluation_past import SKEW
from cloche_gateway.frames import Frame
from cloche_gateway.reading import address_of
from cloche_gateway.replay_feed import Replay
from cloche_gateway.replay_filter import Filter, outcome_of
from cloche_gateway.replay_range import Range

#: The status that an evaluation is in behind an event; what is not here changes none.
_STATUS: dict[str, Status] = {
    "scheduled": "scheduled",
    "queued": "queued",
    "started": "running",
    "cancel-requested": "cancelling",
    "attempt-failed": "retry_pending",
    "completed": "completed",
    "dead-lettered": "dead_lettered",
}
_OUTCOMES: frozenset[str] = frozenset(get_args(Outcome))


class BatchTold(Struct, frozen=True):
    """Events, at least one, the place that is reached with them, and how far the batch is there."""

    frames: list[Frame]
    reached: Place
    progress: BatchProgress


async def opened(
    gateway: Gateway, tenant: str, batch: str, after: str | None, pointer: str
) -> "BatchFeed":
    """The feed of `batch` beyond the cursor `after`; one of a log that nobody has is taken for none.

    `not_found`, `invalid_cursor` (at `pointer`), and what reading the history raises (`answering.FAILURES`).
    """
    deps = gateway.deps
    address_of(tenant, batch)
    place = await place_of(deps, tenant, batch)
    history = history_of(deps)
    start = start_of(await deps.bus.state(), after, pointer)
    lineage, begin = await _beginning(deps, history, tenant, place, start.former)
    replay = Replay(
        gateway,
        history,
        Range(lineage, begin, None),
        Filter(tenant=tenant, members=members(place), lifecycle=True),
    )
    known = after is not None and lineage.last(start.seen.epoch) is not None
    return BatchFeed(replay, place, lineage, start.seen if known else lineage.beginning)


class BatchFeed:
    """How far one client has got. No event is given twice, none left out."""

    def __init__(self, replay: Replay, batch: BatchPlace, lineage: Lineage, seen: Place) -> None:
        self._replay = replay
        self._batch = batch
        self._lineage = lineage
        self._seen = seen
        # What nobody has told yet was accepted with the others, so it lies on the log as queued.
        self._status: dict[EvaluationId, Status] = {}
        self._outcomes: Counter[Outcome] = Counter()
        self._over = 0

    @property
    def over(self) -> bool:
        """Every evaluation of the batch has ended."""
        return self._over == self._batch.size

    @property
    def reached(self) -> Place:
        """Everything up to there was given, now or before."""
        return max(self._seen, self._replay.reached, key=self._lineage.order)

    @property
    def progress(self) -> BatchProgress:
        counted = Counter(self._status.values())
        if unknown := self._batch.size - len(self._status):
            counted["queued"] += unknown
        return BatchProgress(
            id=self._batch.id,
            size=self._batch.size,
            over=self._over,
            by_status=dict(counted),
            by_outcome=dict(self._outcomes),
        )

    async def told(self) -> AsyncGenerator[BatchTold, None]:
        """What the client has not seen, until the batch is complete; nothing if it saw the end.

        What reading the history raises (`answering.FAILURES`). Close it with `aclosing`.
        """
        async with aclosing(self._replay.told()) as source:
            async for one in source:
                frames = self._taken(one.frames)
                if not frames:
                    continue
                reached = Place(one.reached.epoch, frames[-1].sequence)
                fresh = [frame for frame in frames if self._is_new(frame)]
                if fresh:
                    yield BatchTold(fresh, reached, self.progress)
                if self.over:
                    return

    def _taken(self, frames: list[Frame]) -> list[Frame]:
        """Those up to the end of the batch, which are counted."""
        for number, frame in enumerate(frames):
            status = _STATUS.get(frame.name)
            if status is None or self._status.get(frame.evaluation) in TERMINAL_STATUSES:
                continue
            self._status[frame.evaluation] = status
            if status in TERMINAL_STATUSES:
                self._over += 1
                if (outcome := outcome_of(frame)) in _OUTCOMES:
                    self._outcomes[cast("Outcome", outcome)] += 1
                if self.over:
                    return frames[: number + 1]
        return frames

    def _is_new(self, frame: Frame) -> bool:
        order = self._lineage.order
        return order(Place(frame.epoch, frame.sequence)) > order(self._seen)


async def _beginning(
    deps: Deps, history: History, tenant: str, batch: BatchPlace, former: EventCursor | None
) -> tuple[Lineage, Place]:
    """The place before the batch's first event, which is that of its first evaluation."""
    first = Address(tenant, member_id(batch.id, 0))
    entries = (await deps.log.read(first)).entries
    if entries and entries[0].envelope.number == 1:
        state = await deps.bus.state()
        return Lineage(state), Place(state.epoch, entries[0].stored.sequence - 1)
    lineage = await history.lineage(including="" if former is None else former.epoch)
    row = await deps.read_models.evaluation(first)
    if row is None or row.view.submitted_at is None:
        return lineage, lineage.beginning
    return lineage, await history.before(lineage, row.view.submitted_at - SKEW)
