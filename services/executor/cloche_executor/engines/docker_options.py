"""How a container is made: every restriction of the baseline, in one place."""

from typing import Any

from cloche_schemas.values import Limits
from docker.types import DriverConfig, LogConfig, Mount, Ulimit
from msgspec import Struct

from cloche_executor.engines.docker_marks import Marks
from cloche_executor.handover import (
    BOOTSTRAP_PROCESSES,
    SCRATCH,
    bootstrap_command,
    ulimits_of,
)
from cloche_executor.relays import RELAY_PROCESSES
from cloche_executor.sandbox import Mould

USER = "65534:65534"
SHARED_MEMORY_BYTES = 16 << 20
OOM_SCORE = 1000
# docker-init is a process too, and not the program's.
INIT_PROCESSES = 1
# gVisor is itself processes in the container's group: some 60 when idle, then a thread of each process inside for every
# thread of gVisor's that ever ran it, which were 33 for each of 60 busy ones. Running into the group's limit ends
# gVisor with everything in it, so the program's own limit is kept inside, and this one only protects the host.
SENTRY_PROCESSES = 256
SENTRY_PROCESSES_EACH = 64
SENTRY_PROCESSES_MOST = 8192
# Of CPU time inside gVisor: a backstop, not the limit.
SENTRY_CPU_FACTOR = 4
SENTRY_CPU_SECONDS = 60


def create_arguments(marks: Marks, *, image: str, name: str, nonce: str) -> dict[str, Any]:
    """Arguments of the SDK's `create_container` but `host_config`.

    With `stdin_open` the SDK sets StdinOnce too: a container that waits ends with the connection of its executor.
    """
    return {
        "image": image,
        "name": name,
        "command": bootstrap_command(nonce, relayed=relayed(marks)),
        "entrypoint": [],
        "user": USER,
        "hostname": "sandbox",
        "working_dir": "/",
        "stdin_open": True,
        "network_disabled": True,
        "labels": marks.labels(),
        "environment": {},
        "healthcheck": {"test": ["NONE"]},
        "use_config_proxy": False,
    }


class Runtime(Struct, frozen=True, kw_only=True):
    """What runs a container: its name for the daemon, None for the daemon's own.

    `call_filter`: its rules about system calls (seccomp_profile.py); None where it keeps none, or answers them itself.
    """

    name: str | None = None
    call_filter: str | None = None


def host_arguments(mould: Mould, marks: Marks, runtime: Runtime) -> dict[str, Any]:
    """Arguments of the SDK's `create_host_config`."""
    gvisor = marks.kind == "gvisor"
    return {
        "network_mode": "none",
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": [
            "no-new-privileges:true",
            *([f"seccomp={runtime.call_filter}"] if runtime.call_filter is not None else []),
        ],
        "pids_limit": _sentry_pids(mould.pids) if gvisor else _pids(mould.pids),
        "mem_limit": mould.memory_bytes,
        "memswap_limit": mould.memory_bytes,
        "nano_cpus": int(mould.cpus * 1e9),
        # The shell lowers the rest when the program is handed over.
        "ulimits": [
            Ulimit(name="nofile", soft=mould.open_files, hard=mould.open_files),
            Ulimit(name="core", soft=0, hard=0),
        ],
        "init": True,
        "ipc_mode": "private",
        "shm_size": SHARED_MEMORY_BYTES,
        "log_config": LogConfig(type="none"),
        "oom_score_adj": OOM_SCORE,
        "runtime": runtime.name,
    } | (_volume(mould, marks) if gvisor else _tmpfs(mould))


def ulimits(limits: Limits, marks: Marks) -> dict[str, int]:
    """What the shell lowers before the program begins."""
    lowered = ulimits_of(limits)
    if marks.kind == "gvisor":
        # Inside gVisor users are its own; under runc this would count the processes of every container together.
        lowered["u"] = _pids(limits.pids) + RELAY_PROCESSES
        # gVisor also counts the time in which a thread waits for a processor, so on a busy host its signal would come
        # long before the CPU time is used up. Who watches the control group decides; this is left should that fail.
        lowered["t"] = lowered["t"] * SENTRY_CPU_FACTOR + SENTRY_CPU_SECONDS
    return lowered


def relayed(marks: Marks) -> bool:
    """Whether the program's output needs relays on its way out."""
    return marks.kind == "gvisor"


def _pids(pids: int) -> int:
    return pids + INIT_PROCESSES + BOOTSTRAP_PROCESSES


def _sentry_pids(pids: int) -> int:
    inside = _pids(pids) + RELAY_PROCESSES
    return min(SENTRY_PROCESSES + SENTRY_PROCESSES_EACH * inside, SENTRY_PROCESSES_MOST)


def _tmpfs(mould: Mould) -> dict[str, Any]:
    return {"tmpfs": {SCRATCH: f"rw,exec,{_tmpfs_options(mould)}"}}


def _volume(mould: Mould, marks: Marks) -> dict[str, Any]:
    """A tmpfs that the daemon mounts: gVisor's own does not limit the number of files.

    It has no name, so it goes with its container.
    """
    options = {"type": "tmpfs", "device": "tmpfs", "o": _tmpfs_options(mould)}
    mount = Mount(
        target=SCRATCH,
        source=None,
        type="volume",
        driver_config=DriverConfig("local", options),
        labels=marks.labels(),
    )
    return {"mounts": [mount]}


def _tmpfs_options(mould: Mould) -> str:
    return f"nosuid,nodev,mode=1777,size={mould.scratch_bytes},nr_inodes={mould.scratch_inodes}"
