"""What a program used and which limits it ran into: by evidence, or not at all."""

import asyncio

import pytest
from cloche_executor.sandbox import Engine, Output, start
from cloche_schemas.values import Limits
from support.sandboxes import job_of, run
from support.waiting import wait_until

MIB = 1 << 20
BURN = "import time\nwhile time.process_time() < {}: pass"
FORKS = (
    "import os, time\n"
    "try:\n"
    "    for _ in range(100):\n"
    "        if os.fork() == 0: time.sleep(60); os._exit(0)\n"
    "except OSError: pass"
)
# A program that runs into the limit, in which language, and the limit.
INTO = {
    "pids": (
        "python",
        FORKS,
        Limits(pids=16),
    ),
    "memory_bytes": (
        "python",
        "x = [b'x' * (1 << 20) for _ in range(400)]",
        Limits(memory_bytes=64 * MIB),
    ),
    "file_bytes": ("bash", "head -c 3000000 /dev/zero > big; exit $?", Limits(file_bytes=MIB)),
    "scratch_bytes": (
        "bash",
        "head -c 90000000 /dev/zero > big 2> /dev/null; exit 0",
        Limits(scratch_bytes=8 * MIB),
    ),
    "scratch_inodes": (
        "bash",
        "for n in $(seq 200); do : > $n; done 2> /dev/null; exit 0",
        Limits(scratch_inodes=64),
    ),
}


def counted(engine: Engine, limit: str) -> bool:
    """Whether the engine promises evidence of a limit; where it does not, its shortfalls say so by name."""
    facts = engine.facts
    return limit in facts.enforced and not any(s.startswith(limit) for s in facts.shortfalls)


@pytest.mark.parametrize("limit", INTO)
async def test_a_limit_that_was_reached_is_told(engine: Engine, limit: str) -> None:
    language, source, limits = INTO[limit]
    ran = await run(engine, job_of(source, language=language, limits=limits))
    if counted(engine, limit):
        assert ran.exit.reached == (limit,)
    else:
        assert set(ran.exit.reached) <= {limit}
    assert ran.exit.out_of_memory == ("memory_bytes" in ran.exit.reached)


async def test_a_modest_program_has_reached_nothing(engine: Engine) -> None:
    source = "import os, subprocess\nsubprocess.run(['true'])\nopen('x', 'w').write('x')"
    ran = await run(engine, job_of(source))
    assert ran.exit.reached == ()
    assert not any(ran.exit.usage.events.values())


async def test_cpu_time_of_all_its_processes_is_measured(engine: Engine) -> None:
    if "cpu_seconds" not in engine.facts.enforced:
        pytest.skip(f"{engine.facts.name} says that it cannot measure CPU time here")
    work = (
        "import hashlib, os, sys\n"
        "for _ in range(int(sys.argv[1])): os.fork()\n"
        "for _ in range(300): hashlib.sha256(bytes(1 << 20))\n"
        "while True:\n"
        "    try: os.wait()\n"
        "    except OSError: break"
    )
    # Work and not seconds: in gVisor a process's clock runs on while it waits for a core.
    alone, four = [
        (await run(engine, job_of(work, argv=(forks,)))).exit.usage.cpu_seconds for forks in "02"
    ]
    assert alone is not None
    assert four is not None
    assert 2 * alone < four < 10


async def test_memory_is_measured_at_its_highest(engine: Engine) -> None:
    if "memory_bytes" not in engine.facts.enforced:
        pytest.skip(f"{engine.facts.name} says that it does not limit memory here")
    source = "x = b'x' * (48 << 20)\ndel x"
    peak = (await run(engine, job_of(source))).exit.usage.peak_memory_bytes
    assert peak is not None
    assert 48 * MIB < peak < 200 * MIB


async def test_what_it_uses_is_known_while_it_runs(engine: Engine) -> None:
    if "cpu_seconds" not in engine.facts.enforced:
        pytest.skip(f"{engine.facts.name} says that it cannot measure CPU time here")
    sandbox = await start(engine, job_of(BURN.format(60)))
    try:

        async def used() -> float:
            return (await sandbox.usage()).cpu_seconds or 0.0

        async def more() -> bool:
            return await used() > 0.3

        await wait_until(more, within=20)
        assert not sandbox.over
    finally:
        await sandbox.close()


async def test_what_waiting_took_is_not_the_program_s(engine: Engine) -> None:
    if "cpu_seconds" not in engine.facts.enforced:
        pytest.skip(f"{engine.facts.name} says that it cannot measure CPU time here")
    burning, idle = job_of(BURN.format(0.5)), job_of(":", language="bash")
    # The figures of one that did nothing are next to those of one that did.
    used = [(await run(engine, job)).exit.usage.cpu_seconds or 0.0 for job in (idle, burning)]
    assert used[0] < used[1] / 2


async def test_the_end_is_known_before_the_collected_files_are_there(engine: Engine) -> None:
    sandbox = await start(engine, job_of("print('x')"))
    try:
        reading = asyncio.create_task(_drain(sandbox.output()))
        await wait_until(lambda: sandbox.over, within=20)
        await reading
        assert (await sandbox.wait()).status == 0
    finally:
        await sandbox.close()


async def _drain(output: Output) -> None:
    async for _ in output:
        pass
