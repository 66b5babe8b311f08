"""A running bubblewrap as the executor holds it: three streams, the end, and what lives in its namespaces."""

import asyncio
import os
import signal
import socket
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO

from cloche_executor.retry import Backoff
from cloche_executor.sandbox import Output, Stream

READ_BYTES = 64 << 10


class Streams:
    """The ends of a sandbox's first three descriptors. `its` go to the sandbox and are closed here when it has them.

    Its stdin is a socket: writing to it never blocks the executor, and nobody can open it a second time by /proc.
    """

    def __init__(self) -> None:
        self.stdin, its_stdin = socket.socketpair()
        self.stdin.setblocking(False)
        (stdout, its_stdout), (stderr, its_stderr) = os.pipe(), os.pipe()
        self.pipes: dict[Stream, IO[bytes]] = {
            "stdout": os.fdopen(stdout, "rb", buffering=0),
            "stderr": os.fdopen(stderr, "rb", buffering=0),
        }
        self.its = [its_stdin.detach(), its_stdout, its_stderr]

    def give_away(self) -> None:
        for descriptor in self.its:
            os.close(descriptor)
        self.its = []

    def close(self) -> None:
        self.give_away()
        self.stdin.close()
        for pipe in self.pipes.values():
            pipe.close()


class Process:
    """bubblewrap's own process, which is outside of the sandbox, and the sandbox's process 1 once it is there."""

    def __init__(self, pid: int, streams: Streams) -> None:
        self.pid = pid
        self._streams = streams
        self._transports: list[asyncio.ReadTransport] = []
        self._readers: dict[Stream, asyncio.StreamReader] = {}
        self._ended = asyncio.create_task(_ended(pid))
        self._first: int | None = None
        self.asked_to_end = False

    async def open(self) -> None:
        """Take hold of the streams."""
        loop = asyncio.get_running_loop()
        for name in list(self._streams.pipes):
            self._readers[name] = reader = asyncio.StreamReader(limit=READ_BYTES)
            made = partial(asyncio.StreamReaderProtocol, reader)
            transport, _ = await loop.connect_read_pipe(made, self._streams.pipes[name])
            # From now on it is the transport's to close; closing it twice aborts uvloop.
            del self._streams.pipes[name]
            self._transports.append(transport)

    @property
    def alive(self) -> bool:
        return not self._ended.done()

    def settle(self) -> list[int]:
        """The processes inside. Called while they are known to wait: nothing comes or goes."""
        inside = descendants(self.pid)
        if inside and self._first is None:
            with suppress(ProcessLookupError):
                self._first = os.pidfd_open(inside[0])
        return inside

    async def status(self) -> int | None:
        """How it ended, as a shell tells it. None: somebody killed bubblewrap itself, so nobody knows."""
        status = await asyncio.shield(self._ended)
        if status >= 0:
            return status
        return 128 - status if self.asked_to_end else None

    def kill(self) -> None:
        """End everything in the sandbox: the kernel ends a process namespace with its process 1."""
        self.asked_to_end = True
        if self._first is not None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._first, signal.SIGKILL)
        if self.alive:
            # Ours to reap, so the number is still its own.
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    async def gone(self) -> None:
        """Until it and the sandbox's process 1 are no more."""
        await asyncio.shield(self._ended)
        backoff = Backoff(first=0.002, most=0.05)
        while not self._first_gone():
            await backoff.wait()

    async def send(self, data: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self._streams.stdin, data)

    async def pieces(self) -> Output:
        """What comes out of the sandbox, until its streams end. Not reading on blocks the program."""
        reads = {
            asyncio.ensure_future(reader.read(READ_BYTES)): name
            for name, reader in self._readers.items()
        }
        try:
            while reads:
                done, _ = await asyncio.wait(reads, return_when=asyncio.FIRST_COMPLETED)
                for read in done:
                    name = reads.pop(read)
                    if data := read.result():
                        again = asyncio.ensure_future(self._readers[name].read(READ_BYTES))
                        reads[again] = name
                        yield name, data
        finally:
            for read in reads:
                read.cancel()

    def _first_gone(self) -> bool:
        """bubblewrap may end before process 1 of the sandbox, which is this process's to reap then, or init's."""
        if self._first is None:
            return True
        try:
            flags = os.WEXITED | os.WNOHANG
            return os.waitid(os.P_PIDFD, self._first, flags) is not None
        except ChildProcessError:
            return True

    def close(self) -> None:
        """Give the streams back."""
        for transport in self._transports:
            transport.close()
        self._streams.close()
        if self._first is not None:
            os.close(self._first)
            self._first = None


def descendants(pid: int) -> list[int]:
    """Processes below `pid`, parents first."""
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    children = [int(child) for child in text.split()]
    return children + [below for child in children for below in descendants(child)]


async def _ended(pid: int) -> int:
    """The exit status, negative for a signal, without a thread: a process's descriptor turns readable at its end."""
    loop = asyncio.get_running_loop()
    done = asyncio.Event()
    descriptor = os.pidfd_open(pid)
    try:
        loop.add_reader(descriptor, done.set)
        await done.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)
    return _reap(pid)


def _reap(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
