"""Whose turn it is to leave HELD for WORK: pure. The dispatcher looks, asks this, and moves what it is told.

WORK is first in, first out, so what must not delay others must not be there. Of each engine and priority it gets about
twice the messages that there are slots, shared evenly between the tenants that have something: the slots never run
dry, and whoever comes new is behind no more of them than would be over by the time that each slot has ended one. Two
bounds are exact, because everything that counts towards them was held: what a tenant and what a batch may run at once.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TypeAlias, cast

from cloche_kit.queue import Depth
from cloche_kit.weights import Weights
from cloche_schemas.values import PRIORITIES, TURNS_OF_TENANT, EngineChoice, Priority
from msgspec import Struct

Share: TypeAlias = tuple[EngineChoice, Priority]
#: A batch (tenant, turns) that may run only so many at once.
Turns: TypeAlias = tuple[str, str]


class Line(Struct, frozen=True):
    """A subject of WORK or HELD, read."""

    engine: EngineChoice
    priority: Priority
    tenant: str
    turns: str = ""

    @property
    def share(self) -> Share:
        return (self.engine, self.priority)

    @property
    def held(self) -> str:
        return f"held.{self.engine}.{self.priority}.{self.tenant}.{self.turns}"


def line_of(subject: str) -> Line | None:
    """None for a subject that is none of ours."""
    tokens = subject.split(".")
    if len(tokens) not in {4, 5} or tokens[2] not in PRIORITIES:
        return None
    engine, priority = cast("EngineChoice", tokens[1]), tokens[2]
    return Line(engine, priority, tokens[3], tokens[4] if len(tokens) == 5 else "")


class Counts:
    """What is in WORK and HELD, added up as decisions need it. Changes as messages are planned to move."""

    def __init__(self, depth: Depth) -> None:
        self.work = _lines(depth.work)
        self.held = _lines(depth.held)
        self._of_tenant: dict[str, int] = defaultdict(int)
        self._of_tenant_held: dict[str, int] = defaultdict(int)
        self._of_turns: dict[Turns, int] = defaultdict(int)
        self._of_share: dict[tuple[Share, str], int] = defaultdict(int)
        self._active: dict[Share, set[str]] = defaultdict(set)
        for line, count in self.work.items():
            self._add(line, count)
        self._held_of_share: dict[tuple[Share, str], int] = defaultdict(int)
        for line, count in self.held.items():
            self._held_of_share[(line.share, line.tenant)] += count
            self._active[line.share].add(line.tenant)
            self._of_tenant_held[line.tenant] += count

    def released(self, line: Line) -> None:
        """One more of `line` is in WORK."""
        self.held[line] -= 1
        self._of_tenant_held[line.tenant] -= 1
        self._held_of_share[(line.share, line.tenant)] -= 1
        self.work[line] = self.work.get(line, 0) + 1
        self._add(line, 1)

    def in_work(self, tenant: str) -> int:
        return self._of_tenant[tenant]

    def in_turns(self, line: Line) -> int:
        return self._of_turns[(line.tenant, line.turns)]

    def queued(self, tenant: str) -> int:
        """What a tenant has in WORK and HELD."""
        return self._of_tenant[tenant] + self._of_tenant_held[tenant]

    def holds(self, share: Share, tenant: str) -> bool:
        return self._held_of_share[(share, tenant)] > 0

    def room(self, share: Share, tenant: str, slots: Mapping[EngineChoice, int]) -> int:
        """How many more of this tenant WORK should get; nothing while nobody takes work for the engine."""
        there = slots.get(share[0], 0)
        if there == 0:
            return 0
        active = len(self._active[share] | {tenant})
        return max(1, (2 * there - 1) // active) - self._of_share[(share, tenant)]

    def _add(self, line: Line, count: int) -> None:
        self._active[line.share].add(line.tenant)
        self._of_tenant[line.tenant] += count
        self._of_share[(line.share, line.tenant)] += count
        self._of_turns[(line.tenant, line.turns)] += count


class Bounds(Struct, frozen=True):
    """What may run at once: slots by engine, evaluations by tenant (absent: any number) and by batch."""

    slots: Mapping[EngineChoice, int]
    tenants: Mapping[str, int] = {}
    turns: Mapping[Turns, int] = {}


def plan(depth: Depth, bounds: Bounds, weights: Mapping[str, Weights]) -> dict[Line, int]:
    """How many of each line to release now. `weights`: each tenant's memory, for those with a cap."""
    counts = Counts(depth)
    by_tenant: dict[str, list[Line]] = defaultdict(list)
    for line, waiting in counts.held.items():
        if waiting > 0 and line.turns:
            by_tenant[line.tenant].append(line)
    planned: dict[Line, int] = defaultdict(int)
    for tenant in sorted(by_tenant):
        cap = bounds.tenants.get(tenant)
        for line in _turns_of(by_tenant[tenant], counts, bounds, cap, weights.get(tenant)):
            planned[line] += 1
    return dict(planned)


def _turns_of(
    lines: list[Line], counts: Counts, bounds: Bounds, cap: int | None, weights: Weights | None
) -> Iterable[Line]:
    """One tenant's messages in the order in which they go."""
    tenant = lines[0].tenant
    while cap is None or counts.in_work(tenant) < cap:
        ready = [line for line in lines if _may(line, counts, bounds)]
        if not ready:
            return
        if cap is not None and weights is not None:
            # Only a cap makes priorities of one tenant compete here; else each has its own share of WORK.
            [(priority, _)] = weights.plan(1, {line.priority for line in ready})
            weights.served(priority, 1)
            ready = [line for line in ready if line.priority == priority]
        line = min(ready, key=lambda one: counts.work.get(one, 0))
        counts.released(line)
        yield line


def _may(line: Line, counts: Counts, bounds: Bounds) -> bool:
    if counts.held[line] <= 0 or counts.room(line.share, line.tenant, bounds.slots) <= 0:
        return False
    if line.turns == TURNS_OF_TENANT:
        return True
    limit = bounds.turns.get((line.tenant, line.turns))
    return limit is None or counts.in_turns(line) < limit


def _lines(counted: Mapping[str, int]) -> dict[Line, int]:
    return {line: count for subject, count in counted.items() if (line := line_of(subject))}
