"""Control groups for sandboxes that no daemon limits: version 1 and 2, where this process may make them.

Under version 2 a group with processes cannot hand controllers to its children, so sandboxes are siblings of our own
group, not children of it.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from cloche_schemas.values import Limits
from msgspec import Struct

CONTROLLERS = ("memory", "pids", "cpu", "cpuacct")
PREFIX = "cloche-"
PERIOD_US = 100_000


class Usage(Struct, frozen=True):
    """What a group used; None where nothing measures it."""

    cpu_seconds: float | None = None
    peak_memory_bytes: int | None = None
    oom_kills: int = 0


class Hierarchy(Struct, frozen=True):
    """The folder to make groups in, by controller. Under version 2 it is the same for all."""

    version: int
    bases: dict[str, Path]

    @property
    def controllers(self) -> frozenset[str]:
        return frozenset(self.bases)

    def create(self, name: str, limits: Limits, *, extra_pids: int) -> "Group":
        """A group with `limits` in force. OSError if the system does not let us."""
        folders = {controller: base / name for controller, base in self.bases.items()}
        group = Group(self.version, folders)
        try:
            for folder in set(folders.values()):
                folder.mkdir(exist_ok=True)
            for controller, file, value in _settings(self.version, limits, extra_pids):
                if controller in folders:
                    (folders[controller] / file).write_text(value)
        except OSError:
            group.remove()
            raise
        return group

    def sweep(self) -> None:
        """Remove what executors that are gone have left behind. A group in use cannot be removed."""
        for base in set(self.bases.values()):
            for folder in base.glob(f"{PREFIX}*"):
                owner = folder.name.removeprefix(PREFIX).split("-")[0]
                if owner.isdigit() and not Path("/proc", owner).exists():
                    _rmdir(folder)


class Group(Struct, frozen=True):
    """One sandbox's group."""

    version: int
    folders: dict[str, Path]

    def add(self, pids: Iterable[int]) -> None:
        """Move processes into it; those that are gone are skipped."""
        for folder in set(self.folders.values()):
            for pid in pids:
                try:
                    (folder / "cgroup.procs").write_text(str(pid))
                except ProcessLookupError:
                    continue

    def usage(self) -> Usage:
        if self.version == 2:
            cpu = _field(self._read("cpu", "cpu.stat"), "usage_usec")
            return Usage(
                None if cpu is None else cpu / 1e6,
                _number(self._read("memory", "memory.peak")),
                _field(self._read("memory", "memory.events"), "oom_kill") or 0,
            )
        nanoseconds = _number(self._read("cpuacct", "cpuacct.usage"))
        return Usage(
            None if nanoseconds is None else nanoseconds / 1e9,
            _number(self._read("memory", "memory.max_usage_in_bytes")),
            _field(self._read("memory", "memory.oom_control"), "oom_kill") or 0,
        )

    def remove(self) -> bool:
        """Whether it is gone; it stays while a process in it dies."""
        return not [folder for folder in set(self.folders.values()) if not _rmdir(folder)]

    def _read(self, controller: str, file: str) -> str:
        folder = self.folders.get(controller)
        try:
            return "" if folder is None else (folder / file).read_text()
        except OSError:
            return ""


def discover(
    mounts: str | None = None, own: str | None = None, *, probe: str | None = None
) -> Hierarchy | None:
    """Where this process can make groups with at least one controller; None if nowhere.

    `mounts` and `own`: contents of /proc/mounts and /proc/self/cgroup.
    """
    mounts = Path("/proc/mounts").read_text() if mounts is None else mounts
    own = Path("/proc/self/cgroup").read_text() if own is None else own
    probe = probe or f"{PREFIX}{os.getpid()}-probe"
    paths = {names: path for _, names, path in (line.split(":", 2) for line in own.splitlines())}
    first = _first_version(mounts, paths, probe)
    return first or _second_version(mounts, paths, probe)


def _first_version(mounts: str, paths: dict[str, str], probe: str) -> Hierarchy | None:
    bases: dict[str, Path] = {}
    for line in mounts.splitlines():
        _, folder, kind, options, *_ = line.split()
        if kind != "cgroup":
            continue
        for controller in set(CONTROLLERS) & set(options.split(",")):
            own = next((p for names, p in paths.items() if controller in names.split(",")), "/")
            base = Path(folder, own.lstrip("/"))
            # In a container the path may be the host's, which is not there.
            base = base if base.is_dir() else Path(folder)
            if _can_create(base / probe):
                bases[controller] = base
    return Hierarchy(1, bases) if bases else None


def _second_version(mounts: str, paths: dict[str, str], probe: str) -> Hierarchy | None:
    root = next(
        (line.split()[1] for line in mounts.splitlines() if line.split()[2] == "cgroup2"), ""
    )
    if not root:
        return None
    own = Path(root, paths.get("", "/").lstrip("/"))
    base = own if own == Path(root) else own.parent
    try:
        offered = set((base / "cgroup.controllers").read_text().split())
        given = set((base / "cgroup.subtree_control").read_text().split())
    except OSError:
        return None
    bases = {
        controller: base
        for controller in CONTROLLERS
        if controller in given or (controller in offered and _enable(base, controller))
    }
    return Hierarchy(2, bases) if bases and _can_create(base / probe) else None


def _enable(base: Path, controller: str) -> bool:
    try:
        (base / "cgroup.subtree_control").write_text(f"+{controller}")
    except OSError:
        return False
    return True


def _can_create(folder: Path) -> bool:
    try:
        folder.mkdir(exist_ok=True)
    except OSError:
        return False
    return _rmdir(folder)


def _settings(version: int, limits: Limits, extra_pids: int) -> list[tuple[str, str, str]]:
    memory, pids = str(limits.memory_bytes), str(limits.pids + extra_pids)
    quota = max(1000, int(limits.cpus * PERIOD_US))
    if version == 2:
        return [
            ("memory", "memory.max", memory),
            ("memory", "memory.swap.max", "0"),
            ("pids", "pids.max", pids),
            ("cpu", "cpu.max", f"{quota} {PERIOD_US}"),
        ]
    return [
        ("memory", "memory.limit_in_bytes", memory),
        ("memory", "memory.memsw.limit_in_bytes", memory),
        ("pids", "pids.max", pids),
        ("cpu", "cpu.cfs_period_us", str(PERIOD_US)),
        ("cpu", "cpu.cfs_quota_us", str(quota)),
    ]


def _rmdir(folder: Path) -> bool:
    try:
        folder.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _number(text: str) -> int | None:
    return int(text) if text.strip().isdigit() else None


def _field(text: str, name: str) -> int | None:
    return next(
        (int(line.split()[1]) for line in text.splitlines() if line.startswith(f"{name} ")), None
    )
