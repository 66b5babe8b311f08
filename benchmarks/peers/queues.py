"""taskiq-nats and celery on Redis: a client and a worker in processes of the peers' environment."""

import asyncio
from pathlib import Path
from typing import Literal

from benchmarks.frame import Missing

REQUIREMENTS = Path(__file__).with_name("queues.txt")
RUN_SECONDS = 120.0


async def rate(
    scripts: Path, peer: Literal["taskiq", "celery"], server: str, count: int, at_once: int
) -> float:
    """Tasks a second, from the first submission to the end of the last. `Missing` says why if there are none."""
    process = await asyncio.create_subprocess_exec(
        str(scripts / "python"),
        # Nothing of ours is to be found by it but its own file.
        "-E",
        "-s",
        str(Path(__file__).with_name(f"{peer}_rates.py")),
        *(server, str(count), str(at_once)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(RUN_SECONDS):
            said, complaint = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        last = complaint.decode(errors="replace").strip().split("\n")[-1]
        raise Missing(f"{peer} does not run: {last}")
    return float(said)
