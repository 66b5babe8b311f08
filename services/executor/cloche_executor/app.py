"""The composition root of the executor."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from cloche_kit.bus import EventBus
from cloche_kit.health import Health, health_server
from cloche_kit.jetstream import open_bus
from cloche_kit.log import EventLog
from cloche_kit.logs import get_logger
from cloche_kit.telemetry import Telemetry, configured
from msgspec import Struct

from cloche_executor.engines.bubblewrap import adopt_orphans
from cloche_executor.engines.choose import Choice, Wanted, choose
from cloche_executor.inputs import OpenObjects, no_objects, opened_when_needed
from cloche_executor.pool import Bounds, Pool
from cloche_executor.settings import ExecutorSettings, Terms
from cloche_executor.stations import Station, Stations
from cloche_executor.status import write_status
from cloche_executor.turns import Turns
from cloche_executor.work import Worker

# Of the time to stop, what is left for closing connections after the attempts have ended.
CLOSING_SECONDS = 2.0
_log = get_logger(__name__)


class Deps(Struct, frozen=True):
    """The edges. `choose` gives the engines; it may take minutes when an image has to be made first.

    `objects` gives the store that inputs are fetched from.
    """

    bus: EventBus
    log: EventLog
    telemetry: Telemetry
    choose: Callable[[Wanted], Awaitable[Choice]] = choose
    objects: OpenObjects = no_objects


@asynccontextmanager
async def connected(settings: ExecutorSettings) -> AsyncIterator[Deps]:
    """The real edges."""
    telemetry = configured("executor", settings)
    adopt_orphans()
    try:
        async with (
            open_bus(settings, name="executor") as bus,
            opened_when_needed(settings) as objects,
        ):
            log = EventLog(bus, telemetry, instance=settings.instance)
            yield Deps(bus, log, telemetry, objects=objects)
    finally:
        telemetry.shutdown()


async def serve(deps: Deps, settings: ExecutorSettings, stop: asyncio.Event) -> None:
    """Work until `stop`."""
    stations: list[Station] = []

    async def engines_ready() -> bool:
        return bool(stations) and all([await s.engine.ready() for s in stations])

    health = Health("executor", settings.instance, {"bus": deps.bus.ready, "engine": engines_ready})
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(health_server(health, settings))
        installation = settings.installation or (await deps.bus.state()).epoch
        wanted = Wanted(
            engine=settings.engine,
            require=settings.require,
            image=settings.sandbox_image,
            slots=settings.slots,
            installation=installation,
            executor=settings.instance,
        )
        choice = await _unless_stopped(deps.choose(wanted), stop)
        if choice is None:
            return
        for engine in choice.engines:
            stack.push_async_callback(engine.close)
            facts = engine.facts
            _log.info(
                "engine_open", engine=facts.name, runtime=facts.runtime, enforced=facts.enforced
            )
        turns = Turns()
        for number, engine in enumerate(choice.engines):
            # Only what takes work that names no engine is kept warm for nobody.
            pool = Pool(engine, bounds(settings, least=0 if number else settings.warm_least), turns)
            stations.append(Station(engine, await stack.enter_async_context(pool.running())))
        if settings.status_file is not None:
            write_status(settings.status_file, choice)
        terms = Terms(
            installation=installation,
            executor=settings.instance,
            slots=settings.slots,
            ack_wait=settings.work_ack_wait,
            drain_seconds=settings.drain_seconds,
            stop_seconds=max(0.5, settings.stop_seconds - CLOSING_SECONDS),
        )
        worker = Worker(deps.log, Stations(stations), deps.telemetry, terms, objects=deps.objects)
        await worker.run(stop)


def bounds(settings: ExecutorSettings, *, least: int) -> Bounds:
    """How many sandboxes a pool keeps waiting."""
    most = settings.warm_most
    return Bounds(least=min(least, most), most=most, idle_seconds=settings.warm_seconds)


async def _unless_stopped(choosing: Awaitable[Choice], stop: asyncio.Event) -> Choice | None:
    choice = asyncio.ensure_future(choosing)
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({choice, stopped}, return_when=asyncio.FIRST_COMPLETED)
        return await choice if choice.done() else None
    finally:
        stopped.cancel()
        choice.cancel()
        await asyncio.gather(choice, return_exceptions=True)
