"""A consume loop on the bus in memory, a handler that writes down what it sees, and its counts."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from cloche_kit.bus import Stored
from cloche_kit.consume import Handler, UnknownPolicy, consume
from cloche_kit.memory import MemoryBus
from cloche_kit.telemetry import Telemetry
from cloche_kit.topology import SCHEDULER
from cloche_schemas import codec
from cloche_schemas.codec import Stamp
from cloche_schemas.envelope import Envelope
from cloche_schemas.events import AttemptFailed, EvaluationEvent
from cloche_schemas.subjects import Address
from prometheus_client import REGISTRY

TRACE = "0af7651916cd43dd8448eb211c80319c"


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
    unknown: UnknownPolicy = "park",
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
