"""Programs of the tests' own, run as plain children: what they write and leave is real, and nothing seals them in."""

import asyncio
import io
import os
import sys
import tarfile
import tempfile
from contextlib import suppress
from pathlib import Path

from cloche_executor.sandbox import Job, Stream
from support.fake_engine import Write

_PIECE = 64 << 10


async def run_child(job: Job, write: Write) -> int:
    """A `Program` of a `FakeEngine`. Killed with its task."""
    with tempfile.TemporaryDirectory(prefix="cloche-program-") as folder:
        work, output = _laid_out(job, Path(folder))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable if word == "python3" else word for word in job.command),
            cwd=work,
            env={**os.environ, **job.environment, "CLOCHE_OUTPUT": str(output)},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            await asyncio.gather(
                _give(process.stdin, job.stdin),
                _pass_on(process.stdout, "stdout", write),
                _pass_on(process.stderr, "stderr", write),
            )
            status = await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                # Its pipes are read to their end, so that they are closed.
                await process.communicate()
        if job.collect is not None:
            await write("collected", _tar_of(output))
        return status


def _laid_out(job: Job, folder: Path) -> tuple[Path, Path]:
    """The folder where the program runs, with its files, and the one for what it leaves."""
    work, output = folder / "work", folder / "output"
    work.mkdir()
    output.mkdir()
    for file in job.files:
        path = work / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
    return work, output


async def _give(stdin: asyncio.StreamWriter | None, data: bytes) -> None:
    assert stdin is not None
    # A program need not read what it is given.
    try:
        with suppress(BrokenPipeError, ConnectionResetError):
            stdin.write(data)
            await stdin.drain()
    finally:
        stdin.close()


async def _pass_on(pipe: asyncio.StreamReader | None, name: Stream, write: Write) -> None:
    assert pipe is not None
    while piece := await pipe.read(_PIECE):
        await write(name, piece)


def _tar_of(folder: Path) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.GNU_FORMAT) as tar:
        tar.add(folder, arcname=".")
    return made.getvalue()
