"""The supervisor's side of the nursery: processes that it forks, with the interface of those we start ourselves."""

import asyncio
import os
import socket
import subprocess
import sys
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import msgspec

from cloche_local.nursery import Birth, Born, Died
from cloche_local.process import Command, popen_options

ENDED_WITH_NURSERY = -9


class Child(Protocol):
    """What `Runner` needs of a process; `asyncio.subprocess.Process` has it."""

    @property
    def pid(self) -> int: ...

    @property
    def returncode(self) -> int | None: ...

    async def wait(self) -> int: ...

    def send_signal(self, signal: int) -> None: ...


class ForkedChild:
    """A child of the nursery."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    @property
    def returncode(self) -> int | None:
        return self._ended.result() if self._ended.done() else None

    async def wait(self) -> int:
        return await asyncio.shield(self._ended)

    def send_signal(self, signal: int) -> None:
        if not self._ended.done():
            os.kill(self.pid, signal)

    def ended(self, code: int) -> None:
        if not self._ended.done():
            self._ended.set_result(code)


class Nursery:
    """Starts importing when it is made, from the main thread; `open` it in the event loop to ask for children."""

    def __init__(self, log: Path) -> None:
        self._socket, theirs = socket.socketpair()
        command = Command(
            argv=(sys.executable, "-P", "-m", "cloche_local.nursery", str(theirs.fileno())),
            cwd=Path("/"),
            log=log,
            environment=dict(os.environ),
        )
        options = popen_options(command)
        try:
            self._process = subprocess.Popen(command.argv, pass_fds=[theirs.fileno()], **options)
        finally:
            theirs.close()
            os.close(options["stdout"])
        self._children: dict[int, ForkedChild] = {}
        self._asked: deque[asyncio.Future[ForkedChild | None]] = deque()
        self._reading: asyncio.Task[None] | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def open(self) -> None:
        reader, self._writer = await asyncio.open_unix_connection(sock=self._socket)
        self._reading = asyncio.create_task(self._read(reader), name="nursery")

    async def spawn(self, command: Command) -> ForkedChild | None:
        """A child that runs the command's module; None if the nursery is gone."""
        if self._writer is None or self._reading is None or self._reading.done():
            return None
        request = Birth(
            module=command.module or "",
            cwd=str(command.cwd),
            log=str(command.log),
            environment=dict(command.environment),
        )
        answer: asyncio.Future[ForkedChild | None] = asyncio.get_running_loop().create_future()
        self._asked.append(answer)
        self._writer.write(msgspec.json.encode(request) + b"\n")
        return await answer

    async def close(self) -> None:
        """End it, after its children."""
        if self._writer is not None:
            self._writer.close()
            with suppress(OSError):
                await self._writer.wait_closed()
        if self._reading is not None:
            self._reading.cancel()
        self._process.kill()
        await asyncio.to_thread(self._process.wait)

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while line := await reader.readline():
                match msgspec.json.decode(line, type=Born | Died):
                    case Born(pid=pid):
                        child = self._children[pid] = ForkedChild(pid)
                        self._asked.popleft().set_result(child)
                    case Died(pid=pid, code=code):
                        self._children.pop(pid).ended(code)
        except OSError:
            pass
        finally:
            # It has died, and what it had forked with it.
            for child in self._children.values():
                child.ended(ENDED_WITH_NURSERY)
            for answer in self._asked:
                if not answer.done():
                    answer.set_result(None)
