"""What a gateway works with, and how its routes get at it."""

import asyncio
from typing import Annotated

from cloche_kit.breaker import Breaker
from cloche_kit.bus import AccessLog, EventBus, RecordLog
from cloche_kit.log import EventLog
from cloche_kit.objects import Objects
from cloche_kit.stream_facts import Topology
from cloche_kit.stream_metrics import StreamMetrics
from cloche_kit.telemetry import Telemetry
from fastapi import Depends, Request
from msgspec import Struct

from cloche_gateway.admission import Admission
from cloche_gateway.audit_trail import AuditTrail
from cloche_gateway.key_use import KeyUses
from cloche_gateway.keyring import Keyring
from cloche_gateway.limiter import Limiter
from cloche_gateway.live import LiveFeed
from cloche_gateway.overload import Overload
from cloche_gateway.read_lag import ReadLag
from cloche_gateway.read_models import ReadModels
from cloche_gateway.schedule_book import ScheduleBook
from cloche_gateway.settings import GatewaySettings
from cloche_gateway.signed_requests import SignedRequests
from cloche_gateway.strangers import Strangers


class Deps(Struct, frozen=True, kw_only=True):
    """The edges of the process. Tests pass their own. `streams` and `topology`: the log as its server sees
    it, for metrics and for whoever asks."""

    bus: EventBus
    access: AccessLog
    schedules: RecordLog
    log: EventLog
    telemetry: Telemetry
    objects: Objects
    read_models: ReadModels
    #: One for each edge that may fall silent; health and metrics tell their state.
    breakers: tuple[Breaker, ...] = ()
    streams: StreamMetrics | None = None
    topology: Topology | None = None


class Gateway(Struct, frozen=True, kw_only=True):
    """Everything that a request may need; one for each app."""

    deps: Deps
    settings: GatewaySettings
    feed: LiveFeed
    keyring: Keyring
    key_uses: KeyUses
    signed_requests: SignedRequests
    audit: AuditTrail
    schedules: ScheduleBook
    admission: Admission
    limiter: Limiter
    strangers: Strangers
    overload: Overload
    read_lag: ReadLag
    stop: asyncio.Event
    #: Held by whoever reads the past (replay_feed.py).
    readers: asyncio.Semaphore


async def _gateway_of(request: Request) -> Gateway:
    gateway: Gateway = request.app.state.gateway
    return gateway


TheGateway = Annotated[Gateway, Depends(_gateway_of)]
