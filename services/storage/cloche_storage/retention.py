"""What is old enough is forgotten, by whoever holds the lease of the archive (ADR 0015, docs/retention.md).

A look every few seconds hears how far the read models are and makes room on a log that is nearly full; a round every
minute trims the stream, forgets lines of the archive and deletes objects. Each is bounded and can be done again.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from cloche_kit.archive.reader import ArchiveReader
from cloche_kit.archive.segment import Damaged
from cloche_kit.bus import StreamLost
from cloche_kit.logs import get_logger

from cloche_storage import metrics
from cloche_storage.book import Book
from cloche_storage.deps import Deps
from cloche_storage.forgetting import Forgetter, Goals
from cloche_storage.manifest import Ledger
from cloche_storage.patience import AWAY
from cloche_storage.policies import Policies
from cloche_storage.settings import StorageSettings
from cloche_storage.sweeping import Sweeper
from cloche_storage.trimming import Trimmer

LOOK_SECONDS = 2.0
Clock = Callable[[], datetime]

log = get_logger(__name__)


def utcnow() -> datetime:
    return datetime.now(UTC)


class Retention:
    """The job, while this process holds the lease."""

    def __init__(
        self,
        deps: Deps,
        ledger: Ledger,
        policies: Policies,
        settings: StorageSettings,
        *,
        clock: Clock = utcnow,
    ) -> None:
        manifest = ledger.manifest
        reader = ArchiveReader(deps.objects, stream=manifest.stream)
        book = Book(deps.objects, stream=manifest.stream, epoch=manifest.epoch)
        self._ledger = ledger
        self._policies = policies
        self._settings = settings
        self._clock = clock
        self._trimmer = Trimmer(deps.bus, reader, ledger, policies, settings)
        self._forgetter = Forgetter(deps.objects, reader, book)
        self._sweeper = Sweeper(deps.objects, book, policies, settings)
        self._due = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`. `StreamLost`; `Fenced` if somebody else holds the lease. A store that is away is waited for."""
        every = self._settings.retention_seconds
        self._due = _monotonic() + every
        while not await _stopped(stop, min(LOOK_SECONDS, every)):
            try:
                await self.look()
                if _monotonic() >= self._due:
                    await self.round()
                    self._due = _monotonic() + every
            except StreamLost:
                raise
            except AWAY as error:
                log.warning("retention_interrupted", error=f"{type(error).__name__}: {error}")
            except Damaged as error:
                # Whoever verifies the archive has to look at it; nothing is forgotten meanwhile.
                log.exception("archive_damaged", key=error.key, detail=error.detail)
                self._due = _monotonic() + every

    async def look(self) -> None:
        """Hear how far the read models are, and make room where it is needed."""
        await self._trimmer.listen()
        await self._trimmer.relieve(self._clock())

    async def round(self) -> None:
        """One piece of everything that is old enough."""
        now, most = self._clock(), self._settings.retention_segments
        await self._forgetter.count(self._ledger.manifest, most)
        if self._policies.ready:
            await self._trimmer.trim(now)
            await self._forgetter.forget(self._ledger.manifest, await self._goals(now), most)
        await self._sweeper.sweep(now)
        metrics.RETENTION_DONE.set(now.timestamp())

    async def _goals(self, now: datetime) -> Goals:
        """Up to where the archive forgets: what is old enough, and what the stream has forgotten before."""
        policies, trimmer = self._policies, self._trimmer
        own = {}
        for tenant in policies.own:
            period = policies.of(tenant).archive
            goal = await trimmer.before(now, period) if period else 0
            own[tenant] = min(goal, trimmer.trimmed(tenant))
        period = policies.default.archive
        goal = await trimmer.before(now, period) if period else 0
        others = [trimmer.trimmed(tenant) for tenant in policies.tenants if tenant not in own]
        return Goals(own, min([goal, *others]))


async def _stopped(stop: asyncio.Event, seconds: float) -> bool:
    """Wait so long, or until `stop`."""
    waiting = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({waiting}, timeout=seconds)
    finally:
        waiting.cancel()
    return stop.is_set()


def _monotonic() -> float:
    return asyncio.get_running_loop().time()
