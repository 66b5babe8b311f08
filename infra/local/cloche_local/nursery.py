"""A process that imports all services once and forks each: a third of the time of four interpreters importing alike.

Only first starts come from here; a restarted service is an interpreter of its own. A child is a process like any
other, with its own group, log and environment; it dies with the nursery, and the nursery with the supervisor.

Over the socket: a `Birth` a line in; `Born` with its pid out, later `Died` with its return code.
"""

import gc
import importlib
import os
import runpy
import selectors
import signal
import socket
import sys
from contextlib import suppress

import msgspec
from msgspec import Struct

from cloche_local.process import die_with

MODULES = ("cloche_executor", "cloche_storage", "cloche_projector", "cloche_gateway")
LARGEST_REQUEST = 1 << 20


class Birth(Struct, frozen=True, tag=True):
    """A service to be run: its module, folder, log and whole environment."""

    module: str
    cwd: str
    log: str
    environment: dict[str, str]


class Born(Struct, frozen=True, tag=True):
    """The process for the request that came first of those unanswered."""

    pid: int


class Died(Struct, frozen=True, tag=True):
    """The process ended; `code` as `subprocess` gives it."""

    pid: int
    code: int


def main(descriptor: int) -> None:
    """Serve the socket until its other end closes. In a child it returns by running the service."""
    preload()
    with socket.socket(fileno=descriptor) as connection:
        request = serve(connection)
    if request is not None:
        become(request)


def preload() -> None:
    """Import what all services import. Why one cannot be imported is told by its own start."""
    # Services print no tables; where rich is installed structlog would import it.
    sys.modules["rich"] = None  # type: ignore[assignment]
    gc.disable()
    for module in MODULES:
        with suppress(Exception):
            importlib.import_module(f"{module}.app")
    gc.enable()
    # What is there now is shared with every child as long as nobody writes to it.
    gc.freeze()


def serve(connection: socket.socket) -> Birth | None:
    """The parent's loop; None when nobody asks any more. In a child: what it is to become."""
    parent = os.getpid()
    read, write = os.pipe()
    os.set_blocking(write, False)
    signal.set_wakeup_fd(write)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    rest = b""
    with selectors.DefaultSelector() as selector:
        selector.register(connection, selectors.EVENT_READ)
        selector.register(read, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj == read:
                    os.read(read, 4096)
                    _report_dead(connection)
                    continue
                if not (piece := connection.recv(LARGEST_REQUEST)):
                    return None
                *lines, rest = (rest + piece).split(b"\n")
                for line in lines:
                    request = msgspec.json.decode(line, type=Birth)
                    if pid := os.fork():
                        _send(connection, Born(pid))
                    else:
                        signal.set_wakeup_fd(-1)
                        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                        os.close(read)
                        os.close(write)
                        die_with(parent, signal.SIGKILL)()
                        return request


def become(request: Birth) -> None:
    """Turn this forked process into the service."""
    os.setpgid(0, 0)
    log = os.open(request.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for descriptor, target in ((os.open(os.devnull, os.O_RDONLY), 0), (log, 1), (log, 2)):
        os.dup2(descriptor, target)
    os.environ.clear()
    os.environ.update(request.environment)
    os.chdir(request.cwd)
    sys.argv = [request.module]
    runpy.run_module(request.module, run_name="__main__", alter_sys=True)


def _report_dead(connection: socket.socket) -> None:
    with suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            _send(connection, Died(pid, os.waitstatus_to_exitcode(status)))


def _send(connection: socket.socket, message: Born | Died) -> None:
    connection.sendall(msgspec.json.encode(message) + b"\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
