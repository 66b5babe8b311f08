"""The engines of this executor, strongest first, each with its warm pool; and which of them an attempt gets."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from cloche_schemas.commands import EvaluationSpec
from cloche_schemas.values import ENGINES_BY_STRENGTH, EngineChoice
from cloche_schemas.values import Engine as EngineName
from msgspec import Struct

from cloche_executor.sandbox import (
    Engine,
    EngineFacts,
    EngineUnavailable,
    Job,
    Sandbox,
    Wanted,
    always,
)


class Pool(Protocol):
    """What starts sandboxes: pool.py, or anything like it."""

    async def start(self, job: Job, *, wanted: Wanted = always) -> tuple[Sandbox, bool]:
        """The sandbox with its program begun, and whether it had been started ahead. `CalledOff` if not `wanted`."""
        ...


class Refused(Struct, frozen=True):
    """This executor may not run it."""

    detail: str
    reason: str = "engine_refused"


class Station:
    """One engine with its pool. It takes no work after its engine did not answer, until it does again."""

    def __init__(self, engine: Engine, pool: Pool) -> None:
        self.engine = engine
        self._pool = pool
        self._failed = False

    @property
    def facts(self) -> EngineFacts:
        return self.engine.facts

    @property
    def name(self) -> EngineName:
        return self.engine.facts.name

    async def start(self, job: Job, *, wanted: Wanted = always) -> tuple[Sandbox, bool]:
        try:
            return await self._pool.start(job, wanted=wanted)
        except EngineUnavailable:
            self._failed = True
            raise

    async def able(self) -> bool:
        """Whether to take work for it."""
        if self._failed:
            self._failed = not await self.engine.ready()
        return not self._failed


class Stations:
    """All of them. `auto` means the strongest, also while it does not answer: nothing falls back behind one's back."""

    def __init__(self, stations: Sequence[Station]) -> None:
        self.all = tuple(stations)

    @property
    def strongest(self) -> Station:
        return self.all[0]

    async def choices(self) -> list[EngineChoice]:
        """The engines that work can be taken for now."""
        able = await asyncio.gather(*(station.able() for station in self.all))
        names: list[EngineChoice] = [
            station.facts.name for station, can in zip(self.all, able, strict=True) if can
        ]
        return [*names, "auto"] if able[0] else names

    def choose(self, choice: EngineChoice, spec: EvaluationSpec) -> Station | Refused:
        """Where the submission runs that was queued for `choice`."""
        station = next((s for s in self.all if choice in {"auto", s.name}), None)
        if station is None:
            return Refused(f"{choice} was asked for; {self._here()}")
        strength = ENGINES_BY_STRENGTH.index
        if spec.require is not None and strength(station.facts.name) > strength(spec.require):
            return Refused(f"{spec.require} or stronger is required; {self._here()}")
        return station

    def _here(self) -> str:
        return f"this executor has {', '.join(station.name for station in self.all)}"
