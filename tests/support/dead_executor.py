"""An executor that was killed in the middle of its work: what it leaves behind is what the reapers are for."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from cloche_executor.engines.bubblewrap_opening import open_on_bubblewrap
from cloche_executor.engines.docker_opening import open_on_docker
from cloche_executor.images.catalogue import catalogue
from cloche_executor.sandbox import Engine, start
from support.docker import containers
from support.sandboxes import job_of
from support.waiting import wait_until

EXECUTOR = "gone"
#: It leaves one sandbox that runs a program, and one that waits for one.
LEFT = 2


async def killed(kind: str, installation: str, evaluation: str, **environment: str) -> int:
    """The number of a process that had these sandboxes and was killed; nobody has cleaned up after it."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "support.dead_executor", kind, installation, evaluation),
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), **environment},
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    assert process.returncode == -signal.SIGKILL, said.decode()
    return process.pid


async def _die(kind: str, installation: str, evaluation: str) -> None:
    engine = await _engine(kind, installation)
    job = job_of(
        "import time; time.sleep(600)",
        installation=installation,
        executor=EXECUTOR,
        evaluation=evaluation,
    )
    await engine.prepare(job.mould)
    await start(engine, job)
    if kind != "bubblewrap":
        # Its name comes a moment after the program's beginning.
        await wait_until(lambda: containers("evaluation", evaluation))
    os.kill(os.getpid(), signal.SIGKILL)


async def _engine(kind: str, installation: str) -> Engine:
    if kind == "bubblewrap":
        return await open_on_bubblewrap(catalogue())
    return await open_on_docker(
        "gvisor" if kind == "gvisor" else "docker",
        catalogue(),
        installation=installation,
        executor=EXECUTOR,
        slots=LEFT,
    )


if __name__ == "__main__":
    asyncio.run(_die(*sys.argv[1:]))
