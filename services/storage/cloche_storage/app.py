"""The composition root: real edges, and the process's life over any edges."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from cloche_kit.archive.signing import BadKey, Signer
from cloche_kit.bus import StreamLost
from cloche_kit.health import Health, health_server
from cloche_kit.jetstream import open_bus
from cloche_kit.log import EventLog
from cloche_kit.logs import get_logger
from cloche_kit.run import settle_memory
from cloche_kit.s3 import open_objects
from cloche_kit.telemetry import configured

from cloche_storage.deps import Deps
from cloche_storage.settings import StorageSettings
from cloche_storage.storage import Storage

# Of the time to stop, what sealing and releasing may take; then it is cut off, which loses nothing.
SEAL_SHARE = 0.6

log = get_logger(__name__)


def signer_of(settings: StorageSettings) -> Signer | None:
    """What signs the archive's heads; None if nothing does. `BadKey` names the setting."""
    path, secret = settings.signing_key_file, settings.signing_secret.get_secret_value()
    if path is not None and secret:
        raise BadKey(
            "CLOCHE_SIGNING_SECRET: is there beside CLOCHE_SIGNING_KEY_FILE; leave one out"
        )
    try:
        if secret:
            return Signer.derived(secret)
        return None if path is None else Signer.read(path)
    except BadKey as error:
        name = "CLOCHE_SIGNING_SECRET" if secret else "CLOCHE_SIGNING_KEY_FILE"
        raise BadKey(f"{name}: {error}") from error


@asynccontextmanager
async def connected(settings: StorageSettings) -> AsyncIterator[Deps]:
    """The real edges, closed in reverse order. `BadKey`."""
    async with AsyncExitStack() as stack:
        telemetry = configured("storage", settings)
        stack.callback(telemetry.shutdown)
        bus = await stack.enter_async_context(open_bus(settings, name="storage"))
        objects = await stack.enter_async_context(open_objects(settings))
        events = EventLog(bus, telemetry, instance=settings.instance)
        yield Deps(bus, events, telemetry, objects, signer=signer_of(settings), access=bus.access)


async def serve(deps: Deps, settings: StorageSettings, stop: asyncio.Event) -> None:
    """Archive and answer health checks until `stop`. A lost stream is an alarm, and nothing is archived any more."""
    storage = Storage(deps, settings)
    checks = {"log": deps.bus.ready, "objects": deps.objects.ready}
    health = Health("storage", settings.instance, checks)
    async with health_server(health, settings):
        settle_memory()
        work = asyncio.create_task(_archive(storage, health, stop), name="storage")
        lag = asyncio.create_task(storage.measure_lag(), name="lag")
        policies = asyncio.create_task(storage.policies.follow(), name="policies")
        stopped = asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if health.alarm is not None:
                await stopped
            if stopped.done():
                await asyncio.wait({work}, timeout=settings.stop_seconds * SEAL_SHARE)
        finally:
            for task in (work, lag, policies, stopped):
                task.cancel()
            await asyncio.wait({work, lag, policies, stopped})
        if not work.cancelled():
            work.result()


async def _archive(storage: Storage, health: Health, stop: asyncio.Event) -> None:
    def alarm(reason: str | None) -> None:
        health.alarm = reason

    try:
        await storage.run(stop, alarm=alarm)
    except StreamLost as error:
        health.alarm = f"the log is not the one of the archive: {error}"
        log.exception("stream_lost")
