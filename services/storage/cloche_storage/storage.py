"""Storage's life: wait for the lease, archive and assemble while it is held, stand by again when it is lost."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from cloche_kit.archive.segment import Damaged
from cloche_kit.bus import BusUnavailable, StreamLost
from cloche_kit.log import lag_behind
from cloche_kit.logs import get_logger
from cloche_kit.topology import EVALUATIONS

from cloche_storage import metrics
from cloche_storage.archiver import Archiver
from cloche_storage.deps import Deps
from cloche_storage.manifest import Fenced, Ledger
from cloche_storage.notary import Notary
from cloche_storage.outputs import Outputs
from cloche_storage.patience import AWAY, MOST_SECONDS
from cloche_storage.policies import Policies
from cloche_storage.retention import Retention
from cloche_storage.settings import StorageSettings
from cloche_storage.settling import Settler
from cloche_storage.uploads import tidy_uploads

LAG_SECONDS = 2.0

log = get_logger(__name__)


class Storage:
    """One process's share of the archive: active, or waiting to be."""

    def __init__(self, deps: Deps, settings: StorageSettings) -> None:
        self._deps = deps
        self._settings = settings
        self._held: Ledger | None = None
        #: Somebody lets them follow the access log; whoever holds the lease goes by them.
        self.policies = Policies(settings, deps.access)

    @property
    def active(self) -> bool:
        """This process writes the archive."""
        return self._held is not None

    async def run(
        self, stop: asyncio.Event, *, alarm: Callable[[str | None], None] = lambda _: None
    ) -> None:
        """Archive until `stop`. `StreamLost` if the log is not the one of the archive, or is gone.

        `alarm` is told why nothing is archived while the archive itself cannot be read, and None when it can again.
        """
        wait = 0.1
        while not stop.is_set():
            try:
                if await self._tenure(stop, alarm):
                    wait = 0.1
            except Fenced as fenced:
                log.warning("fenced", error=str(fenced))
            except Damaged as damaged:
                log.error("damaged", error=str(damaged), retry_in=wait)  # noqa: TRY400 - it says all
                alarm(f"the archive is damaged: {damaged}")
            except AWAY as away:
                log.warning("interrupted", error=str(away), retry_in=wait)
            finally:
                self._held = None
                metrics.ACTIVE.set(0)
            if not stop.is_set():
                await asyncio.sleep(wait)
                wait = min(wait * 2, MOST_SECONDS)

    async def _tenure(self, stop: asyncio.Event, alarm: Callable[[str | None], None]) -> bool:
        deps, settings = self._deps, self._settings
        notary = None
        if deps.signer is not None:
            keep_every = settings.head_history_seconds
            notary = Notary(deps.signer, every=settings.sign_seconds, keep_every=keep_every)
        ledger = Ledger(
            deps.objects,
            stream=EVALUATIONS,
            instance=settings.instance,
            lease=settings.lease_seconds,
            notary=notary,
        )
        if not await ledger.acquire(deps.bus.state, accept=settings.accept_stream, stop=stop):
            return False
        alarm(None)
        self._held = ledger
        metrics.ACTIVE.set(1)
        metrics.ARCHIVED.set(ledger.manifest.archived)
        log.info("active", epoch=ledger.manifest.epoch, archived=ledger.manifest.archived)
        archiver = Archiver(deps.bus, deps.objects, ledger, settings)
        settler = Settler(deps, ledger, settings)
        outputs = Outputs(deps.bus, deps.objects, ledger, settler, settings)
        retention = Retention(deps, ledger, self.policies, settings)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(archiver.run(stop), name="archiver")
                group.create_task(outputs.run(stop), name="outputs")
                group.create_task(tidy_uploads(deps.objects, settings, stop), name="uploads")
                group.create_task(retention.run(stop), name="retention")
        except BaseExceptionGroup as group_error:
            raise _gravest(group_error) from group_error
        with suppress(Fenced):
            await ledger.release()
        return True

    async def measure_lag(self) -> None:
        """Keep the lag gauge true while active."""
        while True:
            if self._held is not None:
                with suppress(BusUnavailable, StreamLost):
                    archived = self._held.manifest.archived
                    lag, seconds = await lag_behind(self._deps.bus, archived)
                    metrics.LAG.set(lag)
                    metrics.LAG_SECONDS.set(seconds)
            await asyncio.sleep(LAG_SECONDS)


def _gravest(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Of what the tasks raised, what needs the most attention: the unexpected, a lost stream or archive, the rest."""
    errors = [
        _gravest(error) if isinstance(error, BaseExceptionGroup) else error
        for error in group.exceptions
    ]
    return min(
        errors,
        key=lambda error: (
            isinstance(error, (*AWAY, Fenced, StreamLost, Damaged)),
            isinstance(error, (*AWAY, Fenced)),
        ),
    )
