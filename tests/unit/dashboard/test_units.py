"""The dashboard's own unit tests, which Vitest runs: they are part of `make test` like any other."""

import asyncio
import os
from pathlib import Path

import pytest
from support.node import NODE

DASHBOARD = Path(__file__).parents[3] / "dashboard"
# A minute on two processors that do nothing else.
SECONDS = 580.0


@pytest.mark.timeout(600)
async def test_what_vitest_runs_passes() -> None:
    assert (DASHBOARD / "node_modules").exists(), "its packages are not there: make lint"
    process = await asyncio.create_subprocess_exec(
        NODE,
        "node_modules/vitest/vitest.mjs",
        "run",
        "--reporter=dot",
        cwd=DASHBOARD,
        env={**os.environ, "PATH": f"{NODE.parent}:{os.environ['PATH']}", "NO_COLOR": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(SECONDS):
            said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, said.decode(errors="replace")[-6000:]
