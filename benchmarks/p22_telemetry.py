"""P22: submissions a second through a gateway that sends every span to a collector, against one that sends none.

Two gateway processes over one NATS, which take turns. The collector is rotel, a process of its own that throws away
what it takes. Metrics are always on; what they cost is in both.
"""

import asyncio
import secrets
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from cloche_local.ports import accepts
from cloche_schemas.commands import SubmitEvaluation
from support.nats import NatsServer
from support.rotel import NoRotelError, collecting
from support.service_process import Process
from support.waiting import wait_until

from benchmarks.frame import Missing, Row, interleaved, rate
from benchmarks.gateway import Gateway

COUNT = 1200
AT_ONCE = 16
ROUNDS = 7
EVALUATION = SubmitEvaluation(code="print(1)")


async def measure() -> list[Row]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cloche-bench-")))
        nats = await stack.enter_async_context(NatsServer.temporary())
        try:
            port, _ = stack.enter_context(collecting(folder))
        except NoRotelError as error:
            raise Missing(str(error)) from error
        await wait_until(lambda: accepts(port), within=20)
        traced = await stack.enter_async_context(
            gateway(
                made(folder / "on"), nats.url, {"CLOCHE_OTLP_ENDPOINT": f"http://127.0.0.1:{port}"}
            )
        )
        plain = await stack.enter_async_context(gateway(made(folder / "off"), nats.url, {}))
        figures = await interleaved(
            lambda: submissions(traced), lambda: submissions(plain), rounds=ROUNDS
        )
    return [
        Row(
            name="P22 submissions with every span sent / with none",
            ours=figures[0],
            reference=figures[1],
            goal=0.9,
            about=f"{AT_ONCE} clients at once, {COUNT} submissions a round, over a real NATS",
        )
    ]


def made(folder: Path) -> Path:
    folder.mkdir()
    return folder


async def submissions(gateway: Gateway) -> float:
    async def work() -> None:
        each = COUNT // AT_ONCE
        await asyncio.gather(*(gateway.submit(EVALUATION, each) for _ in range(AT_ONCE)))

    return await rate(COUNT, work)


@asynccontextmanager
async def gateway(folder: Path, nats_url: str, more: dict[str, str]) -> AsyncIterator[Gateway]:
    """One without PostgreSQL and S3, which submissions do not need."""
    key = secrets.token_hex(16)
    told = {
        "CLOCHE_NATS_URL": nats_url,
        "CLOCHE_API_KEY": key,
        "CLOCHE_PORT": "0",
        "CLOCHE_START_SECONDS": "0",
    }
    process = Process("gateway", folder, told | more)
    process.start()
    try:
        file = folder / "gateway.port"
        await wait_until(file.exists, within=30, told=process.log)
        yield Gateway(f"http://127.0.0.1:{int(file.read_text())}", key)
    finally:
        process.end()
