"""What an executor and its sandboxes take of the machine: to be the same before an attack and after it."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

from cloche_executor.engines.docker_marks import INSTALLATION
from msgspec import Struct
from support import docker

#: What one sandbox that waits in the warm pool takes. Those are wanted, however many there are.
EACH: dict[str, dict[str, int]] = {
    "docker": {"containers": 1, "descriptors": 2},
    "gvisor": {"containers": 1, "volumes": 1, "descriptors": 2},
    "bubblewrap": {"processes": 3, "groups": 1, "descriptors": 4},
}
# The executor's memory is its allocator's as well, which does not give everything back.
MEMORY_BYTES = 48 << 20
# Connections to the daemon and to the log that are kept for the next call.
DESCRIPTORS = 6


class Footprint(Struct, frozen=True, kw_only=True):
    """Counts at one moment, `waiting` sandboxes and all. `orphans`: what names a sandbox that should be gone."""

    waiting: int
    containers: int = 0
    volumes: int = 0
    processes: int
    groups: int
    mounts: int
    files: int
    descriptors: int
    memory: int
    orphans: tuple[str, ...] = ()

    def without_waiting(self, engine: str) -> dict[str, int]:
        """The counts less what the waiting sandboxes take."""
        each = EACH[engine]
        names = [name for name in self.__struct_fields__ if name not in {"waiting", "orphans"}]
        return {name: getattr(self, name) - each.get(name, 0) * self.waiting for name in names}

    def still(self, before: "Footprint", engine: str) -> bool:
        """Whether nothing that can be counted exactly has changed."""
        was, now = before.without_waiting(engine), self.without_waiting(engine)
        exact = was.keys() - {"memory"}
        return self.waiting == before.waiting and all(was[name] == now[name] for name in exact)

    def beyond(self, before: "Footprint", engine: str) -> list[str]:
        """What there is now and was not before; empty if everything is given back."""
        slack = {"memory": MEMORY_BYTES, "descriptors": DESCRIPTORS}
        was, now = before.without_waiting(engine), self.without_waiting(engine)
        more = [
            f"{name}: {was[name]} before, {now[name]} after"
            for name in was
            if now[name] - was[name] > slack.get(name, 0)
        ]
        return [*more, *self.orphans]


def descendants(pid: int) -> list[int]:
    """Processes below `pid`, whether they have been reaped or not."""
    children = _children()
    found: list[int] = []
    todo = [pid]
    while todo:
        below = children.get(todo.pop(), [])
        found += below
        todo += below
    return found


def resident_bytes(pid: int) -> int:
    """The memory that a process holds."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) << 10 if found else 0


def open_descriptors(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def control_groups(name: str) -> list[Path]:
    """Folders of control groups whose name matches, wherever they are mounted; one for all controllers."""
    return list({path.name: path for path in all_control_groups() if path.match(name)}.values())


def all_control_groups() -> Iterator[Path]:
    """Every folder below the mounts. Groups that go meanwhile are no trouble, as they are for `Path.rglob`."""
    for folder, names, _ in os.walk("/sys/fs/cgroup"):
        yield from (Path(folder, name) for name in names)


def mounts_of(pid: int) -> int:
    """How many mounts a process sees, those of containers and of images being made left out: anybody's come and go."""
    text = Path(f"/proc/{pid}/mountinfo").read_text()
    return sum(
        not re.search(r"/overlay2/|/containers/|/volumes/|/netns/|/mmdebstrap\.", line)
        for line in text.split("\n")
    )


def files_below(folder: Path) -> int:
    return sum(len(folders) + len(names) for _, folders, names in os.walk(folder))


def containers_and_volumes(installation: str) -> tuple[int, int]:
    """How many there are of this installation, running or not."""
    label = f"{INSTALLATION}={installation}"
    api = docker.client()
    try:
        containers = api.containers(all=True, quiet=True, filters={"label": label})
        volumes = api.volumes(filters={"label": label}).get("Volumes") or []
    finally:
        api.close()
    return len(containers), len(volumes)


def containers_made(installation: str, since: float, until: float) -> list[str]:
    """Ids of the containers of this installation that were made in that time and do not exist any more."""
    label = f"{INSTALLATION}={installation}"
    filters = {"label": [label], "type": ["container"], "event": ["create"]}
    api = docker.client()
    try:
        # The SDK takes whole seconds only, and the daemon waits for the end of one that is not over.
        told = api.get(
            f"{api.base_url}/v{api.api_version}/events",
            params={
                "since": f"{since:.6f}",
                "until": f"{until:.6f}",
                "filters": json.dumps(filters),
            },
        )
        told.raise_for_status()
        made = [str(json.loads(line)["id"]) for line in told.text.splitlines() if line]
        there = {
            one["Id"] for one in api.containers(all=True, quiet=True, filters={"label": label})
        }
    finally:
        api.close()
    return [one for one in made if one not in there]


def traces_of(containers: list[str]) -> Iterator[str]:
    """Processes, control groups and mounts of the host that still carry the name of one of these containers."""
    if not containers:
        return
    names = re.compile("|".join(containers))
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if names.search(words):
            yield f"process {folder.name}: {words[:200]}"
    for path in _groups():
        if names.search(path.name):
            yield f"control group {path}"
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        if names.search(line):
            yield f"mount {line}"


def _groups() -> Iterator[Path]:
    """Every control group of the machine. Others come and go meanwhile, which `os.walk` minds as little as we do."""
    for folder, folders, _ in os.walk("/sys/fs/cgroup"):
        for name in folders:
            yield Path(folder, name)


def _children() -> dict[int, list[int]]:
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(path.parent.name))
    return children
