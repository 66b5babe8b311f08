"""P22: submissions a second through a gateway that sends every span and counts, against one that does neither.

Gateway processes over one NATS, which take turns. The collector is rotel, a process of its own that throws away what it
takes. Beside it: what a sampled tenth of the traces costs, and the metrics alone.
"""

import asyncio
import functools
import re
import secrets
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from cloche_local.ports import accepts
from cloche_schemas.commands import SubmitEvaluation
from support.nats import NatsServer
from support.rotel import NoRotelError, collecting
from support.service_process import Process
from support.waiting import wait_until

from benchmarks.frame import Figures, Missing, Row, interleaved, pooled, rate
from benchmarks.gateway import Gateway

COUNT = 1200
AT_ONCE = 16
ROUNDS = 4
PROCESSES = 8
EVALUATION = SubmitEvaluation(code="print(1)")
WITHOUT_METRICS = "benchmarks.gateway_without_metrics"
UNSEEN = "unseen"
SIDES = ("every", "tenth", "counted", UNSEEN)


async def measure() -> list[Row]:
    sides: dict[str, list[Figures]] = {name: [] for name in SIDES}
    for turn in range(PROCESSES):
        names = SIDES[turn % len(SIDES) :] + SIDES[: turn % len(SIDES)]
        for name, figures in zip(names, await in_processes(names), strict=True):
            sides[name].append(figures)
    every, tenth, counted, unseen = (pooled(sides[name]) for name in SIDES)
    about = (
        f"{AT_ONCE} clients at once, {COUNT} submissions a round over a real NATS, "
        f"{ROUNDS} rounds for each of {PROCESSES} processes"
    )
    return [
        Row(name=name, ours=ours, reference=unseen, goal=goal, about=about)
        for name, ours, goal in (
            ("P22 submissions with every span and metrics / with neither", every, 0.9),
            ("P22 with a tenth of the traces and metrics / with neither", tenth, None),
            ("P22 with metrics / without", counted, None),
        )
    ]


async def in_processes(names: Sequence[str]) -> tuple[Figures, ...]:
    """The figures of each, in processes started in that order.

    Of two that run the same one may be 5 % faster for as long as it runs.
    """
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cloche-bench-")))
        nats = await stack.enter_async_context(NatsServer.temporary())
        try:
            port, _ = stack.enter_context(collecting(folder))
        except NoRotelError as error:
            raise Missing(str(error)) from error
        await wait_until(lambda: accepts(port), within=20)
        spans = {"CLOCHE_OTLP_ENDPOINT": f"http://127.0.0.1:{port}"}
        told = {"every": spans, "tenth": {**spans, "CLOCHE_OTLP_RATIO": "0.1"}}
        # The first one has the jobs that one gateway does for all: it is none of those that are measured.
        await stack.enter_async_context(gateway(made(folder / "leader"), nats.url, {}))
        gateways = {
            name: await stack.enter_async_context(
                gateway(made(folder / name), nats.url, told.get(name, {}))
            )
            for name in names
        }
        measures = (functools.partial(submissions, one) for one in gateways.values())
        figures = await interleaved(*measures, rounds=ROUNDS)
        # What a collector refuses would cost less.
        await wait_until(lambda: took(gateways["every"], 2 * COUNT * (ROUNDS + 1)), within=10)
        return figures


async def took(gateway: Gateway, spans: int) -> bool:
    """Whether the collector has as many of its spans at least: two of each submission, with those of the warm-up."""
    found = re.search(r"^cloche_spans_exported_total (\S+)$", await gateway.metrics(), re.MULTILINE)
    return found is not None and float(found[1]) >= spans


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
