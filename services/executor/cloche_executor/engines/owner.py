"""Which process on this machine something belongs to, written so that another process can tell whether it is dead."""

import os
import re
from pathlib import Path

from msgspec import Struct

_WORD = re.compile(r"([0-9]+)-([0-9]+)-([0-9]+)")
# Of /proc/…/stat after the command's name: the state comes first, the start time, in ticks since boot, so much later.
_STARTED = 19


class Owner(Struct, frozen=True):
    """A process: its number alone would be another's one day, and means nothing in another container."""

    namespace: int
    pid: int
    started: int

    def __str__(self) -> str:
        return f"{self.namespace}-{self.pid}-{self.started}"

    @property
    def dead(self) -> bool:
        """Whether it is known to have ended. Of what lives in another namespace nobody here knows."""
        return self.namespace == _namespace() and _started(self.pid) != self.started


def this_process() -> Owner:
    pid = os.getpid()
    return Owner(_namespace(), pid, _started(pid) or 0)


def owner_in(text: str) -> Owner | None:
    """The owner that `text` begins with; None if it is not one of ours."""
    found = _WORD.match(text)
    return Owner(*map(int, found.groups())) if found else None


def _namespace() -> int:
    return Path("/proc/self/ns/pid").stat().st_ino


def _started(pid: int) -> int | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    state, *fields = text.rpartition(")")[2].split()
    # One that nobody has reaped yet is dead all the same.
    return None if state in "ZX" else int(fields[_STARTED - 1])
