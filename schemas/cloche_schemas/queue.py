"""The queue and those who work it off: what executors say of themselves, and what the API shows."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from cloche_schemas.values import (
    Engine,
    EngineChoice,
    EvaluationId,
    Priority,
    Status,
    Tenant,
)


class EngineState(Struct, frozen=True, kw_only=True):
    """One engine of an executor."""

    name: Engine
    runtime: str = ""
    strength: Annotated[str, Meta(description="how far its sandboxes can be trusted")] = ""
    able: Annotated[bool, Meta(description="false while it does not answer")] = True
    warm: Annotated[int, Meta(description="sandboxes that wait, started ahead")] = 0


class ExecutorState(Struct, frozen=True, kw_only=True):
    """What an executor says of itself every few seconds; one that falls silent is forgotten."""

    executor: Annotated[str, Meta(description="name of the process")]
    version: str = ""
    slots: Annotated[int, Meta(ge=0, description="attempts that it runs at once")]
    busy: Annotated[int, Meta(ge=0, description="slots in use")] = 0
    draining: Annotated[bool, Meta(description="it takes nothing on any more")] = False
    takes: Annotated[
        tuple[EngineChoice, ...], Meta(description="engines that it takes work for now")
    ] = ()
    engines: Annotated[tuple[EngineState, ...], Meta(description="strongest first")] = ()
    started_at: datetime
    said_at: Annotated[datetime, Meta(description="when it said this")]


class ExecutorList(Struct, frozen=True, kw_only=True):
    """The executors that are there, by name."""

    items: tuple[ExecutorState, ...] = ()
    slots: int = 0
    busy: int = 0


#: Why an evaluation is not running.
WaitReason = Literal[
    "not_due", "backing_off", "no_executor", "tenant_cap", "batch_limit", "turn", "no_free_slot"
]


class QueueLine(Struct, frozen=True, kw_only=True):
    """Everything of one tenant that waits for one engine with one priority, or runs."""

    tenant: Tenant
    engine: EngineChoice
    priority: Priority
    waiting: Annotated[int, Meta(description="queued, in the work queue or held back")] = 0
    held: Annotated[int, Meta(description="of these, held back until it is their turn")] = 0
    running: int = 0
    oldest_seconds: (
        Annotated[float, Meta(description="age of the one that has waited longest")] | None
    ) = None


class TenantLoad(Struct, frozen=True, kw_only=True):
    """What a tenant has in the system, and what it may have at most."""

    tenant: Tenant
    waiting: int = 0
    running: int = 0
    scheduled: int = 0
    retry_pending: int = 0
    max_queued: Annotated[int, Meta(description="queued and running together; more is refused")]
    max_running: Annotated[int | None, Meta(description="absent: no cap of its own")] = None


class WaitTimes(Struct, frozen=True, kw_only=True):
    """Of those that started, or ended, within the last `seconds`."""

    seconds: float
    started: int = 0
    completed: int = 0
    completed_per_second: float = 0.0
    wait_p50: Annotated[float | None, Meta(description="seconds from queued to started")] = None
    wait_p95: float | None = None
    wait_p99: float | None = None


class QueueView(Struct, frozen=True, kw_only=True):
    """The queue as of now. A tenant sees its own lines; operators see everybody's."""

    lines: tuple[QueueLine, ...] = ()
    tenants: tuple[TenantLoad, ...] = ()
    recent: WaitTimes
    slots: int = 0
    busy: int = 0
    executors: int = 0


class QueuePlace(Struct, frozen=True, kw_only=True):
    """Where an evaluation stands in the queue."""

    id: EvaluationId
    status: Status
    reason: Annotated[
        WaitReason | None, Meta(description="why it waits; absent if it does not")
    ] = None
    detail: str = ""
    ahead: (
        Annotated[
            int,
            Meta(description="of its tenant, engine and priority, queued before it and waiting"),
        ]
        | None
    ) = None
    waited_seconds: float | None = None
    until: Annotated[datetime | None, Meta(description="when it is due")] = None
