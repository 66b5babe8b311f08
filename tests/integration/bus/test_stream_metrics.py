"""What a real server says of streams, durables and itself, as metrics."""

from collections.abc import AsyncIterator

import pytest
from cloche_kit import stream_metrics as metrics
from cloche_kit.jetstream import JetStreamBus, open_bus
from cloche_kit.stream_metrics import StreamMetrics, stream_metrics
from cloche_kit.topology import EVALUATIONS, HELD, WORK
from prometheus_client import Gauge
from support.bus import bus_settings
from support.evaluations import Client
from support.nats import NatsServer
from support.waiting import wait_until


def value(gauge: Gauge, *labels: str) -> float:
    return float(gauge.labels(*labels)._value.get())


@pytest.fixture
async def bus(nats_server: NatsServer) -> AsyncIterator[JetStreamBus]:
    async with open_bus(bus_settings(nats_server.url), name="test") as opened:
        yield opened


@pytest.fixture
def looks(bus: JetStreamBus, nats_server: NatsServer) -> StreamMetrics:
    return stream_metrics(bus.connection, bus_settings(nats_server.url))


async def test_streams_and_durables_are_told(bus: JetStreamBus, looks: StreamMetrics) -> None:
    client = Client(bus)
    for _ in range(3):
        await client.submit()

    async def queued() -> bool:
        await looks.measure()
        return value(metrics.PENDING, WORK, "work-auto-normal") == 3

    await wait_until(queued)
    assert value(metrics.PRESENT, EVALUATIONS) == 1
    assert value(metrics.MESSAGES, EVALUATIONS) == 3
    assert value(metrics.LAST, EVALUATIONS) == 3
    assert value(metrics.BYTES, EVALUATIONS) > 0
    assert value(metrics.MAX_BYTES, EVALUATIONS) >= value(metrics.BYTES, EVALUATIONS)
    assert value(metrics.REPLICAS_BEHIND, EVALUATIONS) == 0
    assert value(metrics.UNACKED, WORK, "work-auto-normal") == 0


async def test_a_stream_that_is_gone_is_told(bus: JetStreamBus, looks: StreamMetrics) -> None:
    await looks.measure()
    assert value(metrics.PRESENT, HELD) == 1
    await bus.connection.request(f"$JS.API.STREAM.DELETE.{HELD}", b"", timeout=2.0)
    await looks.measure()
    assert value(metrics.PRESENT, HELD) == 0
    assert value(metrics.PRESENT, EVALUATIONS) == 1


async def test_advisories_are_counted_while_somebody_hears(
    bus: JetStreamBus, looks: StreamMetrics
) -> None:
    counter = metrics.ADVISORIES.labels("stream_deleted")
    before = counter._value.get()
    async with looks.hearing():
        await bus.connection.request(f"$JS.API.STREAM.DELETE.{HELD}", b"", timeout=2.0)
        await wait_until(lambda: counter._value.get() == before + 1)
        # As the server would say it of a durable that has a limit, which none of ours has.
        given_up = metrics.ADVISORIES.labels("max_deliveries")
        told = given_up._value.get()
        bus.connection.send("$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.WORK.x", b"{}")
        await wait_until(lambda: given_up._value.get() == told + 1)
