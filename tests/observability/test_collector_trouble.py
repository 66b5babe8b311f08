"""A collector that is down, slow or refuses: requests go on as without one, and what is lost is counted."""

import asyncio
import socket
import statistics
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import httpx2
import pytest
from cloche_gateway.app import assemble, create_app
from cloche_kit.exporting import DROPPED, MOST_WAITING
from cloche_kit.log import EventLog
from cloche_kit.telemetry import Telemetry, configure
from msgspec.structs import replace
from support.gateway import BEARER, HELLO, stage_with
from support.otlp_sink import Sink, collecting
from support.waiting import wait_until

REQUESTS = 150
# What a request may take more than without a collector, and what none may take: the collector's own delay is longer.
SLOWER = 2.5
LONGEST = 1.0


@pytest.fixture
def sink() -> Iterator[Sink]:
    with collecting() as made:
        yield made


@asynccontextmanager
async def traced(endpoint: str | None) -> AsyncIterator[tuple[httpx2.AsyncClient, Telemetry]]:
    """A client of a gateway whose spans go there."""
    async with stage_with() as stage:
        telemetry = configure("gateway", instance="g", otlp_endpoint=endpoint)
        log = EventLog(stage.bus, telemetry, instance="g")
        deps = replace(stage.deps, telemetry=telemetry, log=log)
        gateway = assemble(deps, stage.settings, stage.stop, keyring=stage.keyring, book=stage.book)
        transport = httpx2.ASGITransport(app=create_app(gateway))
        async with httpx2.AsyncClient(
            transport=transport, base_url="http://cloche", headers=BEARER
        ) as client:
            yield client, telemetry


async def durations(client: httpx2.AsyncClient) -> list[float]:
    taken = []
    for _ in range(REQUESTS):
        begun = time.perf_counter()
        answer = await client.post("/v1/evaluations", json=HELLO)
        taken.append(time.perf_counter() - begun)
        assert answer.status_code == 202
    return taken


def lost() -> float:
    reasons = ("queue_full", "not_taken", "stopped")
    return sum(float(DROPPED.labels(reason)._value.get()) for reason in reasons)


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("trouble", ["down", "slow", "refusing"])
async def test_no_request_is_slower_and_what_is_lost_is_counted(sink: Sink, trouble: str) -> None:
    endpoint = f"http://127.0.0.1:{closed_port()}" if trouble == "down" else sink.url
    sink.delay = 30.0 if trouble == "slow" else 0.0
    sink.status = 400 if trouble == "refusing" else 200
    before = lost()
    async with traced(None) as (without, _), traced(endpoint) as (with_it, telemetry):
        await durations(without)
        usual = statistics.median(await durations(without))
        taken = await durations(with_it)
        assert max(taken) < LONGEST
        assert statistics.median(taken) < SLOWER * usual + 0.002
        begun = time.perf_counter()
        await asyncio.to_thread(telemetry.shutdown)
        assert time.perf_counter() - begun < 6.0
    # Each submission has at least two spans.
    await wait_until(lambda: lost() - before >= 2 * REQUESTS, within=10)


async def test_what_waits_is_bounded(sink: Sink) -> None:
    sink.delay = 30.0
    before = float(DROPPED.labels("queue_full")._value.get())
    telemetry = configure("gateway", instance="g", otlp_endpoint=sink.url)
    for _ in range(3 * MOST_WAITING):
        with telemetry.producer_span("append"):
            pass
    assert float(DROPPED.labels("queue_full")._value.get()) - before >= MOST_WAITING
    sink.ending.set()
    await asyncio.to_thread(telemetry.shutdown)


async def test_without_an_endpoint_a_span_costs_next_to_nothing() -> None:
    telemetry = configure("gateway", instance="g")
    begun = time.perf_counter()
    for _ in range(10_000):
        with telemetry.producer_span("append"):
            pass
    assert (time.perf_counter() - begun) / 10_000 < 100e-6
