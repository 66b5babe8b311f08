"""Users of the host for sandboxes: each has one that no other live sandbox of this machine has.

Taken are those whose byte in one file is locked. The kernel gives the lock back when whoever holds it dies.
"""

import errno
import fcntl
import os
import struct
from collections.abc import Sequence
from pathlib import Path

from cloche_executor.sandbox import EngineUnavailable, SandboxError

# Beyond what the system, subordinate users and containers are given, and below what some programs take for negative.
FIRST = 1_900_000_000
COUNT = 10_000
# Only root takes users, and only root may write to the first.
FOLDERS = (Path("/run"), Path("/tmp"))  # noqa: S108 - a link or somebody else's file there is refused
NAME = "cloche-users.lock"


class HostUsers:
    """Gives out numbers of users. Group numbers are the same."""

    def __init__(self, folders: Sequence[Path] = FOLDERS) -> None:
        self._descriptor = _open(folders)
        self._taken: set[int] = set()
        self._next = 0

    def take(self) -> int:
        """A user until `give`, or until this process ends. `SandboxError` if there is none."""
        for at in ((self._next + n) % COUNT for n in range(COUNT)):
            # One file description does not exclude itself.
            if at not in self._taken and self._lock(at, fcntl.F_WRLCK):
                self._taken.add(at)
                # The next one is another, even if this one is given back soon: what it leaves may take a moment to go.
                self._next = at + 1
                return FIRST + at
        raise SandboxError(f"all {COUNT} users for sandboxes are taken")

    def give(self, user: int) -> None:
        """Harmless when called again."""
        if user - FIRST in self._taken:
            self._taken.discard(user - FIRST)
            self._lock(user - FIRST, fcntl.F_UNLCK)

    def close(self) -> None:
        os.close(self._descriptor)

    def _lock(self, at: int, kind: int) -> bool:
        # struct flock: what kind, from where on, which bytes; the process is none of our business.
        asked = struct.pack("hhqqi4x", kind, os.SEEK_SET, at, 1, 0)
        try:
            fcntl.fcntl(self._descriptor, fcntl.F_OFD_SETLK, asked)
        except OSError as error:
            if error.errno in (errno.EAGAIN, errno.EACCES):
                return False
            raise
        return True


def _open(folders: Sequence[Path]) -> int:
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    refused = ""
    for folder in folders:
        try:
            descriptor = os.open(folder / NAME, flags, 0o600)
        except OSError as error:
            refused = refused or str(error)
            continue
        if os.fstat(descriptor).st_uid == os.geteuid():
            return descriptor
        os.close(descriptor)
        refused = refused or f"{folder / NAME} is somebody else's"
    raise EngineUnavailable(f"no users for sandboxes: {refused}")
