"""P15 and P16: evaluations a second through queue and executor protocol, the sandbox replaced by nothing.

Ours: `python -m support.noop_executor`, a whole executor whose engine runs nothing. Every evaluation is appended to the
log as queued, sourced into WORK, claimed by an appended `started`, ended by an appended `completed`, and acked; the
client sees each end on the log. The references are durable queues whose task does nothing (benchmarks/peers/queues.py):
taskiq-nats on JetStream, for which the goal is, and celery on Redis, for information. Each has one client process, one
worker of the same number of tasks at once, and a server on loopback that writes to disk without waiting for it.

P16: what an evaluation costs while 100,000 others wait, against 100. The oldest is served first and a new one comes for
each that ends, so the backlog stays as it is.
"""

import asyncio
import tempfile
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from itertools import count
from pathlib import Path

from cloche_kit.jetstream import open_bus
from cloche_schemas import subjects
from support.bus import bus_settings
from support.evaluations import Client
from support.executor_process import NoopExecutor
from support.nats import NatsServer

from benchmarks.frame import LeftOut, Missing, Row, interleaved, rate
from benchmarks.peers import queues
from benchmarks.peers.debian_redis import redis_server
from benchmarks.peers.installed import scripts

COUNT = 1_500
AT_ONCE = 32
IN_FLIGHT = 64
ROUNDS = 3
WAITING = 100_000
FEW_WAITING = 100
BACKLOG_ROUNDS = 3
# Until the executor that was just started has its routine.
WARM_UP = 200
# So long that nothing is delivered twice on a busy machine.
ACK_WAIT = 60.0
STREAM_BYTES = 2 << 30
OVER = b'"type":"cloche.evaluation.completed.v1"'
SUCCEEDED = b'"outcome":"succeeded"'


async def measure() -> list[Row | LeftOut]:
    return [*await against_peers(), await with_backlog()]


async def against_peers() -> list[Row | LeftOut]:
    left_out: list[LeftOut] = []
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cloche-bench-")))
        side = await stack.enter_async_context(Side.opened(folder / "ours"))
        await stack.enter_async_context(side.executor())
        measures: list[Callable[[], Awaitable[float]]] = [side.rate]
        names: list[tuple[str, float | None]] = []
        try:
            commands = await scripts(queues.REQUIREMENTS)
            server = await stack.enter_async_context(NatsServer.temporary())

            async def taskiq() -> float:
                return await queues.rate(commands, "taskiq", server.url, COUNT, AT_ONCE)

            measures.append(taskiq)
            names.append(("P15 queue / taskiq-nats", 1.0))
            redis = await stack.enter_async_context(redis_server(folder / "redis"))

            async def celery() -> float:
                return await queues.rate(commands, "celery", redis, COUNT, AT_ONCE)

            measures.append(celery)
            names.append(("P15 queue / celery on redis", None))
        except Missing as missing:
            left_out.append(LeftOut(("P15",), str(missing)))
        figures = await interleaved(*measures, rounds=ROUNDS)
    return [
        *(
            Row(
                name=name,
                ours=figures[0],
                reference=reference,
                goal=goal,
                about=f"{COUNT} evaluations that do nothing, {AT_ONCE} at once / as many tasks",
            )
            for (name, goal), reference in zip(names, figures[1:], strict=True)
        ),
        *left_out,
    ]


async def with_backlog() -> Row:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cloche-bench-")))
        sides = []
        for waiting in (WAITING, FEW_WAITING):
            side = await stack.enter_async_context(Side.opened(folder / str(waiting)))
            await side.submit(waiting + WARM_UP)
            sides.append(side)
        figures = await interleaved(
            *(side.milliseconds for side in sides), rounds=BACKLOG_ROUNDS, warm_up=False
        )
    return Row(
        name=f"P16 an evaluation while {WAITING:,} wait / while {FEW_WAITING} wait",
        ours=figures[0],
        reference=figures[1],
        goal=1.2,
        at_most=True,
        unit=" ms",
        about=f"over {COUNT} evaluations, {AT_ONCE} at once, a new one for each that ends",
    )


class Side:
    """A log of its own, its client, and executors for it."""

    def __init__(self, folder: Path, server: NatsServer, client: Client) -> None:
        self._folder = folder
        self._server = server
        self._client = client
        self._numbers = count()

    @classmethod
    @asynccontextmanager
    async def opened(cls, folder: Path) -> AsyncIterator["Side"]:
        await asyncio.to_thread(folder.mkdir)
        async with NatsServer.temporary() as server:
            settings = bus_settings(
                server.url, work_ack_wait=ACK_WAIT, stream_max_bytes=STREAM_BYTES
            )
            async with open_bus(settings, name="p15") as bus:
                yield cls(folder, server, Client(bus))

    @asynccontextmanager
    async def executor(self) -> AsyncIterator[None]:
        """One at work while inside; told to stop then."""
        async with NoopExecutor.running(
            self._folder / f"executor-{next(self._numbers)}",
            self._server.url,
            CLOCHE_SLOTS=str(AT_ONCE),
            CLOCHE_WORK_ACK_WAIT=str(ACK_WAIT),
            CLOCHE_STREAM_MAX_BYTES=str(STREAM_BYTES),
            CLOCHE_LOG_LEVEL="warning",
        ) as process:
            yield
            await process.stop()

    async def submit(self, number: int) -> None:
        """Have so many accepted, `IN_FLIGHT` at a time."""
        left = iter(range(number))

        async def one_after_another() -> None:
            for _ in left:
                await self._client.submit()

        await asyncio.gather(*(one_after_another() for _ in range(IN_FLIGHT)))

    async def rate(self) -> float:
        """Evaluations a second, from the first append to the last end that was seen."""
        begin = (await self._client.bus.state()).last

        async def all_of_them() -> None:
            await asyncio.gather(self.submit(COUNT), self._ended(begin, COUNT))

        return await rate(COUNT, all_of_them)

    async def milliseconds(self) -> float:
        """Of an evaluation, while as many wait as did when this was called."""
        begin = (await self._client.bus.state()).last
        ended = 0
        began = 0.0
        refills: set[asyncio.Task[None]] = set()
        async with self.executor(), aclosing(self._ends(begin)) as ends:
            async for number in ends:
                ended += number
                refill = asyncio.create_task(self.submit(number))
                refills.add(refill)
                refill.add_done_callback(refills.discard)
                if began == 0.0 and ended >= WARM_UP:
                    began, ended = time.perf_counter(), ended - WARM_UP
                if began and ended >= COUNT:
                    took = time.perf_counter() - began
                    break
        await asyncio.gather(*refills)
        return took / ended * 1e3

    async def _ended(self, after: int, wanted: int) -> None:
        async with aclosing(self._ends(after)) as ends:
            async for number in ends:
                if (wanted := wanted - number) <= 0:
                    return

    async def _ends(self, after: int) -> AsyncGenerator[int, None]:
        """How many more have ended, batch by batch. The bytes tell; to decode them all is no part of it."""
        async with aclosing(
            self._client.bus.follow(after=after, filters=[subjects.ALL_LOGS])
        ) as batches:
            async for batch in batches:
                over = [stored.data for stored in batch if OVER in stored.data]
                assert all(SUCCEEDED in data for data in over)
                if over:
                    yield len(over)
