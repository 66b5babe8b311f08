"""The consume loop on the bus in memory: what becomes of each kind of event."""

import asyncio
import itertools

import pytest
from cloche_kit import consume as loop
from cloche_kit.bus import BusUnavailable, Stored, StreamLost
from cloche_kit.consume import Reject, RetryLater
from cloche_kit.memory import MemoryBus
from cloche_kit.telemetry import configure
from cloche_kit.topology import SCHEDULER
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from support.bus import an_address, append
from support.consuming import TRACE, Seen, consuming, count, message
from support.waiting import wait_until


@pytest.fixture(autouse=True)
def _short_delays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "FIRST_DELAY", 0.01)
    monkeypatch.setattr(loop, "RECONNECT_PAUSE", 0.01)


async def test_every_event_is_handled_in_order_and_acked_once() -> None:
    bus = MemoryBus(ack_wait=0.2)
    address = an_address()
    for _ in range(10):
        await append(bus, address.log, message(address))
    handler = Seen()

    async with consuming(bus, handler):
        await wait_until(lambda: len(handler.events) == 10)
        await asyncio.sleep(0.3)  # past the ack wait: nothing may come again

    assert handler.sequences == list(range(1, 11))
    assert await bus.pull(SCHEDULER, wait=0.0) == []


async def test_a_malformed_message_is_put_aside_and_the_next_is_handled_within_a_second() -> None:
    bus = MemoryBus()
    address = an_address()
    await append(bus, address.log, b"not JSON")
    handler = Seen()

    async with consuming(bus, handler, name="m"):
        await append(bus, address.log, message(address))
        await wait_until(lambda: handler.sequences == [2], within=1.0)

    [parked] = await bus.parked()
    assert (parked.reason, parked.handler, parked.deliveries) == ("malformed", "m", 1)
    assert parked.stored.data == b"not JSON"
    assert parked.stored.subject == address.log
    assert count("cloche_consume_parked_total", handler="m", reason="malformed") == 1


@pytest.mark.parametrize("policy", ["park", "skip"])
async def test_an_event_of_an_unknown_type_follows_the_policy(policy: loop.UnknownPolicy) -> None:
    bus = MemoryBus(ack_wait=0.2)
    address = an_address()
    newer = message(address).replace(b"attempt-failed.v1", b"attempt-failed.v9")
    await append(bus, address.log, newer)
    await append(bus, address.log, message(address))
    handler = Seen()

    async with consuming(bus, handler, unknown=policy):
        await wait_until(lambda: handler.sequences == [2])

    reasons = [parked.reason for parked in await bus.parked()]
    assert reasons == (["unknown_type"] if policy == "park" else [])


async def test_retry_later_brings_the_event_back_after_the_delay_and_never_puts_it_aside() -> None:
    bus = MemoryBus()
    times: list[float] = []

    def react(_: Stored) -> None:
        times.append(asyncio.get_running_loop().time())
        if len(times) < 6:
            raise RetryLater(0.05)

    address = an_address()
    await append(bus, address.log, message(address))
    async with consuming(bus, Seen(react)):
        await wait_until(lambda: len(times) == 6)

    assert all(later - earlier >= 0.04 for earlier, later in itertools.pairwise(times))
    assert await bus.parked() == []


async def test_a_rejected_event_is_put_aside_with_the_handlers_reason() -> None:
    bus = MemoryBus()

    def react(_: Stored) -> None:
        raise Reject("illegal_transition", "completed twice")

    address = an_address()
    await append(bus, address.log, message(address))
    async with consuming(bus, Seen(react)):
        await wait_until(lambda: len(bus.letters.all()) == 1)

    [parked] = await bus.parked()
    assert (parked.reason, parked.detail) == ("illegal_transition", "completed twice")


async def test_a_handler_that_keeps_failing_gives_up_after_the_deliveries_and_blocks_nobody() -> (
    None
):
    bus = MemoryBus()
    address = an_address()

    def react(stored: Stored) -> None:
        if stored.sequence == 1:
            raise ValueError("a bug")

    handler = Seen(react)
    await append(bus, address.log, message(address))
    await append(bus, address.log, message(address))
    async with consuming(bus, handler, name="f"):
        await wait_until(lambda: 2 in handler.sequences, within=1.0)
        await wait_until(lambda: len(bus.letters.all()) == 1)

    [parked] = await bus.parked()
    assert (parked.reason, parked.detail) == ("failed", "ValueError: a bug")
    assert parked.deliveries == 3
    assert handler.sequences.count(1) == 3
    assert count("cloche_consume_events_total", handler="f", result="retried") == 2
    assert count("cloche_consume_events_total", handler="f", result="parked") == 1


async def test_trouble_of_the_bus_never_puts_an_event_aside() -> None:
    bus = MemoryBus()
    tries = 0

    def react(_: Stored) -> None:
        nonlocal tries
        tries += 1
        if tries < 6:
            raise BusUnavailable("no leader")

    address = an_address()
    await append(bus, address.log, message(address))
    async with consuming(bus, Seen(react)):
        await wait_until(lambda: tries == 6)

    assert await bus.parked() == []


async def test_a_server_that_is_away_is_told_from_an_idle_stream_and_waited_out() -> None:
    bus = MemoryBus()
    handler = Seen()
    address = an_address()
    await append(bus, address.log, message(address))
    bus.available = False

    async with consuming(bus, handler, name="away"):
        await wait_until(
            lambda: count("cloche_consume_pulls_total", handler="away", result="disconnected") > 1
        )
        bus.available = True
        await wait_until(lambda: handler.sequences == [1])
    assert count("cloche_consume_pulls_total", handler="away", result="messages") == 1


async def test_an_empty_stream_counts_as_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "PULL_SECONDS", 0.01)
    async with consuming(MemoryBus(), Seen(), name="idle"):
        await wait_until(
            lambda: count("cloche_consume_pulls_total", handler="idle", result="idle") > 1
        )
    assert count("cloche_consume_pulls_total", handler="idle", result="disconnected") == 0


async def test_a_lost_stream_ends_the_loop_with_the_alarm() -> None:
    bus = MemoryBus()
    async with consuming(bus, Seen()) as task:
        bus.lose()
        with pytest.raises(StreamLost):
            await asyncio.wait_for(task, 5.0)


async def test_the_handler_runs_in_a_span_of_the_events_trace() -> None:
    exporter = InMemorySpanExporter()
    telemetry = configure("gateway", instance="t", exporter=exporter)
    bus = MemoryBus()
    address = an_address()
    await append(bus, address.log, message(address))
    handler = Seen()

    async with consuming(bus, handler, name="scheduler", telemetry=telemetry):
        await wait_until(lambda: len(handler.events) == 1)

    [span] = exporter.get_finished_spans()
    assert span.name == "scheduler attempt-failed.v1"
    assert span.context is not None
    assert f"{span.context.trace_id:032x}" == TRACE
    assert span.attributes is not None
    assert span.attributes["cloche.evaluation.id"] == address.evaluation
