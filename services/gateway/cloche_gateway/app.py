"""The composition root: real edges, the app over any edges, and the process's life."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from ipaddress import ip_network

from cloche_kit.breaker import Breaker
from cloche_kit.bus import BusError
from cloche_kit.guarded_objects import GuardedObjects
from cloche_kit.health import Health, write_port
from cloche_kit.jetstream import open_bus
from cloche_kit.log import EventLog
from cloche_kit.logs import get_logger
from cloche_kit.objects import ObjectsError
from cloche_kit.run import settle_memory
from cloche_kit.s3 import open_objects
from cloche_kit.stream_facts import topology
from cloche_kit.stream_metrics import stream_metrics
from cloche_kit.telemetry import configured
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from cloche_gateway import (
    __version__,
    access,
    artifacts,
    attempts,
    audit,
    batch_events,
    batches,
    blobs,
    cases,
    dashboard,
    dead_letters,
    discovery,
    evaluations,
    events,
    key_export,
    languages,
    listing,
    output,
    output_search,
    projections,
    queue,
    replay,
    rerunning,
    rotation,
    schedules,
    service,
    statistics,
    timeline,
    usage,
    websocket_feed,
)
from cloche_gateway.admission import Admission, TenantCaps
from cloche_gateway.audit_trail import AuditTrail
from cloche_gateway.auditing import Auditing
from cloche_gateway.connections import to_clients
from cloche_gateway.content_digest import ContentDigests
from cloche_gateway.deps import Deps, Gateway
from cloche_gateway.failures import on_error
from cloche_gateway.health import router as health_router
from cloche_gateway.hosting import hosted
from cloche_gateway.key_use import KeyUses
from cloche_gateway.keyring import Keyring
from cloche_gateway.limiter import Limiter, RateTerms
from cloche_gateway.live import LiveFeed
from cloche_gateway.observation import Observation
from cloche_gateway.openapi import describe
from cloche_gateway.overload import Overload
from cloche_gateway.platform_health import PlatformWatch
from cloche_gateway.problems import ClientError
from cloche_gateway.read_lag import ReadLag
from cloche_gateway.read_models import ReadModelsUnavailable, open_read_models
from cloche_gateway.schedule_book import ScheduleBook
from cloche_gateway.settings import GatewaySettings
from cloche_gateway.signed_requests import SignedRequests, wrapper_of
from cloche_gateway.strangers import Strangers

_log = get_logger(__name__)
# Streams end by themselves; what still writes after this is cut.
GRACEFUL_SECONDS = 5
KNOWN_SECONDS = 5.0
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
        telemetry = configured("gateway", settings)
        stack.callback(telemetry.shutdown)
        breakers = log, store, rows = Breaker("log"), Breaker("objects"), Breaker("read_models")
        bus = await stack.enter_async_context(open_bus(settings, name="gateway", breaker=log))
        objects = await stack.enter_async_context(open_objects(settings))
        read_models = await stack.enter_async_context(
            open_read_models(settings.postgres_dsn.get_secret_value(), breaker=rows)
        )
        yield Deps(
            bus=bus,
            access=bus.access,
            schedules=bus.schedules,
            log=EventLog(bus, telemetry, instance=settings.instance),
            telemetry=telemetry,
            objects=GuardedObjects(objects, store),
            read_models=read_models,
            breakers=breakers,
            streams=stream_metrics(bus.connection, settings),
            topology=topology(bus.connection, settings),
        )


def assemble(
    deps: Deps,
    settings: GatewaySettings,
    stop: asyncio.Event,
    *,
    keyring: Keyring | None = None,
    book: ScheduleBook | None = None,
) -> Gateway:
    """Everything that a request may need. Setting `stop` ends every open stream."""
    wrapper, ledgers = wrapper_of(settings), deps.bus.ledgers
    keyring = keyring or Keyring(deps.access, wrapper=wrapper)
    return Gateway(
        deps=deps,
        settings=settings,
        feed=LiveFeed(deps.bus, events=settings.watcher_events, size=settings.watcher_bytes),
        keyring=keyring,
        key_uses=KeyUses(ledgers.key_uses, seconds=settings.key_use_seconds),
        signed_requests=SignedRequests(keyring, wrapper, ledgers.nonces),
        audit=AuditTrail(
            ledgers.audit,
            instance=settings.instance,
            entries=settings.audit_entries,
            clock=keyring.now,
        ),
        schedules=book or ScheduleBook(deps.schedules),
        admission=Admission(deps.bus, TenantCaps(keyring, settings)),
        limiter=Limiter(deps.bus.budgets, RateTerms(keyring, settings)),
        strangers=Strangers(
            settings.failures_per_minute, tuple(map(ip_network, settings.trusted_proxies))
        ),
        overload=Overload(settings.max_in_flight, settings.max_lag_seconds),
        read_lag=ReadLag(deps.bus, deps.read_models),
        stop=stop,
        readers=asyncio.Semaphore(settings.replay_readers),
    )


def create_app(gateway: Gateway, health: Health | None = None) -> FastAPI:
    """The API. Somebody lets the keyring and the book of schedules follow their logs (hosting.py)."""
    app = FastAPI(
        title="Cloche",
        version=__version__,
        description="Runs untrusted programs in sealed sandboxes and keeps everything that happened.",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        # Spans and metrics are made in observation.py, with the provider of this service.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        middleware=[
            Middleware(
                Observation,
                telemetry=gateway.deps.telemetry,
                overload=gateway.overload,
                limiter=gateway.limiter,
                origins=gateway.settings.allowed_origins,
            ),
            Middleware(
                Auditing,
                trail=gateway.audit,
                keyring=gateway.keyring,
                seconds=gateway.settings.audit_seconds,
            ),
            Middleware(ContentDigests),
        ],
        exception_handlers=dict.fromkeys(_HANDLED, on_error),
    )
    app.state.gateway = gateway
    for part in (
        *(
            evaluations,
            batches,
            events,
            output,
            output_search,
            cases,
            artifacts,
            attempts,
            timeline,
        ),
        *(blobs, dead_letters, queue, replay, schedules, languages, key_export, access),
        *(rotation, audit, projections, usage, service, listing, rerunning, statistics, discovery),
        *(batch_events, websocket_feed),
    ):
        # As they are: included they would be built anew for each application, and matched one level deeper.
        app.router.routes.extend(part.router.routes)
    app.router.routes.extend(health_router.routes)
    health = health or health_of(gateway)
    app.state.platform = PlatformWatch(
        gateway.deps, gateway.settings.instance, lambda: health.alarm
    )
    app.router.routes.extend(health.routes())
    app.router.routes.extend(dashboard.routes(dashboard.PAGE))
    describe(app)
    return app


def health_of(gateway: Gateway) -> Health:
    deps = gateway.deps

    async def keys_known() -> bool:
        return gateway.keyring.ready.is_set()

    checks = {"log": deps.bus.ready, "read_models": deps.read_models.ready, "keys": keys_known}
    return Health("gateway", gateway.settings.instance, checks, breakers=deps.breakers)


async def serve(deps: Deps, settings: GatewaySettings, stop: asyncio.Event) -> None:
    """Answer requests and do what gateways do beside (hosting.py), until `stop`."""
    gateway = assemble(deps, settings, stop)
    health = health_of(gateway)
    async with hosted(gateway, health):
        # Nobody is told for a moment after the start that keys or schedules are not known yet.
        with suppress(TimeoutError):
            async with asyncio.timeout(KNOWN_SECONDS):
                await gateway.keyring.ready.wait()
                await gateway.schedules.ready.wait()
        async with to_clients(
            create_app(gateway, health), settings, graceful_seconds=GRACEFUL_SECONDS
        ) as port:
            if settings.port_file is not None:
                write_port(settings.port_file, port)
            settle_memory()
            _log.info("listening", host=settings.host, port=port)
            await stop.wait()
