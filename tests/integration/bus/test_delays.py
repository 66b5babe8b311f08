"""Long waits by delayed redelivery, on the real server: kept while it is down, to the second, for as long as a year."""

import asyncio
import time

from cloche_kit.bus import BusUnavailable, Delivery
from cloche_kit.jetstream import JetStreamBus
from cloche_kit.topology import SCHEDULER
from support.bus import an_address, append, pull_one
from support.nats import NatsServer

SHORT = 6.0
YEAR = 366 * 86_400.0


async def next_within(bus: JetStreamBus, seconds: float) -> list[Delivery]:
    """What is delivered first, once the server answers again."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if found := await bus.pull(SCHEDULER, batch=10, wait=1.0):
                return found
        except BusUnavailable:
            await asyncio.sleep(0.05)
    return []


async def test_a_delay_counts_on_while_the_server_is_stopped_and_started_again(
    nats_server: NatsServer, jetstream_bus: JetStreamBus
) -> None:
    short, *far = [await append(jetstream_bus, an_address().log) for _ in range(3)]
    deliveries = [await pull_one(jetstream_bus, SCHEDULER) for _ in range(3)]
    begun = time.monotonic()
    for delivery, delay in zip(deliveries, (SHORT, 90 * 86_400.0, YEAR), strict=True):
        await delivery.nak(delay)
    # Killed, it may forget what it was told last: the ack wait counts then.
    await nats_server.stop()
    await nats_server.start()
    found = await next_within(jetstream_bus, 40.0)
    took = time.monotonic() - begun
    assert [one.stored.sequence for one in found] == [short]
    # The server keeps times to the second, so it may come early: who waits looks at the clock again.
    assert SHORT - 2 < took < SHORT + 20
    assert found[0].deliveries == 2
    await found[0].ack()
    assert len(far) == 2
    assert await next_within(jetstream_bus, 3.0) == []
