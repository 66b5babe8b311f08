"""TCP ports on loopback, and the proof that a certain process listens on one."""

import os
import random
import re
import socket
from contextlib import suppress
from pathlib import Path

LOOPBACK = "127.0.0.1"
LISTENING = "0A"
# Below the range that the kernel gives to clients: a server that restarts finds its port still free.
FREE_RANGE = range(15_000, 30_000)


def is_free(port: int) -> bool:
    """Whether a server could bind the port now, as a server does that restarts."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
            # Of two sockets with SO_REUSEADDR only the one that listens makes the port taken.
            probe.listen(1)
        except OSError:
            return False
        return True


def free_ports(count: int) -> list[int]:
    """So many different ports that are free now. Whoever binds one too late asks again."""
    found: list[int] = []
    while len(found) < count:
        port = random.choice(FREE_RANGE)  # noqa: S311 - no secret
        if port not in found and is_free(port):
            found.append(port)
    return found


def choose_port(*preferred: int) -> int:
    """The first of the preferred ports that is free, else any free one."""
    return next((port for port in preferred if is_free(port)), None) or free_ports(1)[0]


def accepts(port: int, timeout_seconds: float = 0.5) -> bool:
    """Whether somebody takes connections there."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=timeout_seconds):
            return True
    except OSError:
        return False


def listens(pid: int, port: int) -> bool:
    """Whether this very process listens on the port. False too if it is gone or not ours to look into."""
    return _holds(pid, _listening_inodes(port))


def owner(port: int) -> int | None:
    """The process that listens on the port, where /proc lets us see it."""
    inodes = _listening_inodes(port)
    if not inodes:
        return None
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and _holds(int(folder.name), inodes):
            return int(folder.name)
    return None


def taken(port: int) -> str:
    """Who has the port, in words."""
    pid = owner(port)
    who = f"process {pid} ({process_name(pid)})" if pid else "another process"
    return f"port {port} is taken by {who}"


def process_name(pid: int) -> str:
    """The short name of a process, safe to print; empty if it is gone."""
    try:
        name = Path(f"/proc/{pid}/comm").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return re.sub(r"[^\w.:+-]", "", name)


def _listening_inodes(port: int) -> set[str]:
    """``socket:[inode]`` of every listening socket on the port, as links in /proc/<pid>/fd read."""
    found: set[str] = set()
    for table in ("tcp", "tcp6"):
        try:
            lines = Path(f"/proc/{os.getpid()}/net/{table}").read_text(encoding="ascii")
        except OSError:
            continue
        for line in lines.splitlines()[1:]:
            fields = line.split()
            if fields[3] == LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                found.add(f"socket:[{fields[9]}]")
    return found


def _holds(pid: int, inodes: set[str]) -> bool:
    try:
        descriptors = list(Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return False
    for descriptor in descriptors:
        with suppress(OSError):
            if str(descriptor.readlink()) in inodes:
                return True
    return False
