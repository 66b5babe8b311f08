"""How a container is made: every restriction of the baseline, in one place."""

from datetime import datetime
from typing import Any

from cloche_schemas.values import Limits
from docker.types import LogConfig, Ulimit

from cloche_executor.handover import SCRATCH, bootstrap_command
from cloche_executor.sandbox import Job, Labels

LABEL = "cloche."
USER = "65534:65534"
SHARED_MEMORY_BYTES = 16 << 20
OOM_SCORE = 1000
# docker-init is a process too, and not the program's.
INIT_PROCESSES = 1


def create_arguments(job: Job, *, image: str, nonce: str, runtime: str | None) -> dict[str, Any]:
    """Arguments of the SDK's `create_container` but `host_config`."""
    return {
        "image": image,
        "command": bootstrap_command(nonce),
        "entrypoint": [],
        "user": USER,
        "hostname": "sandbox",
        "working_dir": "/",
        "stdin_open": True,
        "network_disabled": True,
        "labels": labels_to(job.labels),
        "environment": {},
        "healthcheck": {"test": ["NONE"]},
        "use_config_proxy": False,
    } | ({} if runtime is None else {"runtime": runtime})


def host_arguments(limits: Limits) -> dict[str, Any]:
    """Arguments of the SDK's `create_host_config`."""
    cpu = max(1, -(-int(limits.cpu_seconds * 1000) // 1000))
    return {
        "network_mode": "none",
        "read_only": True,
        "tmpfs": {
            SCRATCH: f"rw,exec,nosuid,nodev,mode=1777,size={limits.scratch_bytes},"
            f"nr_inodes={limits.scratch_inodes}"
        },
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "pids_limit": limits.pids + INIT_PROCESSES,
        "mem_limit": limits.memory_bytes,
        "memswap_limit": limits.memory_bytes,
        "nano_cpus": int(limits.cpus * 1e9),
        "ulimits": [
            Ulimit(name="nofile", soft=limits.open_files, hard=limits.open_files),
            Ulimit(name="core", soft=0, hard=0),
            # Reaching the first number sends SIGXCPU, which tells the end by this limit from any other.
            Ulimit(name="cpu", soft=cpu, hard=cpu + 1),
        ],
        "init": True,
        "ipc_mode": "private",
        "shm_size": SHARED_MEMORY_BYTES,
        "log_config": LogConfig(type="none"),
        "oom_score_adj": OOM_SCORE,
    }


def labels_to(labels: Labels) -> dict[str, str]:
    return {
        f"{LABEL}installation": labels.installation,
        f"{LABEL}tenant": labels.tenant,
        f"{LABEL}evaluation": labels.evaluation,
        f"{LABEL}attempt": str(labels.attempt),
        f"{LABEL}executor": labels.executor,
        f"{LABEL}deadline": labels.deadline.isoformat(),
    }


def labels_from(found: dict[str, str]) -> Labels | None:
    """The labels of a container; None if they are not whole, so not ours."""
    try:
        return Labels(
            installation=found[f"{LABEL}installation"],
            tenant=found[f"{LABEL}tenant"],
            evaluation=found[f"{LABEL}evaluation"],
            attempt=int(found[f"{LABEL}attempt"]),
            executor=found[f"{LABEL}executor"],
            deadline=datetime.fromisoformat(found[f"{LABEL}deadline"]),
        )
    except (KeyError, ValueError):
        return None
