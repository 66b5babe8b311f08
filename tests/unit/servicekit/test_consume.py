"""The consume loop on the bus in memory: what becomes of each kind of event and trouble."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from cloche_kit import consume as loop
from cloche_kit.bus import BusUnavailable, Durable, Stored, StreamLost
from cloche_kit.consume import Handler, Reject, RetryLater, consume
from cloche_kit.memory import MemoryBus
from cloche_kit.memory_queue import MemoryDelivery
from cloche_kit.telemetry import Telemetry, configure
from cloche_kit.topology import EVALUATIONS, SCHEDULER
from cloche_schemas import codec
from cloche_schemas.codec import Stamp
from cloche_schemas.envelope import Envelope
from cloche_schemas.events import AttemptFailed, EvaluationEvent
from cloche_schemas.subjects import Address
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import REGISTRY
from support.bus import an_address, append
from support.waiting import wait_until

TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture(autouse=True)
def _short_delays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "FIRST_DELAY", 0.01)
    monkeypatch.setattr(loop, "RECONNECT_PAUSE", 0.01)


def message(address: Address, *, reason: str = "executor_lost") -> bytes:
    stamp = Stamp(
        id="1",
        source="/test",
        address=address,
        time=datetime(2026, 1, 1, tzinfo=UTC),
        sequence=3,
        traceparent=f"00-{TRACE}-b7ad6b7169203331-01",
    )
    return codec.encode(AttemptFailed(attempt=1, reason=reason), stamp)


class Seen:
    """A handler that writes down what it is given, then does what `react` says."""

    def __init__(self, react: Callable[[Stored], None] = lambda _: None) -> None:
        self.events: list[tuple[Stored, Envelope, EvaluationEvent]] = []
        self._react = react

    async def __call__(self, stored: Stored, envelope: Envelope, event: EvaluationEvent) -> None:
        self.events.append((stored, envelope, event))
        self._react(stored)

    @property
    def sequences(self) -> list[int]:
        return [stored.sequence for stored, _, _ in self.events]


@asynccontextmanager
async def consuming(
    bus: MemoryBus,
    handler: Handler,
    *,
    name: str = "test",
    telemetry: Telemetry | None = None,
    unknown: loop.UnknownPolicy = "park",
) -> AsyncIterator[asyncio.Task[None]]:
    """The loop runs while inside, and is asked to stop after."""
    stop = asyncio.Event()
    task = asyncio.ensure_future(
        consume(
            bus,
            SCHEDULER,
            handler,
            name=name,
            stop=stop,
            telemetry=telemetry,
            max_deliveries=3,
            unknown=unknown,
        )
    )
    try:
        yield task
    finally:
        stop.set()
        await asyncio.wait({task}, timeout=5.0)
        assert task.done()


def count(metric: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(metric, labels) or 0.0


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
        await wait_until(lambda: len(bus._parked) == 1)

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
        await wait_until(lambda: len(bus._parked) == 1)

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


async def test_asked_to_stop_it_finishes_the_event_in_hand_and_gives_the_others_back() -> None:
    bus = MemoryBus(ack_wait=30.0)
    address = an_address()
    for _ in range(3):
        await append(bus, address.log, message(address))
    begun, go_on = asyncio.Event(), asyncio.Event()
    done: list[int] = []

    async def handler(stored: Stored, _envelope: Envelope, _event: EvaluationEvent) -> None:
        begun.set()
        await go_on.wait()
        done.append(stored.sequence)

    stop = asyncio.Event()
    task = asyncio.ensure_future(consume(bus, SCHEDULER, handler, name="s", stop=stop))
    await begun.wait()
    stop.set()
    go_on.set()
    await asyncio.wait_for(task, 5.0)

    assert done == [1]
    again = await bus.pull(SCHEDULER, batch=10, wait=1.0)
    assert [delivery.stored.sequence for delivery in again] == [2, 3]


async def test_what_waits_behind_a_slow_event_is_not_delivered_to_others() -> None:
    bus = MemoryBus()
    durable = Durable(EVALUATIONS, "slow", SCHEDULER.filter, ack_wait=0.3)
    address = an_address()
    for _ in range(2):
        await append(bus, address.log, message(address))
    handled: list[int] = []

    async def handler(stored: Stored, _envelope: Envelope, _event: EvaluationEvent) -> None:
        await asyncio.sleep(0.5)
        handled.append(stored.sequence)

    stop = asyncio.Event()
    task = asyncio.ensure_future(consume(bus, durable, handler, name="slow", stop=stop))
    await wait_until(lambda: len(handled) == 2)
    assert await bus.pull(durable, wait=0.5) == []
    stop.set()
    await asyncio.wait_for(task, 5.0)
    assert handled == [1, 2]


async def test_a_parking_place_that_cannot_be_reached_brings_the_event_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bus = MemoryBus()
    park, tries = bus.park, 0

    async def park_later(
        stored: Stored, *, handler: str, reason: str, detail: str = "", deliveries: int = 1
    ) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise BusUnavailable("full")
        await park(stored, handler=handler, reason=reason, detail=detail, deliveries=deliveries)

    monkeypatch.setattr(bus, "park", park_later)
    await append(bus, an_address().log, b"not JSON")
    async with consuming(bus, Seen()):
        await wait_until(lambda: len(bus._parked) == 1)
    assert tries == 2


async def test_a_stream_lost_inside_a_handler_ends_the_loop() -> None:
    bus = MemoryBus()

    def react(_: Stored) -> None:
        raise StreamLost("gone")

    address = an_address()
    await append(bus, address.log, message(address))
    async with consuming(bus, Seen(react)) as task:
        with pytest.raises(StreamLost):
            await asyncio.wait_for(task, 5.0)


async def test_an_ack_that_gets_lost_does_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    def lose(_delivery: MemoryDelivery) -> asyncio.Future[object]:
        lost: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        lost.set_exception(BusUnavailable("timeout"))
        return lost

    monkeypatch.setattr(MemoryDelivery, "ack_soon", lose)
    bus = MemoryBus(ack_wait=0.1)
    address = an_address()
    await append(bus, address.log, message(address))
    handler = Seen()
    async with consuming(bus, handler):
        await wait_until(lambda: handler.sequences[:2] == [1, 1])
        monkeypatch.undo()
