"""Where the events of one evaluation lie once the stream has been trimmed: in the archive, from its submission on.

The archive is searched by time, so only the segments from the submission to the end are read. The time of the
submission is a gateway's, and the archive's are the log's.
"""

from datetime import timedelta

from cloche_kit.archive.history import History, Lineage, Place
from cloche_kit.archive.replay import whole
from cloche_kit.bus import StreamState
from cloche_kit.log import History as Lifecycle
from cloche_kit.log import history_of as lifecycle_of
from cloche_schemas.events import (
    EvaluationCompleted,
    EvaluationDeadLettered,
    OutputArchived,
)
from cloche_schemas.subjects import Address
from msgspec import Struct

from cloche_gateway.deps import Deps

#: How far clocks may differ.
SKEW = timedelta(minutes=1)


class Past(Struct, frozen=True):
    """From where on the evaluation's events are read, and up to where.

    `gone`: the stream holds none of them. `last` is the sequence of the last one if the evaluation is over, else 0.
    """

    lineage: Lineage
    after: Place
    upto: Place
    gone: bool
    last: int

    def behind(self, place: Place) -> bool:
        """Whether all of it lies at `place` or before."""
        return place.epoch == self.after.epoch and 0 < self.last <= place.sequence


async def past_of(
    deps: Deps, history: History, address: Address, state: StreamState, after: int
) -> Past | None:
    """None where the stream, which is at `state`, holds everything of the evaluation beyond `after`.

    `Trimmed`, `Damaged`, `ObjectsUnavailable`, `BusError`, `ReadModelsUnavailable`.
    """
    lifecycle = lifecycle_of(await deps.bus.history(address.tenant, address.evaluation))
    here = Place(state.epoch, after)
    if lifecycle.entries:
        first = lifecycle.entries[0]
        from_the_first = first.envelope.number == 1
        if whole(state, after) or (from_the_first and not state.deleted):
            return None
        if from_the_first:
            # It is all here, unless something between was trimmed.
            lineage = Lineage(state)
            begin = Place(state.epoch, max(first.stored.sequence - 1, after))
            return Past(lineage, begin, lineage.end, gone=False, last=0)
    row = await deps.read_models.evaluation(address)
    submitted = None if row is None else row.view.submitted_at
    lineage = await history.lineage()
    begin = lineage.beginning
    if submitted is not None:
        begin = await history.before(lineage, submitted - SKEW)
    if after and lineage.order(begin) < lineage.order(here):
        begin = here
    last = 0 if row is None or not row.state.over else row.stream_sequence
    return Past(lineage, begin, lineage.end, gone=not lifecycle.entries, last=last)


def seen_to_the_end(lifecycle: Lifecycle, after: int) -> bool:
    """Whether the end of the evaluation lies at `after` or before."""
    ends = [
        entry.stored.sequence
        for entry in lifecycle.entries
        if isinstance(entry.event, EvaluationCompleted | EvaluationDeadLettered | OutputArchived)
    ]
    if lifecycle.entries and isinstance(lifecycle.entries[0].event, OutputArchived):
        # Nothing else follows an end, which is all that the stream no longer holds.
        ends = [lifecycle.entries[0].stored.sequence - 1]
    return any(end <= after for end in ends)
