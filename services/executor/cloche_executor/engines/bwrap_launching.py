"""The executor's side of the launcher (bwrap_launcher.py): orders go there, numbers of processes come back."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from cloche_executor.engines import bwrap_launcher
from cloche_executor.sandbox import EngineUnavailable

# An order takes milliseconds; a machine that swaps takes longer.
ANSWER_SECONDS = 20.0


class Order(Struct, frozen=True, kw_only=True):
    """One sandbox: options of its tmpfs mounts, its root file system, bubblewrap's arguments.

    `files`: under which descriptors it finds files. `user`: whom bubblewrap runs as; None: as we, who are not root.
    """

    user: int | None
    root: str | None
    scratch: str
    shared_memory: str
    files: list[int]
    arguments: list[str]


class Launcher:
    """Holds the launcher's process. `open` it in the thread that runs the event loop: the kernel ends what it starts
    when that thread ends."""

    def __init__(self, bwrap: Path, files: Sequence[bytes]) -> None:
        self._bwrap = bwrap
        self._files = files
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._lock = threading.Lock()

    def open(self) -> None:
        """Start it unless it runs. `EngineUnavailable`."""
        if self._control and self._process and self._process.poll() is None:
            return
        self.close()
        try:
            binary = _binary(self._bwrap)
            ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with its:
                ours.settimeout(ANSWER_SECONDS)
                self._control = ours
                argv = [sys.executable, "-I", "-S", bwrap_launcher.__file__]
                self._process = subprocess.Popen(
                    [*argv, str(its.fileno()), str(os.getpid())],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    pass_fds=[its.fileno()],
                    cwd="/",
                    env={},
                    start_new_session=True,
                )
            files = [content.hex() for content in self._files]
            ours.send(msgspec.json.encode({"binary": binary, "files": files}))
        except OSError as error:
            self.close()
            raise EngineUnavailable(f"bubblewrap's launcher does not start: {error}") from error

    def launch(self, order: Order, streams: Sequence[int]) -> int:
        """The number of the new process, a child of ours. Blocking; `streams` are its first descriptors."""
        with self._lock:
            if self._control is None:
                raise EngineUnavailable("bubblewrap's launcher is closed")
            try:
                socket.send_fds(self._control, [msgspec.json.encode(order)], list(streams))
                answer = self._control.recv(4096).decode()
            except OSError as error:
                # What comes now might be the answer to this order: nobody can tell any more.
                self._control.close()
                self._control = None
                raise EngineUnavailable(
                    f"bubblewrap's launcher does not answer: {error}"
                ) from error
        if not answer.isdecimal():
            raise EngineUnavailable(f"bubblewrap's launcher: {answer or 'has ended'}")
        return int(answer)

    def close(self) -> None:
        control, process = self._control, self._process
        self._control = self._process = None
        if control is not None:
            control.close()
        if process is not None:
            process.kill()
            process.wait()


def _binary(bwrap: Path) -> Mapping[str, str]:
    """bubblewrap's files by the name under which they find each other, the program first."""
    # Without it the launcher would end, and nobody could tell from outside whether it is about to.
    bwrap.stat()
    package = bwrap.parents[1]
    libraries = package.with_name(f"{package.name}.libs")
    files = [bwrap, *sorted(libraries.glob("*"))] if libraries.is_dir() else [bwrap]
    return {str(path.relative_to(package.parent)): str(path) for path in files}
