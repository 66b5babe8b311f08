"""Whether a submission is taken, and whether it is work at once or has to wait for its turn.

Counts are the server's, looked at again when they are older than a moment; in between, what was admitted here is added,
and to new counts what was on its way to the log when they were asked for. So with several gateways the cap on what is
queued may be overstepped by what the others admit in that moment. The cap on what runs is exact: everything of a tenant
that has one is held, and one dispatcher releases it.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from cloche_kit.bus import EventBus
from cloche_schemas.commands import EvaluationSpec
from cloche_schemas.values import TURNS_OF_TENANT, EngineChoice
from msgspec import Struct
from prometheus_client import Counter

from cloche_gateway.dispatcher import executors, slots_of
from cloche_gateway.keyring import Keyring
from cloche_gateway.problems import ClientError
from cloche_gateway.settings import GatewaySettings
from cloche_gateway.turns import Counts, Share

FRESH_SECONDS = 0.25
# What a client is told to wait for when its tenant has too much.
RETRY_SECONDS = 5
ADMITTED = Counter("cloche_gateway_admitted", "Submissions by where they went", ["place"])
_HELD, _WORK = ADMITTED.labels("held"), ADMITTED.labels("work")


class TenantCaps:
    """The tenant's own caps, else those of the settings."""

    def __init__(self, keyring: Keyring, settings: GatewaySettings) -> None:
        self._keyring = keyring
        self._settings = settings

    def running(self, tenant: str) -> int | None:
        record = self._keyring.tenant(tenant)
        own = record.max_running if record is not None else None
        return self._settings.tenant_max_running if own is None else own

    def queued(self, tenant: str) -> int:
        record = self._keyring.tenant(tenant)
        own = record.max_queued if record is not None else None
        return self._settings.tenant_max_queued if own is None else own


class _Look(Struct):
    """What was there at `at`, and what has been admitted since."""

    counts: Counts
    slots: dict[EngineChoice, int]
    at: float
    queued: dict[str, int]
    work: dict[tuple[Share, str], int]
    held: set[tuple[Share, str]]


class Admission:
    """One for each gateway."""

    def __init__(
        self, bus: EventBus, caps: TenantCaps, *, clock: Callable[[], float] | None = None
    ) -> None:
        self._bus = bus
        self._caps = caps
        self._clock = clock or (lambda: asyncio.get_running_loop().time())
        self._look: _Look | None = None
        self._looking: asyncio.Task[_Look] | None = None
        self._began = 0.0
        # Admitted, and not yet on the log for all that we know: submissions of each tenant.
        self._on_their_way: dict[str, int] = defaultdict(int)
        # For each look that is being taken: those admitted since it began.
        self._meanwhile: list[dict[str, int]] = []

    @asynccontextmanager
    async def admitted(
        self,
        tenant: str,
        specs: Sequence[EvaluationSpec],
        *,
        later: bool = False,
        turns: str | None = None,
    ) -> AsyncIterator[list[str | None]]:
        """Whom each of `specs` takes turns with; None for what is work at once. All are admitted, or none.

        They are to be appended inside, so that no later look at the log misses them.
        What is for `later` takes turns: nobody knows now what there will be then. `turns`: those that they take in any
        case, as a batch whose concurrency is bounded. `tenant_queue_full` if the tenant would have more queued than it
        may. `BusUnavailable`.
        """
        look = await self._now()
        placed = self._admit(look, tenant, specs, later=later, turns=turns)
        for counts in (self._on_their_way, *self._meanwhile):
            counts[tenant] += len(specs)
        try:
            yield placed
        finally:
            self._on_their_way[tenant] -= len(specs)
            if not self._on_their_way[tenant]:
                del self._on_their_way[tenant]

    def _admit(
        self,
        look: _Look,
        tenant: str,
        specs: Sequence[EvaluationSpec],
        *,
        later: bool,
        turns: str | None,
    ) -> list[str | None]:
        most, there = self._caps.queued(tenant), look.counts.queued(tenant) + look.queued[tenant]
        if there + len(specs) > most:
            raise self._full(tenant, len(specs), there, most)
        look.queued[tenant] += len(specs)
        if turns is None and (later or self._caps.running(tenant) is not None):
            turns = TURNS_OF_TENANT
        placed = [turns or self._place(look, tenant, spec) for spec in specs]
        held = sum(one is not None for one in placed)
        if held:
            _HELD.inc(held)
        if work := len(placed) - held:
            _WORK.inc(work)
        return placed

    def _place(self, look: _Look, tenant: str, spec: EvaluationSpec) -> str | None:
        share: Share = (spec.engine, spec.priority)
        key = (share, tenant)
        # While nobody is there to work, one is let through: whoever comes first finds it at once.
        slots = look.slots if look.slots.get(spec.engine) else {spec.engine: 1}
        room = look.counts.room(share, tenant, slots) - look.work[key]
        # What is held goes first.
        if room > 0 and key not in look.held and not look.counts.holds(share, tenant):
            look.work[key] += 1
            return None
        look.held.add(key)
        return TURNS_OF_TENANT

    def _full(self, tenant: str, wanted: int, there: int, most: int) -> ClientError:
        running = self._caps.running(tenant)
        why = "" if running is None else f"; no more than {running} of them run at once"
        detail = f"the tenant has {there} evaluations queued or running, and may have {most}{why}"
        return ClientError(
            "tenant_queue_full",
            detail,
            headers={"Retry-After": str(RETRY_SECONDS)},
            extensions={
                "queued": there,
                "max_queued": most,
                "max_running": running,
                "submitted": wanted,
            },
        )

    async def _now(self) -> _Look:
        look = self._look
        if look is not None and self._clock() - look.at < FRESH_SECONDS:
            return look
        # One look for all who come at the same time, also where it fails: nobody waits for another's failure and then
        # for its own. Who comes later than that does not wait for a look that hangs.
        now = self._clock()
        if self._looking is None or self._looking.done() or now - self._began >= FRESH_SECONDS:
            self._began = now
            self._looking = asyncio.create_task(self._look_again(now))
        look = await asyncio.shield(self._looking)
        # Two may have been taken at a time: all are counted where the next one looks.
        return self._look or look

    async def _look_again(self, at: float) -> _Look:
        # What is on its way, or admitted meanwhile, may be counted by the server or not. If it is, it counts twice for
        # the moment that this look is good, which refuses too much rather than too little.
        queued = defaultdict(int, self._on_their_way)
        self._meanwhile.append(queued)
        try:
            depth, states = await asyncio.gather(self._bus.queue.depth(), executors(self._bus))
        finally:
            self._meanwhile = [one for one in self._meanwhile if one is not queued]
        if self._look is None or self._look.at < at:
            self._look = _Look(Counts(depth), slots_of(states), at, queued, defaultdict(int), set())
        return self._look
