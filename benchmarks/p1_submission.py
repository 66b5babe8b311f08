"""P1 and P2: submissions a second to a gateway, against a bare handler that publishes; and how even their times are.

Both are processes of their own on one NATS, and take turns. Ours proves the key, takes from its budget, validates,
grants limits, decides, appends with a fence, and notes it for the audit log. The clients are plain sockets.
"""

import asyncio
import secrets
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

from cloche_schemas.commands import SubmitEvaluation
from support.nats import NatsServer
from support.service_process import Process
from support.waiting import wait_until

from benchmarks.frame import Figures, Row, interleaved, rate
from benchmarks.gateway import Gateway

AT_ONCE = 32
EACH = 60
ROUNDS = 7
EVALUATION = SubmitEvaluation(code="print(1)", labels={"run": "7"})
START_SECONDS = 60.0
ABOUT = f"{AT_ONCE} connections, {AT_ONCE * EACH} submissions a round, over a real NATS"


async def measure() -> list[Row]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cloche-bench-")))
        nats = await stack.enter_async_context(NatsServer.temporary())
        key = secrets.token_hex(16)
        ours = await answering(stack.enter_context(gateway(folder, nats.url, key)), key)
        bare = await answering(stack.enter_context(reference(folder, nats.url)), key)
        times: list[list[float]] = []
        measured = await interleaved(
            lambda: submissions(ours, times), lambda: submissions(bare, []), rounds=ROUNDS
        )
    # The round of warming up is not counted here either.
    hundredths = [statistics.quantiles(each, n=100) for each in times[1:]]
    p50 = Figures(tuple(1e3 * each[49] for each in hundredths))
    p99 = Figures(tuple(1e3 * each[98] for each in hundredths))
    return [
        Row(
            name="P1 submissions: gateway / a bare handler",
            ours=measured[0],
            reference=measured[1],
            goal=0.8,
            about=ABOUT,
        ),
        Row(
            name="P2 time of a submission: p99 / p50",
            ours=p99,
            reference=p50,
            goal=2.5,
            at_most=True,
            unit=" ms",
            about=ABOUT,
        ),
    ]


async def submissions(gateway: Gateway, times: list[list[float]]) -> float:
    """How many a second; the time of each is appended to `times`."""
    took: list[float] = []

    async def work() -> None:
        for each in await asyncio.gather(
            *(gateway.seconds_to_accept(EVALUATION, EACH) for _ in range(AT_ONCE))
        ):
            took.extend(each)

    per_second = await rate(AT_ONCE * EACH, work)
    times.append(took)
    return per_second


async def answering(file: Path, key: str) -> Gateway:
    await wait_until(file.exists, within=START_SECONDS)
    return Gateway(f"http://127.0.0.1:{_port(file)}", key)


def _port(file: Path) -> int:
    return int(file.read_text())


@contextmanager
def gateway(folder: Path, nats_url: str, key: str) -> Iterator[Path]:
    """One without PostgreSQL and S3, which submissions do not need; its port is in the file."""
    place = folder / "ours"
    place.mkdir()
    told = {
        "CLOCHE_NATS_URL": nats_url,
        "CLOCHE_API_KEY": key,
        "CLOCHE_PORT": "0",
        "CLOCHE_START_SECONDS": "0",
        "CLOCHE_TENANT_MAX_QUEUED": "1000000000",
    }
    process = Process("gateway", place, told)
    process.start()
    try:
        yield place / "gateway.port"
    finally:
        process.end()


@contextmanager
def reference(folder: Path, nats_url: str) -> Iterator[Path]:
    file = folder / "bare.port"
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.bare_submission", str(file), nats_url]
    )
    try:
        yield file
    finally:
        process.terminate()
        process.wait()
