"""Whose turn it is: high, normal and low are served 16 : 4 : 1 while all of them wait, and nobody waits for ever.

Weighted fair queueing (Demers, Keshav and Shenker, 1989): each priority has a pass that moves on by the inverse of its
weight with every message served, and whose next message would be over first is next. One that had nothing for a while
comes back level with the others: what it did not use is not saved up.
"""

from collections.abc import Collection

from cloche_schemas.values import PRIORITIES, Priority

WEIGHTS: dict[Priority, int] = {"high": 16, "normal": 4, "low": 1}


class Weights:
    """What one process remembers of whom it has served."""

    def __init__(self) -> None:
        self._passes: dict[Priority, float] = dict.fromkeys(PRIORITIES, 0.0)
        self._waiting: frozenset[Priority] = frozenset()
        # Where the one that was served last began: there those that were away come back.
        self._level = 0.0

    def plan(self, count: int, waiting: Collection[Priority]) -> list[tuple[Priority, int]]:
        """How many of `count` to ask each of `waiting` for, which may have something; the most urgent first."""
        for name in waiting:
            if name not in self._waiting:
                self._passes[name] = max(self._passes[name], self._level)
        self._waiting = frozenset(waiting)
        passes = {name: self._passes[name] for name in PRIORITIES if name in self._waiting}
        planned = dict.fromkeys(passes, 0)
        for _ in range(count if passes else 0):
            # Of several the first, which is the most urgent.
            name = min(passes, key=lambda one: passes[one] + 1 / WEIGHTS[one])
            passes[name] += 1 / WEIGHTS[name]
            planned[name] += 1
        return [(name, number) for name, number in planned.items() if number]

    def served(self, priority: Priority, count: int) -> None:
        """So many were really there."""
        if count:
            self._level = self._passes[priority] + (count - 1) / WEIGHTS[priority]
            self._passes[priority] += count / WEIGHTS[priority]
