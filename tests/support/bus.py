"""The event bus on a server of the test's own, and what tests of it say again and again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from cloche_kit.bus import Appended, Delivery, Durable, EventBus, Expectation
from cloche_kit.connection import Connection, Target
from cloche_kit.jetstream import JetStreamBus, open_bus
from cloche_kit.settings import ServiceSettings
from cloche_schemas.subjects import Address
from support.nats import NatsServer

ACK_WAIT = 0.5


def bus_settings(url: str, **changes: object) -> ServiceSettings:
    """Settings of a service on a small log whose work comes again after `ACK_WAIT`."""
    known: dict[str, object] = {
        "nats_url": url,
        "stream_max_bytes": 64 << 20,
        "audit_max_bytes": 16 << 20,
        "work_ack_wait": ACK_WAIT,
    }
    return ServiceSettings.model_validate(known | changes)


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Connection]:
    """A connection and nothing else."""
    connection = Connection(Target(url), name="test")
    await connection.open()
    try:
        yield connection
    finally:
        await connection.close()


@pytest.fixture
async def jetstream_bus(nats_server: NatsServer) -> AsyncIterator[JetStreamBus]:
    """The real bus on a server of the test's own."""
    async with open_bus(bus_settings(nats_server.url), name="test") as bus:
        yield bus


def an_address(tenant: str = "main") -> Address:
    """An evaluation that nobody knows yet."""
    return Address(tenant, str(uuid4()))


async def append(
    bus: EventBus, subject: str, data: bytes = b"{}", *, msg_id: str = "", after: int | None = None
) -> int:
    """Append one message that must be taken; gives its sequence. `after`: expected on the subject itself."""
    expect = None if after is None else Expectation(subject, after)
    result = await bus.append(subject, data, msg_id=msg_id or str(uuid4()), expect=expect)
    assert isinstance(result, Appended), result
    return result.sequence


async def pull_one(bus: EventBus, durable: Durable, *, wait: float = 2.0) -> Delivery:
    """The next delivery, which must come within `wait` seconds."""
    deliveries = await bus.pull(durable, batch=1, wait=wait)
    assert len(deliveries) == 1, f"nothing came from {durable.name} within {wait} s"
    return deliveries[0]
