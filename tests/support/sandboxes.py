"""Running one program in one sandbox, straight through an engine's port."""

import asyncio
import io
import tarfile
from collections.abc import Mapping
from contextlib import aclosing
from datetime import UTC, datetime, timedelta

from cloche_executor.handover import FOLDERS
from cloche_executor.sandbox import (
    Collect,
    Engine,
    Exit,
    File,
    Job,
    Labels,
    Sandbox,
    Stream,
    start,
)
from cloche_schemas.languages import LANGUAGES, run_command
from cloche_schemas.values import Limits
from msgspec import Struct


class Ran(Struct, frozen=True):
    """What a program wrote, what it left, and how it ended."""

    exit: Exit
    stdout: bytes
    stderr: bytes
    collected: bytes = b""

    @property
    def status(self) -> int:
        return self.exit.status

    @property
    def text(self) -> str:
        return self.stdout.decode()

    @property
    def members(self) -> dict[str, bytes | None]:
        """The regular files that came back, and None for whatever else did."""
        found: dict[str, bytes | None] = {}
        with tarfile.open(fileobj=io.BytesIO(self.collected)) as archive:
            for member in archive:
                file = archive.extractfile(member) if member.isreg() else None
                found[member.name.removeprefix("./")] = file.read() if file else None
        found.pop(".", None)
        return found


def job_of(
    source: str | bytes,
    *,
    language: str = "python",
    name: str = "main",
    argv: tuple[str, ...] = (),
    stdin: bytes = b"",
    files: tuple[File, ...] = (),
    environment: Mapping[str, str] | None = None,
    collect: Collect | None = None,
    limits: Limits | None = None,
    installation: str = "contract",
    executor: str = "contract",
    evaluation: str = "00000000-0000-7000-8000-00000000000c",
    lasts: float = 60.0,
) -> Job:
    """A job that runs `source`, the first of its files, as the registry says for `language`."""
    entry, limits = LANGUAGES[language], limits or Limits()
    words = run_command(entry, entry=name, build=FOLDERS["build"], memory_bytes=limits.memory_bytes)
    main = File(name=name, content=source.encode() if isinstance(source, str) else source)
    return Job(
        image=entry.image,
        command=(*words, *argv),
        files=(main, *files),
        stdin=stdin,
        environment=entry.environment if environment is None else environment,
        collect=collect,
        limits=limits,
        labels=Labels(
            installation=installation,
            tenant="main",
            evaluation=evaluation,
            attempt=1,
            executor=executor,
            deadline=datetime.now(UTC) + timedelta(seconds=lasts),
        ),
    )


async def run(engine: Engine, job: Job, *, kill_after: float | None = None) -> Ran:
    """Start cold, read to the end, wait, clean up."""
    sandbox = await start(engine, job)
    try:
        return await watch(sandbox, kill_after=kill_after)
    finally:
        await sandbox.close()


async def watch(sandbox: Sandbox, *, kill_after: float | None = None) -> Ran:
    said: dict[Stream, bytes] = {"stdout": b"", "stderr": b"", "collected": b""}

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
    return Ran(ended, said["stdout"], said["stderr"], said["collected"])
