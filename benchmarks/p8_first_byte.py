"""P8 and P9: from a POST to the first output byte on SSE, through the whole system, against containers without one.

Ours: `cloche up` with the Docker engine; the request is answered, the feed asked for, and the time stops when output is
on it. One at a time, with a pause in which the pool fills again. References, with the options of ours:

P8  a cold container to its result: create, attach, start, read, wait (its removal is not counted);
P9  the bare hand-over: a line written to the stdin of `sh` in a container that was started and attached ahead, to the
    first byte that its program writes.

Each in two programs: `echo` in bash, which shows what the way costs, and `print` in Python, whose start takes its part
of both sides.
"""

import asyncio
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from cloche_schemas.commands import SubmitEvaluation
from msgspec import Struct
from support.system import running

from benchmarks.containers import Bench, need_docker, new_installation
from benchmarks.frame import Row, interleaved
from benchmarks.gateway import Gateway

ROUNDS = 15
SETTLE_SECONDS = 0.4
EXPECTED = b"1\n"
FIRST = b"1"
MILLISECONDS = 1000


class Program(Struct, frozen=True, kw_only=True):
    """The same program as a submission, as a command, and as a line for a shell."""

    language: str
    code: str
    command: tuple[str, ...]
    line: bytes


PROGRAMS = (
    Program(
        language="bash",
        code="echo 1",
        command=("bash", "-c", "echo 1"),
        line=b"bash -c 'echo 1'\n",
    ),
    Program(
        language="python",
        code="print(1)",
        command=("python3", "-c", "print(1)"),
        # Unbuffered, as ours is: else the first byte waits for the interpreter's end.
        line=b"PYTHONUNBUFFERED=1 python3 -c 'print(1)'\n",
    ),
)
LOOK = SubmitEvaluation(code="import time; print(1, flush=True); time.sleep(2)")


async def measure() -> list[Row]:
    need_docker()
    installation = new_installation()
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cloche-bench-")))
        settings = {"CLOCHE_ENGINE": "docker", "CLOCHE_INSTALLATION": installation}
        system = stack.enter_context(running(folder / "data", **settings))
        gateway = Gateway(system.state.url, system.state.api_key)
        looked_at = asyncio.create_task(gateway.run(LOOK, EXPECTED))
        bench = await stack.enter_async_context(Bench.like(installation, in_flight=1))
        await looked_at
        return [row for program in PROGRAMS for row in await rows(gateway, bench, program)]


async def rows(gateway: Gateway, bench: Bench, program: Program) -> list[Row]:
    evaluation = SubmitEvaluation(code=program.code, language=program.language)

    async def ours() -> float:
        await asyncio.sleep(SETTLE_SECONDS)
        return MILLISECONDS * await gateway.seconds_to_output(evaluation, EXPECTED)

    async def cold() -> float:
        await asyncio.sleep(SETTLE_SECONDS)
        return MILLISECONDS * await bench.seconds_to_result(program.command, EXPECTED)

    async def handed_over() -> float:
        await asyncio.sleep(SETTLE_SECONDS)
        return MILLISECONDS * await bench.seconds_from_hand_over(program.line, FIRST)

    figures = await interleaved(ours, cold, handed_over, rounds=ROUNDS)
    return [
        Row(
            name=f"P8 first byte / cold container ({program.language})",
            ours=figures[0],
            reference=figures[1],
            goal=0.1,
            at_most=True,
            unit=" ms",
            about="POST to the first output on SSE / create, start, read and wait of a container of the same options",
        ),
        Row(
            name=f"P9 first byte / bare hand-over ({program.language})",
            ours=figures[0],
            reference=figures[2],
            goal=3.0,
            at_most=True,
            unit=" ms",
            about="the same / a line to the stdin of a shell in a container started ahead to its program's output",
        ),
    ]
