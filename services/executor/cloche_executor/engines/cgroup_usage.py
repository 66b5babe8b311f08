"""One control group, of version 1 or 2: what is in it, what it has used, and its end.

It serves groups that we made (cgroups.py) and those that a daemon made for a container alike.
"""

import os
import signal
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from cloche_executor.sandbox import Usage

CONTROLLERS = ("memory", "pids", "cpu", "cpuacct")


class Group(Struct, frozen=True):
    """`folders`: where it is, by controller. Under version 2 that is the same place for all."""

    version: int
    folders: dict[str, Path]

    def add(self, pids: Iterable[int]) -> None:
        """Move processes into it; those that are gone are skipped."""
        for folder in self._places():
            for pid in pids:
                try:
                    (folder / "cgroup.procs").write_text(str(pid))
                except ProcessLookupError:
                    continue

    def pids(self) -> set[int]:
        """The processes in it."""
        return {
            int(word)
            for folder in self._places()
            for word in _text(folder / "cgroup.procs").split()
            if word.isdigit()
        }

    def usage(self) -> Usage:
        """What it has used since it was made. What nobody measures is None, an event that nobody counts is absent."""
        if self.version == 2:
            # Every group has this one, whichever its controllers are.
            texts = [_text(folder / "cpu.stat") for folder in self._places()]
            cpu, scale = _field("".join(texts), "usage_usec"), 1e6
            peak = self._read("memory", "memory.peak")
            killed = self._read("memory", "memory.events")
        else:
            cpu, scale = _number(self._read("cpuacct", "cpuacct.usage")), 1e9
            peak = self._read("memory", "memory.max_usage_in_bytes")
            killed = self._read("memory", "memory.oom_control")
        counts = {
            "memory_bytes": _field(killed, "oom_kill"),
            "pids": _field(self._read("pids", "pids.events"), "max"),
        }
        return Usage(
            cpu_seconds=None if cpu is None else cpu / scale,
            peak_memory_bytes=_number(peak),
            events={name: count for name, count in counts.items() if count is not None},
        )

    def kill(self) -> None:
        """End every process in it. One that forks meanwhile may escape version 1: call it until `pids` is empty."""
        for folder in self._places():
            # Only newer kernels have it, and only for version 2.
            if (folder / "cgroup.kill").exists():
                (folder / "cgroup.kill").write_text("1")
        for pid in self.pids():
            try:
                os.kill(pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                continue

    def remove(self) -> bool:
        """Whether it is gone; it stays while a process in it dies."""
        return not [folder for folder in self._places() if not remove_folder(folder)]

    def _places(self) -> set[Path]:
        return set(self.folders.values())

    def _read(self, controller: str, file: str) -> str:
        folder = self.folders.get(controller)
        return "" if folder is None else _text(folder / file)


def since(before: Usage, now: Usage) -> Usage:
    """What was used between two looks at a group. The peak is that of the whole time: nobody keeps another."""
    cpu = None
    if now.cpu_seconds is not None:
        cpu = max(0.0, now.cpu_seconds - (before.cpu_seconds or 0.0))
    return Usage(
        cpu_seconds=cpu,
        peak_memory_bytes=now.peak_memory_bytes,
        events={name: n - before.events.get(name, 0) for name, n in now.events.items()},
    )


def at_end(measured: Usage | None, last: Usage, *, status: int, asked_to_end: bool) -> Usage:
    """What a program has used. `measured` when its bootstrap said that it was over, `last` when everything was.

    The bootstrap's word is worth only what the end confirms: who was killed all the same had not been over, and what
    killed it is among the last events.
    """
    if measured is None or asked_to_end:
        return last
    if status == 128 + signal.SIGKILL:
        return replace(measured, events={**measured.events, **last.events})
    return measured


def group_of_process(
    pid: int, *, named: str = "", proc: Path = Path("/proc"), mounts: str | None = None
) -> Group | None:
    """The group in which the process is, as seen from here; None if that cannot be seen.

    `named`: what the group's path must contain (a container's id), lest figures be those of more than one sandbox.
    `mounts`: contents of /proc/mounts.
    """
    mounts = _text(Path("/proc/mounts")) if mounts is None else mounts
    found = own_paths(_text(proc / str(pid) / "cgroup"))
    # The root group is everybody's.
    paths = {name: path for name, path in found.items() if path != "/" and named in path}
    first: dict[str, Path] = {}
    second: dict[str, Path] = {}
    for line in mounts.splitlines():
        _, root, kind, options, *_ = line.split()
        if kind == "cgroup":
            for controller in set(CONTROLLERS) & set(options.split(",")):
                if (folder := _below(root, paths.get(controller))) is not None:
                    first[controller] = folder
        elif kind == "cgroup2" and (folder := _below(root, paths.get(""))) is not None:
            second = dict.fromkeys(CONTROLLERS, folder)
    if first:
        return Group(1, first)
    return Group(2, second) if second else None


def own_paths(text: str) -> dict[str, str]:
    """A process's group by controller, from its /proc/…/cgroup; that of version 2 is under the empty name."""
    lines = [line.split(":", 2) for line in text.splitlines() if line.count(":") >= 2]
    return {name: path for _, names, path in lines for name in names.split(",")}


def remove_folder(folder: Path) -> bool:
    """Whether the folder of a group is gone."""
    try:
        folder.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _below(root: str, path: str | None) -> Path | None:
    """The folder of a group; None outside of what is mounted here, as in a container."""
    if path is None or ".." in path.split("/"):
        return None
    folder = Path(root, path.lstrip("/"))
    return folder if folder.is_dir() else None


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _number(text: str) -> int | None:
    return int(text) if text.strip().isdigit() else None


def _field(text: str, name: str) -> int | None:
    return next(
        (int(line.split()[1]) for line in text.splitlines() if line.startswith(f"{name} ")), None
    )
