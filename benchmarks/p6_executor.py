"""P6 and P7: evaluations a second of the executor against bare containers of the same options, as many at once.

Ours: `python -m cloche_executor` over a real NATS; every evaluation is queued in the log, claimed, run in a sandbox of
the warm pool, its output and its end are appended. From the first append to the last end. The reference makes, starts,
awaits and removes a container through the Docker SDK, and neither reads output nor says anything about it: for P6 with
`NetworkDisabled` as ours, for P7 without, as SDK loops usually are.

The pool starts full in each round of ours, which is an advantage of a few containers in `COUNT`.
"""

import asyncio
import tempfile
from contextlib import AsyncExitStack, aclosing
from pathlib import Path

from cloche_kit.jetstream import open_bus
from cloche_schemas import codec
from cloche_schemas.events import EvaluationCompleted
from support.bus import bus_settings
from support.evaluations import Client
from support.executor_process import ExecutorProcess
from support.nats import NatsServer

from benchmarks.containers import Bench, need_docker, new_installation
from benchmarks.frame import Row, interleaved, rate

COUNT = 48
FEW = 8
IN_FLIGHT = 4
ROUNDS = 4
PROGRAM = "print(1)"
LOOK = "import time; time.sleep(2)"
EVERY_END = "evaluations.*.*.lifecycle.log"
# The pool is full again, and nothing of the round before is still being removed.
SETTLE_SECONDS = 2.0
ACK_WAIT = 10.0


async def measure() -> list[Row]:
    need_docker()
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(NatsServer.temporary())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cloche-bench-")))
        settings = bus_settings(server.url, work_ack_wait=ACK_WAIT, stream_max_bytes=256 << 20)
        client = Client(await stack.enter_async_context(open_bus(settings, name="p6")))
        installation = new_installation()
        await stack.enter_async_context(
            ExecutorProcess.running(
                folder / "executor",
                server.url,
                CLOCHE_ENGINE="docker",
                CLOCHE_SLOTS=str(IN_FLIGHT),
                CLOCHE_INSTALLATION=installation,
                CLOCHE_WORK_ACK_WAIT=str(ACK_WAIT),
            )
        )
        looked_at = await client.submit(LOOK)
        bench = await stack.enter_async_context(Bench.like(installation, in_flight=IN_FLIGHT))
        await client.completed(looked_at, within=20)

        async def ours() -> float:
            await asyncio.sleep(SETTLE_SECONDS)
            return await rate(COUNT, lambda: run_all(client, COUNT))

        async def disabled() -> float:
            await asyncio.sleep(SETTLE_SECONDS)
            return await rate(COUNT, lambda: bench.run_many(COUNT))

        async def enabled() -> float:
            await asyncio.sleep(SETTLE_SECONDS)
            return await rate(COUNT, lambda: bench.run_many(COUNT, NetworkDisabled=False))

        await run_all(client, FEW)
        await bench.run_many(FEW)
        figures = await interleaved(ours, disabled, enabled, rounds=ROUNDS, warm_up=False)
    return [
        Row(
            name="P6 executor / bare SDK loop",
            ours=figures[0],
            reference=figures[1],
            goal=0.9,
            about=f"evaluations from queued to completed, {IN_FLIGHT} at once / create, start, wait, remove",
        ),
        Row(
            name="P7 executor / SDK loop without network_disabled",
            ours=figures[0],
            reference=figures[2],
            goal=1.5,
            about="the same / the same, but for network_disabled",
        ),
    ]


async def run_all(client: Client, count: int) -> None:
    """Queue evaluations and see each one's end."""
    last = await client.bus.state()
    addresses = await asyncio.gather(*(client.submit(PROGRAM) for _ in range(count)))
    waiting = {address.log for address in addresses}
    async with aclosing(client.bus.follow(after=last.last, filters=[EVERY_END])) as batches:
        async for batch in batches:
            for stored in batch:
                _, event = codec.decode(stored.data)
                if isinstance(event, EvaluationCompleted):
                    assert event.outcome == "succeeded", event
                    waiting.discard(stored.subject)
            if not waiting:
                return
