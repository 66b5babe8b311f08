"""P3: the log's publisher against nats-py's `publish_async`: 256 in flight, message ids, every ack awaited, 400 bytes.

Each has its own stream on the same server and its own connection. Ours also keeps a deadline for each append and
decodes each answer; the reference does the latter only.
"""

import asyncio
import secrets

import nats
from cloche_kit.bus import Appended
from cloche_kit.jetstream import open_bus
from support.bus import bus_settings
from support.nats import NatsServer

from benchmarks.frame import Row, interleaved, rate

COUNT = 10_000
IN_FLIGHT = 256
DATA = b"x" * 400


async def measure() -> list[Row]:
    async with (
        NatsServer.temporary() as server,
        open_bus(bus_settings(server.url), name="p3") as bus,
    ):
        client = await nats.connect(server.url)
        reference_bus = client.jetstream(publish_async_max_pending=IN_FLIGHT)
        await reference_bus.add_stream(name="REFERENCE", subjects=["reference"])

        async def ours() -> float:
            run, numbers = secrets.token_hex(4), iter(range(COUNT))

            async def one_after_another() -> None:
                for number in numbers:
                    result = await bus.append("evaluations.x", DATA, msg_id=f"{run}:{number}")
                    assert isinstance(result, Appended)

            return await rate(
                COUNT, lambda: asyncio.gather(*(one_after_another() for _ in range(IN_FLIGHT)))
            )

        async def reference() -> float:
            run = secrets.token_hex(4)

            async def all_of_them() -> None:
                acks = [
                    await reference_bus.publish_async(
                        "reference", DATA, headers={"Nats-Msg-Id": f"{run}:{number}"}
                    )
                    for number in range(COUNT)
                ]
                await asyncio.gather(*acks)

            return await rate(COUNT, all_of_them)

        measured = await interleaved(ours, reference)
        await client.close()
    return [
        Row(
            name="P3 publisher",
            ours=measured[0],
            reference=measured[1],
            goal=1.6,
            about="appends with msg id and ack, 256 in flight / nats-py publish_async",
        )
    ]
