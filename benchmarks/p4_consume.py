"""P4: the consume loop against nats-py's `fetch(256)` with a confirmed ack for each message, a batch of acks in flight.

Both confirm each ack by the server's answer. Ours also decodes envelope and event, binds log context and counts; the
reference only takes the bytes. Traces are off in both.
"""

import asyncio
from datetime import UTC, datetime

import nats
from cloche_kit.bus import Durable, Stored
from cloche_kit.consume import consume
from cloche_kit.jetstream import JetStreamBus, open_bus
from cloche_kit.provision import ensure_durable
from cloche_kit.topology import EVALUATIONS
from cloche_schemas import codec
from cloche_schemas.codec import Stamp
from cloche_schemas.envelope import Envelope
from cloche_schemas.events import AttemptFailed, EvaluationEvent
from support.bus import an_address, bus_settings
from support.nats import NatsServer

from benchmarks.frame import Row, interleaved, rate

COUNT = 8192
BATCH = 256


async def measure() -> list[Row]:
    async with (
        NatsServer.temporary() as server,
        open_bus(bus_settings(server.url), name="p4") as bus,
    ):
        address = an_address()
        await fill(bus, address.log)
        client = await nats.connect(server.url)
        reference_bus = client.jetstream()
        made = 0

        async def ours() -> float:
            nonlocal made
            made += 1
            durable = Durable(EVALUATIONS, f"ours-{made}", address.log)
            await ensure_durable(bus.connection, durable)
            stop, left = asyncio.Event(), COUNT

            async def handler(
                _stored: Stored, _envelope: Envelope, _event: EvaluationEvent
            ) -> None:
                nonlocal left
                left -= 1
                if left == 0:
                    stop.set()

            return await rate(
                COUNT,
                lambda: consume(bus, durable, handler, name="p4", stop=stop, batch=BATCH),
            )

        async def reference() -> float:
            nonlocal made
            made += 1
            pull = await reference_bus.pull_subscribe(address.log, f"reference-{made}", EVALUATIONS)

            async def all_of_them() -> None:
                left = COUNT
                while left:
                    messages = await pull.fetch(BATCH)
                    await asyncio.gather(*(message.ack_sync() for message in messages))
                    left -= len(messages)

            return await rate(COUNT, all_of_them)

        measured = await interleaved(ours, reference)
        await client.close()
    return [
        Row(
            name="P4 consume loop",
            ours=measured[0],
            reference=measured[1],
            goal=1.8,
            about="events decoded, handled and acked (confirmed) / nats-py fetch(256) and gathered ack_sync",
        )
    ]


async def fill(bus: JetStreamBus, subject: str) -> None:
    """`COUNT` events on one subject."""
    address = an_address()
    stamp = Stamp(id="1", source="/bench", address=address, time=datetime.now(UTC), sequence=3)
    data = codec.encode(AttemptFailed(attempt=1, reason="executor_lost", detail="x" * 100), stamp)
    numbers = iter(range(COUNT))

    async def one_after_another() -> None:
        for number in numbers:
            await bus.append(subject, data, msg_id=str(number))

    await asyncio.gather(*(one_after_another() for _ in range(256)))
