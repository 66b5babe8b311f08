"""An executor at work over a bus and an engine of the test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from cloche_executor.inputs import no_objects
from cloche_executor.sandbox import Engine
from cloche_executor.settings import Terms
from cloche_executor.stations import Station, Stations
from cloche_executor.work import Worker
from cloche_kit.bus import EventBus
from cloche_kit.log import EventLog
from cloche_kit.memory import MemoryBus
from cloche_kit.objects import Objects
from cloche_kit.telemetry import configure
from opentelemetry.sdk.trace.export import SpanExporter
from support.fake_engine import ColdPool
from support.waiting import wait_until

# Long enough that a busy machine does not lose leases by itself.
ACK_WAIT = 2.0


@asynccontextmanager
async def working(
    bus: EventBus,
    *engines: Engine,
    name: str = "e1",
    slots: int = 2,
    ack_wait: float = ACK_WAIT,
    exporter: SpanExporter | None = None,
    drain_seconds: float = 0.0,
    objects: Objects | None = None,
) -> AsyncIterator[Worker]:
    """An executor; told to stop at the end, which it must do in time."""

    async def opened() -> Objects:
        return objects or await no_objects()

    telemetry = configure("executor", instance=name, exporter=exporter)
    log = EventLog(bus, telemetry, instance=name)
    terms = Terms(
        installation="test",
        executor=name,
        slots=slots,
        ack_wait=ack_wait,
        drain_seconds=drain_seconds,
        stop_seconds=3.0,
    )
    stations = Stations([Station(engine, ColdPool(engine)) for engine in engines])
    worker, stop = Worker(log, stations, telemetry, terms, objects=opened), asyncio.Event()
    task = asyncio.create_task(worker.run(stop))
    try:
        yield worker
    finally:
        stop.set()
        async with asyncio.timeout(6 + drain_seconds):
            await task


async def nothing_left(bus: MemoryBus) -> bool:
    """Whether all work is acked, soon: none waits, is held or would come again."""
    queues = [queue for name, queue in bus._durables.items() if name.startswith("work-")]
    await wait_until(lambda: not any(queue.fresh or queue._pending for queue in queues))
    return True
