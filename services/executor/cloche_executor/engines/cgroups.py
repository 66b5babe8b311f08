"""Control groups for sandboxes that no daemon limits: version 1 and 2, where this process may make them.

Under version 2 a group with processes cannot hand controllers to its children, so sandboxes are siblings of our own
group, not children of it.
"""

import secrets
from pathlib import Path

from msgspec import Struct

from cloche_executor.engines.cgroup_usage import CONTROLLERS, Group, own_paths, remove_folder
from cloche_executor.engines.owner import owner_in, this_process
from cloche_executor.sandbox import Mould

PREFIX = "cloche-"
PERIOD_US = 100_000
# The kernel takes no less.
LEAST_QUOTA_US = 1000


class Hierarchy(Struct, frozen=True):
    """The folder to make groups in, by controller. Under version 2 it is the same for all."""

    version: int
    bases: dict[str, Path]

    @property
    def controllers(self) -> frozenset[str]:
        return frozenset(self.bases)

    @property
    def measures_cpu(self) -> bool:
        """Version 2 does in every group, version 1 by a controller."""
        return self.version == 2 or "cpuacct" in self.bases

    def create(self, mould: Mould, *, extra_pids: int) -> Group:
        """A new group with the limits of `mould` in force. OSError if the system does not let us."""
        group = self._group(f"{PREFIX}{this_process()}-{secrets.token_hex(4)}")
        try:
            for folder in set(group.folders.values()):
                folder.mkdir()
            for controller, file, value in _settings(self.version, mould, extra_pids):
                if controller in group.folders:
                    (group.folders[controller] / file).write_text(value)
        except OSError:
            group.remove()
            raise
        return group

    def sweep(self) -> int:
        """Kill and remove what executors that are dead have left behind; how many groups are gone by now.

        One whose processes take longer to die goes in the next sweep.
        """
        gone = 0
        for name in {folder.name for base in self._places() for folder in base.glob(f"{PREFIX}*")}:
            owner = owner_in(name.removeprefix(PREFIX))
            if owner is None or not owner.dead:
                continue
            group = self._group(name)
            group.kill()
            gone += group.remove()
        return gone

    def _group(self, name: str) -> Group:
        return Group(self.version, {key: base / name for key, base in self.bases.items()})

    def _places(self) -> set[Path]:
        return set(self.bases.values())


def discover(mounts: str | None = None, own: str | None = None) -> Hierarchy | None:
    """Where this process can make groups with at least one controller; None if nowhere.

    `mounts` and `own`: contents of /proc/mounts and /proc/self/cgroup.
    """
    mounts = Path("/proc/mounts").read_text() if mounts is None else mounts
    own = Path("/proc/self/cgroup").read_text() if own is None else own
    probe = f"{PREFIX}{this_process()}-probe"
    paths = own_paths(own)
    first = _first_version(mounts, paths, probe)
    return first or _second_version(mounts, paths, probe)


def _first_version(mounts: str, paths: dict[str, str], probe: str) -> Hierarchy | None:
    bases: dict[str, Path] = {}
    for line in mounts.splitlines():
        _, folder, kind, options, *_ = line.split()
        if kind != "cgroup":
            continue
        for controller in set(CONTROLLERS) & set(options.split(",")):
            base = Path(folder, paths.get(controller, "/").lstrip("/"))
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
    return remove_folder(folder)


def _settings(version: int, mould: Mould, extra_pids: int) -> list[tuple[str, str, str]]:
    memory, pids = str(mould.memory_bytes), str(mould.pids + extra_pids)
    quota = max(LEAST_QUOTA_US, int(mould.cpus * PERIOD_US))
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
