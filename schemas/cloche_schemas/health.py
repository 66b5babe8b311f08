"""The state of the platform, as one gateway sees it at one moment."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

#: `down`: nothing can be accepted or queued. `degraded`: something is wrong, `problems` says what.
PlatformStatus = Literal["ok", "degraded", "down"]
PartStatus = Literal["up", "degraded", "down"]
BreakerState = Literal["closed", "half_open", "open"]
EdgeName = Literal["log", "read_models", "objects"]
ServiceName = Literal["gateway", "executor", "projector", "storage"]
_Detail = Annotated[str, Meta(description="why it is not `up`; empty if it is")]


class EdgeHealth(Struct, frozen=True, kw_only=True):
    """What the gateway calls: the log (NATS), the read models (PostgreSQL), the store of objects (S3)."""

    name: EdgeName
    status: PartStatus
    detail: _Detail = ""
    latency_seconds: (
        Annotated[float, Meta(description="of one small call just now; absent if it failed")] | None
    ) = None
    breaker: BreakerState | None = None


class ServiceHealth(Struct, frozen=True, kw_only=True):
    """A process as it was last heard of. Gateways, executors, projector and storage say so."""

    service: ServiceName
    status: PartStatus
    detail: _Detail = ""
    instance: Annotated[str, Meta(description="empty where it does not say its name")] = ""
    version: str = ""
    heard_at: datetime | None = None
    silent_seconds: Annotated[float, Meta(description="since it was heard of")] | None = None


class GatewayState(Struct, frozen=True, kw_only=True):
    """What a gateway says of itself on the log, every few seconds."""

    gateway: str
    version: str = ""
    alarm: Annotated[str, Meta(description="what only a human can help with")] = ""
    said_at: datetime


class JobHealth(Struct, frozen=True, kw_only=True):
    """A job that one gateway has at a time, by its lease."""

    name: str
    held: Annotated[bool, Meta(description="some gateway does it; for a moment none may")]


class StreamHealth(Struct, frozen=True, kw_only=True):
    """One stream of the log."""

    name: str
    status: PartStatus
    detail: _Detail = ""
    messages: int = 0
    bytes: int = 0
    max_bytes: Annotated[int | None, Meta(description="absent: no bound")] = None
    first_sequence: int = 0
    last_sequence: int = 0
    replicas: Annotated[int, Meta(description="as declared, the leader among them")] = 1
    replicas_behind: Annotated[int, Meta(description="offline or not current")] = 0
    leader: Annotated[str, Meta(description="empty on a server alone")] = ""


class ConsumerHealth(Struct, frozen=True, kw_only=True):
    """One durable consumer of a stream."""

    stream: str
    name: str
    status: PartStatus
    detail: _Detail = ""
    pending: Annotated[int, Meta(description="messages that it has not delivered")] = 0
    unacked: Annotated[int, Meta(description="delivered, and not acked yet")] = 0
    redelivered: Annotated[int, Meta(description="of these, delivered more than once")] = 0
    waiting_pulls: Annotated[int, Meta(description="requests that wait for a message")] = 0
    delivered_sequence: int = 0
    ack_floor_sequence: Annotated[int, Meta(description="everything up to it is acked")] = 0
    lag_seconds: (
        Annotated[float, Meta(description="age of the oldest that it has not delivered")] | None
    ) = None


class ReaderHealth(Struct, frozen=True, kw_only=True):
    """How far somebody is who reads the log of record in order: the projector, the archiver."""

    status: PartStatus
    detail: _Detail = ""
    sequence: Annotated[int, Meta(description="everything up to it is done")] = 0
    lag: Annotated[int | None, Meta(description="messages beyond it; absent: not known")] = None
    lag_seconds: Annotated[float, Meta(description="age of the first of them")] | None = None


class PlatformHealth(Struct, frozen=True, kw_only=True):
    """The platform as of `at`. It is answered with 200 whatever it says: `status` tells."""

    status: PlatformStatus
    at: datetime
    problems: Annotated[tuple[str, ...], Meta(description="a sentence for each thing wrong")] = ()
    edges: tuple[EdgeHealth, ...] = ()
    services: tuple[ServiceHealth, ...] = ()
    jobs: tuple[JobHealth, ...] = ()
    streams: tuple[StreamHealth, ...] = ()
    consumers: tuple[ConsumerHealth, ...] = ()
    projector: ReaderHealth
    archiver: ReaderHealth
