"""The stream of record, trimmed by age, and early when it is nearly full; never beyond what everybody has had."""

from datetime import datetime, timedelta

from cloche_kit.archive.reader import ArchiveReader
from cloche_kit.bus import EventBus, StreamState
from cloche_kit.logs import get_logger
from cloche_kit.progress import READ_MODELS
from cloche_schemas import subjects

from cloche_storage import metrics
from cloche_storage.bounds import Words, safe_bound
from cloche_storage.manifest import Ledger
from cloche_storage.policies import Policies
from cloche_storage.relief import Relief
from cloche_storage.settings import StorageSettings

# Purges with a filter in one round: each is a request that the server works for.
TENANTS_AT_ONCE = 100
# Under pressure, so much more than has to be is made free.
RELIEF = 0.1

log = get_logger(__name__)


class Trimmer:
    """Trims for the holder of the lease. Each call is a bounded piece of work and can be done again.

    `BusUnavailable`, `ObjectsUnavailable`, and `Damaged` where the index of the archive is.
    """

    def __init__(
        self,
        bus: EventBus,
        reader: ArchiveReader,
        ledger: Ledger,
        policies: Policies,
        settings: StorageSettings,
    ) -> None:
        self._bus = bus
        self._reader = reader
        self._ledger = ledger
        self._policies = policies
        self._settings = settings
        self._words = Words()
        self._relief = Relief(bus, reader, ledger)
        self._floor = 0
        self._trimmed: dict[str, int] = {}
        self._stuck = -1

    def trimmed(self, tenant: str) -> int:
        """Up to this sequence the stream holds nothing of `tenant` any more."""
        return max(self._floor, self._trimmed.get(tenant, 0))

    async def listen(self) -> None:
        """Hear how far the read models are."""
        word = (await self._bus.progress.said()).get(READ_MODELS)
        if word is not None:
            self._words.hear(word)

    async def bound(self, now: datetime) -> int:
        """Up to which sequence anything may be trimmed; 0: nothing, also while nobody says how far they are."""
        manifest = self._ledger.manifest
        if not self._words.fresh(now, self._settings.retention_silence_seconds):
            return 0
        settled = await self._settled()
        self._words.keep(min(manifest.archived, settled))
        return safe_bound(
            self._words.said, epoch=manifest.epoch, archived=manifest.archived, settled=settled
        )

    async def trim(self, now: datetime) -> None:
        """One round by age, for every tenant that has something old enough."""
        state = await self._bus.state()
        self._floor = max(self._floor, state.first - 1)
        bound = await self.bound(now)
        cut = _Cuts(self, now, bound)
        policies = self._policies
        own = {tenant: policies.of(tenant).stream for tenant in policies.own}
        default = await cut.of(policies.default.stream)
        floor = min([default, *[await cut.of(period) for period in own.values()]])
        if floor > self._floor:
            # What all may lose goes at once, which costs the server least.
            await self._purge(floor)
            self._floor = floor
        left = TENANTS_AT_ONCE
        for tenant in policies.tenants:
            upto = await cut.of(own.get(tenant, policies.default.stream))
            if upto > self.trimmed(tenant) and left:
                await self._purge(upto, subjects.of_tenant(tenant))
                self._trimmed[tenant] = upto
                left -= 1
        self._trimmed = {one: upto for one, upto in self._trimmed.items() if upto > self._floor}
        metrics.TRIM_BOUND.set(bound)
        metrics.TRIM_LAG.set(cut.most_wanted - min(cut.most_wanted, bound))

    async def relieve(self, now: datetime) -> None:
        """Make room where the log is nearly full, whatever the periods say. One step; the next look takes the next."""
        state = await self._bus.state()
        share = state.bytes / state.max_bytes if state.max_bytes else 0.0
        metrics.LOG_FILLED.set(share)
        if share < self._settings.retention_pressure:
            return
        bound = await self.bound(now)
        old = await self.before(now, self._settings.retention_pressure_age_seconds)
        bound = min(bound, old)
        if bound < state.first:
            if await self._take_what_is_over(state, now, old):
                return
            if self._stuck != bound:
                filled = round(share, 3)
                log.error("log_nearly_full", filled=filled, bound=bound, first=state.first)
            self._stuck = bound
            return
        upto = min(bound, state.first + _excess(state, share, self._settings.retention_pressure))
        purged = await self._purge(upto)
        self._floor = max(self._floor, upto)
        metrics.PRESSED.inc()
        log.warning("trimmed_early", filled=round(share, 3), up_to=upto, events=purged, bound=bound)

    async def _take_what_is_over(self, state: StreamState, now: datetime, old: int) -> int:
        """Where the bound gives no room: what nobody needs beyond it, evaluation by evaluation."""
        projected, manifest = self._words.last, self._ledger.manifest
        if projected is None or projected.epoch != manifest.epoch:
            return 0
        if not self._words.fresh(now, self._settings.retention_silence_seconds):
            return 0
        most = min(old, manifest.archived, projected.sequence)
        purged = await self._relief.take(state.first, most)
        if purged:
            metrics.PRESSED.inc()
            metrics.TRIMMED_EVENTS.inc(purged)
            log.warning("trimmed_early", events=purged, up_to=most, whole=False)
        return purged

    async def before(self, now: datetime, seconds: float) -> int:
        """The last sequence that is older than `seconds`, as far as the archive goes."""
        when = now - timedelta(seconds=seconds)
        return await self._reader.sequence_before(self._ledger.manifest, when)

    async def _settled(self) -> int:
        """How far outputs are settled. They are only told of what they read, and what follows may be nothing of it."""
        settled = self._ledger.settled
        newest = self._words.last
        if newest is not None and settled < newest.sequence:
            last = await self._bus.last(subjects.ALL_LOGS)
            if last is None or last.sequence <= settled:
                return newest.sequence
        return settled

    async def _purge(self, up_to: int, filter_: str = "") -> int:
        purged = await self._bus.trim(up_to, filter_)
        metrics.TRIMMED_EVENTS.inc(purged)
        if purged:
            log.info("trimmed", up_to=up_to, filter=filter_, events=purged)
        return purged


class _Cuts:
    """Up to where each period has passed, looked up once for each."""

    def __init__(self, trimmer: Trimmer, now: datetime, bound: int) -> None:
        self._trimmer = trimmer
        self._now = now
        self._bound = bound
        self._known: dict[float, int] = {0.0: 0}

    async def of(self, period: float) -> int:
        if period not in self._known:
            self._known[period] = await self._trimmer.before(self._now, period)
        return min(self._bound, self._known[period])

    @property
    def most_wanted(self) -> int:
        """How far it would be trimmed if nobody needed anything."""
        return max(self._known.values())


def _excess(state: StreamState, share: float, pressure: float) -> int:
    """How many sequences hold what is too much, as if all were of one size."""
    too_much = 1 - (pressure - RELIEF) / share
    return int((state.last - state.first + 1) * max(too_much, 0.0))
