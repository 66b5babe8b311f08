"""Child processes that never outlive us: how one is started, stopped, and what is said of its end."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from msgspec import Struct

PR_SET_PDEATHSIG = 1
POLL_SECONDS = 0.01
TAIL_BYTES = 16_384
_libc = ctypes.CDLL(None, use_errno=True)


class Command(Struct, frozen=True, kw_only=True):
    """One program to run. `user` is a numeric uid (and gid) to drop to; None stays who we are.

    `module` names the Python module that the program runs, where a process that has imported it may do so as well.
    """

    argv: tuple[str, ...]
    cwd: Path
    log: Path
    environment: Mapping[str, str]
    user: int | None = None
    stop_signal: int = signal.SIGTERM
    death_signal: int = signal.SIGKILL
    module: str | None = None


class Component(Protocol):
    """A server that can be run: everything about it but the process itself. `port` is 0 where it chooses its own."""

    name: str
    port: int

    def prepare(self) -> None:
        """Write what the program reads. Blocking; idempotent; `ComponentError` says what is wrong."""
        ...

    def command(self) -> Command: ...

    def ready(self, pid: int) -> bool:
        """Whether process `pid`, and no other, serves. Answers within a second, never raises."""
        ...


class ComponentError(Exception):
    """Something that keeps a component from running, in a sentence for the user."""


class NotReady(ComponentError):  # noqa: N818 - it names the state
    """The process ended, or did not serve in time; the message ends with its last lines."""


def popen_options(command: Command) -> dict[str, Any]:
    """Keyword arguments of `subprocess.Popen` and `asyncio.create_subprocess_exec` for a command.

    Call the latter from the main thread: the kernel sends the death signal when the *thread* that forked ends.
    """
    log = os.open(command.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    drop: dict[str, Any] = (
        {}
        if command.user is None
        else {"user": command.user, "group": command.user, "extra_groups": []}
    )
    return {
        "cwd": command.cwd,
        "env": dict(command.environment),
        "stdin": subprocess.DEVNULL,
        "stdout": log,
        "stderr": log,
        # A group of its own: Ctrl-C in the terminal reaches only us, and we stop the rest in order.
        "process_group": 0,
        "preexec_fn": die_with(os.getpid(), command.death_signal),
        **drop,
    }


def die_with(parent: int, number: int) -> Callable[[], None]:
    """What a child runs before exec so that the kernel sends it `number` when its parent dies."""

    def arrange() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != parent:
            # The parent died before the line above.
            os._exit(1)

    return arrange


def spawn(command: Command) -> subprocess.Popen[bytes]:
    """Start it with its output appended to its log."""
    options = popen_options(command)
    try:
        return subprocess.Popen(command.argv, **options)
    except OSError as error:
        raise ComponentError(f"cannot start {command.argv[0]}: {error}") from error
    finally:
        os.close(options["stdout"])


def stop(process: subprocess.Popen[bytes], number: int, within: float) -> int:
    """Ask the process to end and wait; after `within` seconds kill its group. Its return code."""
    process.send_signal(number)
    with suppress(subprocess.TimeoutExpired):
        return process.wait(within)
    return kill(process)


def kill(process: subprocess.Popen[bytes]) -> int:
    """End the process and its group at once. Its return code."""
    kill_group(process.pid)
    return process.wait()


def kill_group(pid: int) -> None:
    """SIGKILL to the group led by `pid`, if there still is one."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


@contextmanager
def running(
    component: Component, *, within: float = 20.0, at_end: int = signal.SIGKILL
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a component while inside, ready before the body begins. `NotReady` if it is not after `within` seconds."""
    component.prepare()
    command = component.command()
    process = spawn(command)
    try:
        deadline = time.monotonic() + within
        while not component.ready(process.pid):
            if process.poll() is not None:
                raise NotReady(
                    f"{component.name} {describe_exit(process.returncode)}\n{tail(command.log)}"
                )
            if time.monotonic() > deadline:
                raise NotReady(
                    f"{component.name} was not ready after {within:.0f} s\n{tail(command.log)}"
                )
            time.sleep(POLL_SECONDS)
        yield process
    finally:
        stop(process, at_end, within=10.0)


def describe_exit(code: int) -> str:
    """``exited with 1`` or ``was ended by SIGKILL``, from a return code as Python gives it."""
    if code >= 0:
        return f"exited with {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log, without control characters."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - TAIL_BYTES))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    return "\n".join("  " + printable(line) for line in text.splitlines()[-lines:])


def printable(line: str) -> str:
    """A line that cannot move the cursor or colour what follows."""
    return "".join(c if c.isprintable() or c == "\t" else "\N{REPLACEMENT CHARACTER}" for c in line)
