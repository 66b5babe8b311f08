"""What a real server says of streams, durables and itself, as metrics."""

from collections.abc import AsyncIterator

import pytest
from cloche_kit import stream_metrics as metrics
from cloche_kit.jetstream import JetStreamBus, open_bus
from cloche_kit.stream_facts import DurableFacts, topology
from cloche_kit.stream_metrics import StreamMetrics, stream_metrics
from cloche_kit.topology import EVALUATIONS, HELD, WORK, work_consumer
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


async def test_what_is_there_is_told_one_by_one(bus: JetStreamBus, nats_server: NatsServer) -> None:
    seen = topology(bus.connection, bus_settings(nats_server.url))
    client = Client(bus)
    for _ in range(3):
        await client.submit()
    lane = work_consumer("auto", "normal")

    async def one() -> DurableFacts:
        return next(one for one in await seen.durables() if one.name == lane.name)

    async def queued() -> bool:
        return (await one()).pending == 3

    await wait_until(queued)
    assert 0 < (await one()).undelivered_seconds < 60
    (delivery,) = await bus.pull(lane, batch=1, wait=2.0)
    facts = await one()
    assert (facts.pending, facts.unacked, facts.delivered, facts.ack_floor) == (2, 1, 1, 0)
    await delivery.ack()
    assert (await one()).ack_floor == 1
    await bus.connection.request(f"$JS.API.STREAM.DELETE.{HELD}", b"", timeout=2.0)
    streams = {one.name: one for one in await seen.streams()}
    log = streams[EVALUATIONS]
    assert (log.messages, log.first, log.last, log.replicas) == (3, 1, 3, 1)
    assert (log.refuses_when_full, log.trouble, streams[WORK].refuses_when_full) == (
        True,
        "",
        False,
    )
    assert [name for name, one in streams.items() if not one.present] == [HELD]
    await bus.connection.close()
    assert all(one.trouble for one in await seen.streams())


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
