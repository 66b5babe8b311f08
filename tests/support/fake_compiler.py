"""A compiler for engines in memory, and the tar that it leaves."""

import io
import tarfile

from cloche_executor.sandbox import Job
from support.fake_engine import Program, Write


def tar_of(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(f"./{name}")
            member.size, member.mode = len(content), 0o755
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def compiler(status: int = 0, said: bytes = b"", made: bytes | None = None) -> Program:
    """A compiler in the first sandbox; the program repeats its input in every other."""

    async def program(job: Job, write: Write) -> int:
        if job.command[0] == "gcc":
            await write("stderr", said)
            await write("collected", tar_of(program=b"ELF") if made is None else made)
            return status
        await write("stdout", job.stdin)
        return 0

    return program
