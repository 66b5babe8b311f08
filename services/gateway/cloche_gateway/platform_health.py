"""The state of the platform, made of one look (probing.py): what is up, what is not, and why not.

Gateways and executors announce themselves. What nobody announces is told by its traces: the projector says how far it
is, storage writes the archive's manifest, and who does a job that one gateway has at a time holds a lease.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator

from cloche_kit.log import utcnow
from cloche_kit.progress import READ_MODELS
from cloche_kit.topology import EVALUATIONS, WORK
from cloche_schemas.health import PlatformHealth, ReaderHealth, ServiceHealth, StreamHealth

from cloche_gateway import __version__, platform_parts
from cloche_gateway.deps import Deps
from cloche_gateway.probing import Look, lag, look

#: Who asks within so many seconds after another is told what that one was told.
FRESH_SECONDS = 1.0
#: Further behind than that is a problem: the bounds of the alerts ClocheProjectionBehind and ClocheArchiveBehind.
PROJECTOR_SECONDS, ARCHIVER_SECONDS = 60.0, 300.0
_VITAL = frozenset({EVALUATIONS, WORK})


class PlatformWatch:
    """Looks when it is asked. `alarm`: what this process says that only a human can help with, if anything."""

    def __init__(self, deps: Deps, instance: str, alarm: Callable[[], str | None]) -> None:
        self._deps = deps
        self._instance = instance
        self._alarm = alarm
        self._looking: asyncio.Task[PlatformHealth] | None = None
        self._until = 0.0

    async def health(self) -> PlatformHealth:
        """As of now, or of a moment ago. What does not answer is a finding, and takes seconds at most."""
        if self._looking is None or (self._looking.done() and time.monotonic() >= self._until):
            self._looking = asyncio.create_task(self._look())
        # One who goes away must not take the others' answer along.
        return await asyncio.shield(self._looking)

    async def _look(self) -> PlatformHealth:
        found = await look(self._deps)
        projector, archiver = await asyncio.gather(self._projector(found), self._archiver(found))
        self._until = time.monotonic() + FRESH_SECONDS
        edges = tuple(platform_parts.edges(found, self._deps.breakers))
        services = (self._ourselves(), *platform_parts.services(found, self._instance))
        streams = tuple(platform_parts.streams(found))
        consumers = tuple(platform_parts.consumers(found))
        problems = (
            *(f"{one.name}: {one.detail}" for one in edges if one.detail),
            *_problems_of(services, found),
            *(f"stream {one.name}: {one.detail}" for one in streams if one.detail),
            *(f"consumer {one.name}: {one.detail}" for one in consumers if one.detail),
            *(f"projector: {one.detail}" for one in (projector,) if one.detail),
            *(f"archiver: {one.detail}" for one in (archiver,) if one.detail),
        )
        return PlatformHealth(
            status="down" if _down(found, streams) else "degraded" if problems else "ok",
            at=utcnow(),
            problems=problems,
            edges=edges,
            services=services,
            jobs=tuple(platform_parts.jobs(found)),
            streams=streams,
            consumers=consumers,
            projector=projector,
            archiver=archiver,
        )

    def _ourselves(self) -> ServiceHealth:
        alarm = self._alarm()
        return ServiceHealth(
            service="gateway",
            status="degraded" if alarm else "up",
            detail=alarm or "",
            instance=self._instance,
            version=__version__,
            heard_at=utcnow(),
            silent_seconds=0.0,
        )

    async def _projector(self, found: Look) -> ReaderHealth:
        """By its rows, else by what it has said."""
        rows = [one for one in found.read_models.value or () if one.name == READ_MODELS]
        said = (found.progress.value or {}).get(READ_MODELS)
        if rows:
            return await self._reader(found, rows[0].sequence, PROJECTOR_SECONDS)
        if said is not None and found.log.value is not None and said.epoch != found.log.value.epoch:
            return ReaderHealth(status="degraded", detail="it projects another log than this one")
        if said is not None:
            return await self._reader(found, said.sequence, PROJECTOR_SECONDS)
        if found.log.value is not None and found.log.value.last == 0:
            return ReaderHealth(status="up", lag=0, lag_seconds=0.0)
        return ReaderHealth(status="down", detail="how far it is cannot be found out")

    async def _archiver(self, found: Look) -> ReaderHealth:
        if found.objects.trouble or found.log.value is None:
            return ReaderHealth(status="down", detail="how far it is cannot be found out")
        archived = 0 if found.objects.value is None else found.objects.value[1].archived
        return await self._reader(found, archived, ARCHIVER_SECONDS)

    async def _reader(self, found: Look, sequence: int, most: float) -> ReaderHealth:
        behind = None if found.log.value is None else await lag(self._deps, sequence)
        if behind is None:
            return ReaderHealth(status="up", sequence=sequence)
        messages, seconds = behind
        late = seconds > most
        return ReaderHealth(
            status="degraded" if late else "up",
            detail=f"it is {seconds:.0f} s behind" if late else "",
            sequence=sequence,
            lag=messages,
            lag_seconds=seconds,
        )


def _problems_of(services: Iterable[ServiceHealth], found: Look) -> Iterator[str]:
    for one in services:
        if one.status != "up":
            yield f"{one.service} {one.instance}".rstrip() + f": {one.detail}"
    if found.executors.value is not None and not found.executors.value:
        yield "no executor is there"


def _down(found: Look, streams: Iterable[StreamHealth]) -> bool:
    return found.log.value is None or any(
        one.name in _VITAL and one.status == "down" for one in streams
    )
