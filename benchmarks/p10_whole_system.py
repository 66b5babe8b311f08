"""P10: 100 evaluations of `print(1)` through the whole system against the same through peers, all at once.

Ours: `cloche up` with the Docker engine; each is submitted and watched to its end on SSE. tako-vm: its server with a
PostgreSQL of its own; each is submitted and its result awaited. Both with runc, the same image content, the same limits
and the same number of containers at once. llm-sandbox is a library without a server, a queue or a record, so its rows
are for information.
"""

import asyncio
import secrets
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager
from pathlib import Path

from cloche_local.ports import free_ports
from cloche_local.postgres import Postgres
from cloche_local.process import running as running_component
from cloche_schemas.commands import SubmitEvaluation
from support.system import running

from benchmarks.containers import need_docker, new_installation, options_of
from benchmarks.frame import LeftOut, Missing, Row, interleaved, rate
from benchmarks.gateway import Gateway
from benchmarks.peers import llm_sandbox
from benchmarks.peers.image import made_from
from benchmarks.peers.installed import scripts
from benchmarks.peers.tako_vm import server

COUNT = 100
FEW = 6
AT_ONCE = 4
SESSIONS = 12
REUSED = 20
ROUNDS = 3
PROGRAM, EXPECTED = "print(1)", "1\n"
SETTLE_SECONDS = 2.0
EVALUATION = SubmitEvaluation(code=PROGRAM)
LOOK = SubmitEvaluation(code="import time; print(1, flush=True); time.sleep(2)")

PEERS = (
    ("P10 whole system / tako-vm server", 3.0, f"{COUNT} at once, submitted to result seen"),
    ("P10 … / llm-sandbox, a session each", None, f"{SESSIONS} sessions, {AT_ONCE} at once"),
    ("P10 … / llm-sandbox, one session", None, f"{REUSED} programs, which share a container"),
)

One = Callable[[], Awaitable[None]]


async def measure() -> list[Row | LeftOut]:
    need_docker()
    commands = await scripts()
    installation = new_installation()
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cloche-bench-")))
        settings = {"CLOCHE_ENGINE": "docker", "CLOCHE_INSTALLATION": installation}
        system = stack.enter_context(
            running(folder / "data", **settings, CLOCHE_SLOTS=str(AT_ONCE))
        )
        gateway = Gateway(system.state.url, system.state.api_key)
        looked_at = asyncio.create_task(gateway.run(LOOK, EXPECTED.encode()))
        ours_is = (await options_of(installation))["Image"]
        await looked_at
        image = await stack.enter_async_context(made_from(str(ours_is)))
        dsn = stack.enter_context(database(folder))
        tako = await stack.enter_async_context(server(commands, folder, dsn, at_once=AT_ONCE))

        def ours_once() -> Awaitable[None]:
            return gateway.run(EVALUATION, EXPECTED.encode())

        def tako_once() -> Awaitable[None]:
            return tako.run(PROGRAM, EXPECTED)

        async def ours() -> float:
            return await rate_of(ours_once)

        async def tako_vm() -> float:
            return await rate_of(tako_once)

        async def sessions() -> float:
            return await llm_sandbox.rate(commands, "each", image, count=SESSIONS, at_once=AT_ONCE)

        async def reused() -> float:
            return await llm_sandbox.rate(commands, "reused", image, count=REUSED, at_once=1)

        for once in (ours_once, tako_once):
            await all_of(once, FEW)
        left_out = []
        libraries = [sessions, reused]
        try:
            await llm_sandbox.rate(commands, "each", image, count=1, at_once=1)
        except Missing as missing:
            left_out.append(LeftOut(("P10 llm-sandbox",), str(missing)))
            libraries = []
        figures = await interleaved(ours, tako_vm, *libraries, rounds=ROUNDS, warm_up=False)
    return [
        *(
            Row(name=name, ours=figures[0], reference=reference, goal=goal, about=about)
            for (name, goal, about), reference in zip(PEERS, figures[1:], strict=False)
        ),
        *left_out,
    ]


async def rate_of(once: One) -> float:
    await asyncio.sleep(SETTLE_SECONDS)
    return await rate(COUNT, lambda: all_of(once, COUNT))


async def all_of(once: One, count: int) -> None:
    await asyncio.gather(*(once() for _ in range(count)))


@contextmanager
def database(folder: Path) -> Iterator[str]:
    """A PostgreSQL for tako-vm, as ours has one."""
    postgres = Postgres(
        folder / "tako-vm-postgres",
        port=free_ports(1)[0],
        password=secrets.token_hex(16),
        log=folder / "tako-vm-postgres.log",
    )
    with ExitStack() as stack:
        stack.enter_context(running_component(postgres, at_end=postgres.command().death_signal))
        postgres.execute("CREATE DATABASE tako")
        yield postgres.dsn("tako")
