"""P12: 64 MiB of output through the whole system, against the same bytes through `docker logs` into a file.

Ours: `cloche up` with the Docker engine; from the POST until `output-archived` is known, that is until every byte has
passed executor, log and storage and lies in S3 under its digest. The reference: a container of the same options but
with Docker's own log driver (json-file, its default), created, started and followed by `docker logs` until its end,
into a file. It keeps what it logged on one disk and proves nothing about it; ours keeps it twice, on the log and in S3.

Lines are 1 KiB: shorter ones would cost the reference much more than ours.
"""

import asyncio
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

from cloche import Client
from cloche_schemas.commands import LimitsBody, SubmitEvaluation
from support.system import running

from benchmarks.containers import Bench, need_docker, new_installation
from benchmarks.frame import Row, interleaved, rate

SIZE = 64 << 20
MEBIBYTES = SIZE >> 20
ROUNDS = 3
LOOK_SECONDS = 0.02
PROGRAM = f"""
import sys
block = (b"x" * 1023 + b"\\n") * 1024
for _ in range({MEBIBYTES}):
    sys.stdout.buffer.write(block)
"""
LIMITS = LimitsBody(output_bytes=SIZE, wall_seconds=300.0, cpu_seconds=300.0)
OURS = SubmitEvaluation(code=PROGRAM, limits=LIMITS)
LOOK = SubmitEvaluation(code="import time; time.sleep(2)")


async def measure() -> list[Row]:
    need_docker()
    installation = new_installation()
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cloche-bench-")))
        settings = {"CLOCHE_ENGINE": "docker", "CLOCHE_INSTALLATION": installation}
        system = stack.enter_context(running(folder / "data", **settings))
        client = stack.enter_context(system.client())
        looked_at = (await asyncio.to_thread(client.submit, LOOK)).id
        bench = await stack.enter_async_context(Bench.like(installation, in_flight=1))
        await asyncio.to_thread(client.wait, looked_at)

        async def ours() -> float:
            return await rate(MEBIBYTES, lambda: asyncio.to_thread(archived, client))

        async def logs() -> float:
            command, path = ("python3", "-c", PROGRAM), folder / "logs"
            return await rate(MEBIBYTES, lambda: bench.log_into(path, command, SIZE))

        figures = await interleaved(ours, logs, rounds=ROUNDS)
    return [
        Row(
            name="P12 output of 64 MiB / docker logs",
            ours=figures[0],
            reference=figures[1],
            goal=0.25,
            unit=" MiB/s",
            about="POST to output-archived, through executor, log and storage / create, start, docker logs to a file",
        )
    ]


def archived(client: Client) -> None:
    """One evaluation, until storage says that its output lies in S3."""
    evaluation = client.submit(OURS).id
    view = client.wait(evaluation)
    assert view.stdout.head_bytes == SIZE, view
    while not view.archived:
        time.sleep(LOOK_SECONDS)
        view = client.get(evaluation)
    assert view.archived[0].sha256 == view.stdout.sha256
