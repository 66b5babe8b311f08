"""Whether an engine really runs programs: it is believed when it has."""

import asyncio
import os
from contextlib import aclosing
from datetime import UTC, datetime, timedelta

from cloche_schemas.languages import LANGUAGES, run_command
from cloche_schemas.values import Limits

from cloche_executor.handover import FOLDERS
from cloche_executor.sandbox import Engine, EngineUnavailable, File, Job, Labels, start

PROBE_SECONDS = 60.0
_PROGRAMS = {"python": b"print('cloche')", "bash": b"echo cloche"}
#: The images that the programs run in; what is probed has to be there.
PROBED_IMAGES = tuple(sorted({LANGUAGES[name].image for name in _PROGRAMS}))


async def probe(engine: Engine, installation: str) -> None:
    """Run one small program of each of two languages. `SandboxError` if that does not do what it should."""
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            for language in _PROGRAMS:
                await _run(engine, language, installation)
    except TimeoutError:
        raise EngineUnavailable(f"small programs did not end in {PROBE_SECONDS:g} s") from None


async def _run(engine: Engine, language: str, installation: str) -> None:
    sandbox = await start(engine, _job(language, installation))
    try:
        said = b""
        async with aclosing(sandbox.output()) as output:
            async for _, data in output:
                said += data
        ended = await sandbox.wait()
    finally:
        await sandbox.close()
    if ended.status != 0 or said != b"cloche\n":
        shown = said[:500].decode(errors="replace").strip()
        raise EngineUnavailable(
            f"{language} does not work in the sandbox: {shown} (exit {ended.status})"
        )


def _job(language: str, installation: str) -> Job:
    entry, limits = LANGUAGES[language], Limits()
    command = run_command(
        entry, entry=entry.file, build=FOLDERS["build"], memory_bytes=limits.memory_bytes
    )
    return Job(
        image=entry.image,
        command=command,
        files=(File(name=entry.file, content=_PROGRAMS[language]),),
        limits=limits,
        labels=Labels(
            installation=installation,
            tenant="probe",
            evaluation="00000000-0000-7000-8000-000000000000",
            attempt=1,
            executor=f"probe-{os.getpid()}",
            deadline=datetime.now(UTC) + timedelta(seconds=PROBE_SECONDS),
        ),
    )
