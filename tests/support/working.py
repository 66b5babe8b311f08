"""An executor at work over a bus and an engine of the test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from cloche_executor.sandbox import Engine
from cloche_executor.work import Terms, Worker
from cloche_kit.bus import EventBus
from cloche_kit.log import EventLog
from cloche_kit.telemetry import configure
from cloche_kit.topology import work_consumer
from cloche_schemas.values import PRIORITIES, EngineChoice
from opentelemetry.sdk.trace.export import SpanExporter

ACK_WAIT = 0.6
BOTH: tuple[EngineChoice, ...] = ("auto", "bubblewrap")


@asynccontextmanager
async def working(
    bus: EventBus,
    engine: Engine,
    *,
    name: str = "e1",
    slots: int = 2,
    ack_wait: float = ACK_WAIT,
    exporter: SpanExporter | None = None,
) -> AsyncIterator[Worker]:
    """An executor; told to stop at the end, which it must do in time."""
    telemetry = configure("executor", instance=name, exporter=exporter)
    log = EventLog(bus, telemetry, instance=name)
    terms = Terms(
        installation="test", executor=name, slots=slots, ack_wait=ack_wait, stop_seconds=3.0
    )
    worker, stop = Worker(log, engine, telemetry, terms), asyncio.Event()
    task = asyncio.create_task(worker.run(stop))
    try:
        yield worker
    finally:
        stop.set()
        async with asyncio.timeout(6):
            await task


async def nothing_left(bus: EventBus, ack_wait: float = ACK_WAIT) -> bool:
    """Whether no work waits, is held or comes again."""
    await asyncio.sleep(ack_wait * 1.2)
    for engine in BOTH:
        for priority in PRIORITIES:
            if await bus.pull(work_consumer(engine, priority, ack_wait=ack_wait), wait=0):
                return False
    return True
