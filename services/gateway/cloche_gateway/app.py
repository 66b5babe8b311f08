"""The composition root: real edges, the app over any edges, and the process's life."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from cloche_kit.bus import BusError, StreamLost
from cloche_kit.health import Health, write_port
from cloche_kit.http_server import serving
from cloche_kit.jetstream import open_bus
from cloche_kit.log import EventLog
from cloche_kit.logs import get_logger
from cloche_kit.objects import ObjectsError
from cloche_kit.run import settle_memory
from cloche_kit.s3 import open_objects
from cloche_kit.telemetry import configure
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from cloche_gateway import (
    __version__,
    access,
    artifacts,
    attempts,
    batches,
    cases,
    dead_letters,
    evaluations,
    events,
    languages,
    output,
    queue,
    service,
)
from cloche_gateway.admission import Admission, TenantCaps
from cloche_gateway.deps import Deps, Gateway
from cloche_gateway.dispatcher import dispatch
from cloche_gateway.failures import on_error
from cloche_gateway.keyring import Keyring
from cloche_gateway.live import LiveFeed
from cloche_gateway.observation import Observation
from cloche_gateway.openapi import describe
from cloche_gateway.problems import ClientError
from cloche_gateway.read_models import ReadModelsUnavailable, open_read_models
from cloche_gateway.scheduler import Backoff, schedule
from cloche_gateway.settings import GatewaySettings

_log = get_logger(__name__)
# Streams end by themselves; what still writes after this is cut.
GRACEFUL_SECONDS = 5
KEYRING_SECONDS = 0.5
KEYRING_PATIENCE_SECONDS = 5.0
_HANDLED = (
    ClientError,
    HTTPException,
    RequestValidationError,
    BusError,
    ReadModelsUnavailable,
    ObjectsError,
)


@asynccontextmanager
async def connected(settings: GatewaySettings) -> AsyncIterator[Deps]:
    """The real edges, closed in reverse order."""
    async with AsyncExitStack() as stack:
        telemetry = configure(
            "gateway", instance=settings.instance, otlp_endpoint=settings.otlp_endpoint
        )
        stack.callback(telemetry.shutdown)
        bus = await stack.enter_async_context(open_bus(settings, name="gateway"))
        objects = await stack.enter_async_context(open_objects(settings))
        read_models = await stack.enter_async_context(
            open_read_models(settings.postgres_dsn.get_secret_value())
        )
        yield Deps(
            bus=bus,
            access=bus.access,
            log=EventLog(bus, telemetry, instance=settings.instance),
            telemetry=telemetry,
            objects=objects,
            read_models=read_models,
        )


def create_app(
    deps: Deps,
    settings: GatewaySettings,
    stop: asyncio.Event,
    *,
    keyring: Keyring | None = None,
    health: Health | None = None,
) -> FastAPI:
    """The API over `deps`. Setting `stop` ends every open stream. Somebody lets the `keyring` follow its log."""
    keyring = keyring or Keyring(deps.access)
    app = FastAPI(
        title="Cloche",
        version=__version__,
        description="Runs untrusted programs in sealed sandboxes and keeps everything that happened.",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        # Spans and metrics are made in observation.py, with the provider of this service.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        middleware=[Middleware(Observation, telemetry=deps.telemetry)],
        exception_handlers=dict.fromkeys(_HANDLED, on_error),
    )
    feed = LiveFeed(deps.bus, events=settings.watcher_events, size=settings.watcher_bytes)
    app.state.gateway = Gateway(
        deps=deps,
        settings=settings,
        feed=feed,
        keyring=keyring,
        admission=Admission(deps.bus, TenantCaps(keyring, settings)),
        stop=stop,
    )
    for part in (
        *(evaluations, batches, events, output, cases, artifacts, attempts, dead_letters, queue),
        *(languages, access, service),
    ):
        app.include_router(part.router)
    app.router.routes.extend((health or health_of(deps, settings, keyring)).routes())
    describe(app)
    return app


def health_of(deps: Deps, settings: GatewaySettings, keyring: Keyring) -> Health:
    async def keys_known() -> bool:
        return keyring.ready.is_set()

    checks = {"log": deps.bus.ready, "read_models": deps.read_models.ready, "keys": keys_known}
    return Health("gateway", settings.instance, checks)


async def serve(deps: Deps, settings: GatewaySettings, stop: asyncio.Event) -> None:
    """Answer requests, schedule retries and release what is held, until `stop`."""
    keyring = Keyring(deps.access)
    health = health_of(deps, settings, keyring)
    app = create_app(deps, settings, stop, keyring=keyring, health=health)
    beside = {
        asyncio.create_task(_schedule(deps, settings, stop, health), name="scheduler"),
        asyncio.create_task(
            _dispatch(deps, TenantCaps(keyring, settings), stop, health), name="dispatcher"
        ),
        asyncio.create_task(_learn_keys(keyring, health), name="keyring"),
    }
    try:
        # Nobody is told for a moment after the start that keys are not known yet.
        with suppress(TimeoutError):
            await asyncio.wait_for(keyring.ready.wait(), KEYRING_PATIENCE_SECONDS)
        async with serving(
            app, host=settings.host, port=settings.port, graceful_seconds=GRACEFUL_SECONDS
        ) as port:
            if settings.port_file is not None:
                write_port(settings.port_file, port)
            settle_memory()
            _log.info("listening", host=settings.host, port=port)
            await stop.wait()
    finally:
        for task in beside:
            task.cancel()
        await asyncio.wait(beside)


async def _learn_keys(keyring: Keyring, health: Health) -> None:
    while True:
        try:
            await keyring.follow()
        except StreamLost as error:
            # The keys that are known stay good; that no other will be is for a human.
            health.alarm = f"the access log is gone: {error}"
            _log.exception("keyring_stopped")
            return
        except BusError as error:
            _log.warning("keyring_waits", error=str(error))
            await asyncio.sleep(KEYRING_SECONDS)


async def _schedule(
    deps: Deps, settings: GatewaySettings, stop: asyncio.Event, health: Health
) -> None:
    backoff = Backoff(settings.retry_base_seconds, settings.retry_cap_seconds)
    try:
        await schedule(deps, backoff, stop=stop)
    except StreamLost as error:
        # Reads are still answered; that the log is gone is for a human.
        health.alarm = f"the log is gone: {error}"
        _log.exception("scheduler_stopped")


async def _dispatch(deps: Deps, caps: TenantCaps, stop: asyncio.Event, health: Health) -> None:
    try:
        await dispatch(deps.bus, caps, stop=stop)
    except StreamLost as error:
        health.alarm = f"the queue is gone: {error}"
        _log.exception("dispatcher_stopped")
