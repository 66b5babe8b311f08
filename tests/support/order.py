"""I16: nothing runs that was cancelled before, nothing before it is due, and no more at once than may."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from cloche_schemas.events import (
    AttemptFailed,
    AttemptStarted,
    EvaluationCompleted,
    EvaluationQueued,
    EvaluationScheduled,
)
from cloche_schemas.subjects import Address
from support.observed import End, Happened, Observed, submits


def nothing_forbidden(observed: Observed, at_most: Mapping[str, int]) -> Iterator[str]:
    """`at_most`: evaluations of a tenant that may run at once."""
    yield from _cancelled_stay_so(observed)
    yield from _not_before_due(observed)
    yield from _within_quotas(observed, at_most)


def _cancelled_stay_so(observed: Observed) -> Iterator[str]:
    for address, events in observed.lifecycles.items():
        cancelled = _cancelled_before_start(events)
        if cancelled is None:
            continue
        for one in events:
            if isinstance(one.event, AttemptStarted):
                yield f"I16 {one}, which was cancelled at {cancelled.sequence} before any start"
        for (whose, attempt), written in observed.outputs.items():
            if whose == address:
                yield f"I16 {written[0]}: attempt {attempt} wrote, but was cancelled before its start"


def _cancelled_before_start(events: list[Happened]) -> Happened | None:
    for one in events:
        if isinstance(one.event, AttemptStarted):
            return None
        if isinstance(one.event, EvaluationCompleted) and one.event.outcome == "cancelled":
            return one
    return None


def _not_before_due(observed: Observed) -> Iterator[str]:
    """By the clock of the log, which is later than that of whoever appended."""
    for events in observed.lifecycles.values():
        due = next(
            (e.event.due_at for e in events if isinstance(e.event, EvaluationScheduled)), None
        )
        for one in events:
            early = due is not None and one.stored.time < due
            if early and isinstance(one.event, EvaluationQueued | AttemptStarted):
                yield f"I16 {one} came at {one.stored.time}, before it was due at {due}"


def _within_quotas(observed: Observed, at_most: Mapping[str, int]) -> Iterator[str]:
    """At each place of the log: how many have been started and have not ended. A lost attempt counts until it is
    known to be lost."""
    limits: dict[str, int] = {f"tenant {tenant}": limit for tenant, limit in at_most.items()}
    groups: dict[Address, list[str]] = {}
    running: dict[str, set[Address]] = defaultdict(set)
    for one in observed.events:
        if submits(one.event):
            groups[one.address] = [f"tenant {one.address.tenant}"]
            if (batch := one.event.origin.batch) is not None and batch.concurrency is not None:
                groups[one.address].append(f"batch {batch.id}")
                limits[f"batch {batch.id}"] = batch.concurrency
        for group in groups.get(one.address, ()):
            if isinstance(one.event, AttemptStarted):
                running[group].add(one.address)
                if len(running[group]) > limits.get(group, len(running[group])):
                    yield f"I16 {one} is number {len(running[group])} of {group}, of {limits[group]}"
            elif isinstance(one.event, AttemptFailed | End):
                running[group].discard(one.address)
