"""Running one program in one sandbox, straight through an engine's port."""

import asyncio
from contextlib import aclosing
from datetime import UTC, datetime, timedelta

from cloche_executor.sandbox import Engine, Exit, Job, Labels, Sandbox
from cloche_schemas.values import Language, Limits
from msgspec import Struct


class Ran(Struct, frozen=True):
    """What a program wrote and how it ended."""

    exit: Exit
    stdout: bytes
    stderr: bytes

    @property
    def status(self) -> int:
        return self.exit.status

    @property
    def text(self) -> str:
        return self.stdout.decode()


def job_of(
    source: str | bytes,
    *,
    language: Language = "python",
    argv: tuple[str, ...] = (),
    stdin: bytes = b"",
    limits: Limits | None = None,
    slot: int = 0,
    installation: str = "contract",
    executor: str = "contract",
    evaluation: str = "00000000-0000-7000-8000-00000000000c",
    lasts: float = 60.0,
) -> Job:
    return Job(
        language=language,
        name="main",
        source=source.encode() if isinstance(source, str) else source,
        argv=argv,
        stdin=stdin,
        limits=limits or Limits(),
        labels=Labels(
            installation=installation,
            tenant="main",
            evaluation=evaluation,
            attempt=1,
            executor=executor,
            deadline=datetime.now(UTC) + timedelta(seconds=lasts),
        ),
        slot=slot,
    )


async def run(engine: Engine, job: Job, *, kill_after: float | None = None) -> Ran:
    """Start, read to the end, wait, clean up."""
    sandbox = await engine.start(job)
    try:
        return await watch(sandbox, kill_after=kill_after)
    finally:
        await sandbox.close()


async def watch(sandbox: Sandbox, *, kill_after: float | None = None) -> Ran:
    said = {"stdout": b"", "stderr": b""}

    async def read() -> None:
        async with aclosing(sandbox.output()) as output:
            async for name, data in output:
                said[name] += data

    reading = asyncio.create_task(read())
    if kill_after is not None:
        await asyncio.sleep(kill_after)
        await sandbox.kill()
    async with asyncio.timeout(30):
        await reading
        ended = await sandbox.wait()
    return Ran(ended, said["stdout"], said["stderr"])
