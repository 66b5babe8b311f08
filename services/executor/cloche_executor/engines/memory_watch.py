"""Being told at the moment when a control group runs out of memory.

gVisor dies of that with everything in it, and its group is gone some 30 ms later: before its output ends, so that
nobody can look any more, and often before the daemon knows why.
"""

import asyncio
import ctypes
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from cloche_kit.logs import get_logger

from cloche_executor.engines.cgroup_usage import Group

# From the end of a group to the kernel's signal that there is nothing to watch any more.
LAST_SIGNAL_SECONDS = 0.3
_IN_MODIFY = 2
_log = get_logger(__name__)


class MemoryWatch:
    """Watches one group from the event loop, and calls `noticed` when something has happened to its memory.

    Version 1 counts signals: one for each time that memory ran out, and one for the group's own end. Version 2 tells of
    a changed file, which `noticed` has to read while it is there.
    """

    def __init__(self, group: Group, noticed: Callable[[], None]) -> None:
        self._folder = group.folders["memory"]
        self._noticed = noticed
        self._counts = group.version == 1
        self._signals = 0
        self._ran_out = False
        self._changed = asyncio.Event()
        self._descriptor: int | None = None
        try:
            self._descriptor = _signals(self._folder) if self._counts else _changes(self._folder)
        except OSError as error:
            # What the daemon says still holds.
            _log.info("memory_not_watched", group=str(self._folder), error=str(error))
            return
        asyncio.get_running_loop().add_reader(self._descriptor, self._read)

    async def ran_out(self) -> bool:
        """Whether memory has run out. To be asked when everything in the group is dead, and it may be gone."""
        self._read()
        if self._counts and self._descriptor is not None and not self._folder.is_dir():
            # One signal comes anyway, a moment after the group's end.
            with suppress(TimeoutError):
                async with asyncio.timeout(LAST_SIGNAL_SECONDS):
                    while not self._ran_out:
                        self._changed.clear()
                        await self._changed.wait()
        return self._ran_out

    def close(self) -> None:
        """Harmless when called again."""
        if self._descriptor is not None:
            asyncio.get_running_loop().remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = None

    def _read(self) -> None:
        if self._descriptor is None:
            return
        try:
            data = os.read(self._descriptor, 4096)
        except BlockingIOError:
            return
        if self._counts:
            self._signals += int.from_bytes(data, "little")
            # While the group is there it was not its end.
            self._ran_out |= self._signals > 1 or self._folder.is_dir()
        self._changed.set()
        self._noticed()


def _signals(folder: Path) -> int:
    descriptor = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
    try:
        with (folder / "memory.oom_control").open("rb") as watched:
            (folder / "cgroup.event_control").write_text(f"{descriptor} {watched.fileno()}")
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _changes(folder: Path) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = int(libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))
    if descriptor < 0:
        raise OSError(ctypes.get_errno(), "inotify_init1")
    watched = os.fsencode(folder / "memory.events")
    if libc.inotify_add_watch(descriptor, watched, _IN_MODIFY) < 0:
        number = ctypes.get_errno()
        os.close(descriptor)
        raise OSError(number, "inotify_add_watch")
    return descriptor
