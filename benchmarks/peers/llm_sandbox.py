"""llm-sandbox, a library: measured in a process of the peers' environment."""

import asyncio
from pathlib import Path
from typing import Literal

from cloche_schemas.values import Limits

from benchmarks.frame import Missing

SCRIPT = Path(__file__).with_name("llm_sandbox_rates.py")
RUN_SECONDS = 180.0


async def rate(
    scripts: Path, way: Literal["each", "reused"], image: str, *, count: int, at_once: int
) -> float:
    """Programs a second. `Missing` says why if there are none."""
    arguments = (way, image, str(count), str(at_once), str(Limits().memory_bytes))
    process = await asyncio.create_subprocess_exec(
        str(scripts / "python"),
        # Isolated: neither this folder nor our packages are to be found by it.
        "-I",
        str(SCRIPT),
        *arguments,
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
        raise Missing(f"llm-sandbox does not run: {last}")
    return float(said)
