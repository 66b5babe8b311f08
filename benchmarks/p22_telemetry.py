"""P22: submissions a second through a gateway that sends every span and counts, against one that does neither.

Gateway processes over one NATS, which take turns. The collector is rotel, a process of its own that throws away what it
takes. Beside it: what a sampled tenth of the traces costs, and the metrics alone.
"""

import asyncio
import functools
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
WITHOUT_METRICS = "benchmarks.gateway_without_metrics"
UNSEEN = "unseen"


async def measure() -> list[Row]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cloche-bench-")))
        nats = await stack.enter_async_context(NatsServer.temporary())
        try:
            port, _ = stack.enter_context(collecting(folder))
        except NoRotelError as error:
            raise Missing(str(error)) from error
        await wait_until(lambda: accepts(port), within=20)
        spans = {"CLOCHE_OTLP_ENDPOINT": f"http://127.0.0.1:{port}"}
        told: dict[str, dict[str, str]] = {
            "every": spans,
            "tenth": {**spans, "CLOCHE_OTLP_RATIO": "0.1"},
            "counted": {},
            UNSEEN: {},
        }
        # The first one has the jobs that one gateway does for all: it is none of those that are measured.
        await stack.enter_async_context(gateway(made(folder / "leader"), nats.url, {}))
        gateways = [
            await stack.enter_async_context(gateway(made(folder / name), nats.url, more))
            for name, more in told.items()
        ]
        every, tenth, counted, unseen = await interleaved(
            *(functools.partial(submissions, one) for one in gateways), rounds=ROUNDS
        )
    about = f"{AT_ONCE} clients at once, {COUNT} submissions a round, over a real NATS"
    return [
        Row(name=name, ours=ours, reference=unseen, goal=goal, about=about)
        for name, ours, goal in (
            ("P22 submissions with every span and metrics / with neither", every, 0.9),
            ("P22 with a tenth of the traces and metrics / with neither", tenth, None),
            ("P22 with metrics / without", counted, None),
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
    module = WITHOUT_METRICS if folder.name == UNSEEN else None
    process = Process("gateway", folder, told | more, module=module)
    process.start()
    try:
        file = folder / "gateway.port"
        await wait_until(file.exists, within=30, told=process.log)
        yield Gateway(f"http://127.0.0.1:{int(file.read_text())}", key)
    finally:
        process.end()
