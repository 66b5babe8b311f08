"""Finding a Docker daemon, and what can be believed of it: which runtimes it has and which limits its kernel holds."""

import asyncio
import os
from itertools import pairwise
from typing import Any, Literal

import docker.errors
import requests
from cloche_schemas.values import Limits
from docker import APIClient

from cloche_executor.engines import docker_image
from cloche_executor.engines.docker import DockerEngine
from cloche_executor.engines.docker_daemon import CALL_SECONDS, Daemon
from cloche_executor.engines.docker_marks import Marks, this_life
from cloche_executor.engines.docker_options import Runtime
from cloche_executor.engines.docker_ping import DEFAULT_HOST, daemon_answers
from cloche_executor.engines.probing import PROBED_IMAGES
from cloche_executor.engines.seccomp_profile import profile
from cloche_executor.images.catalogue import Catalogue
from cloche_executor.sandbox import UNCOUNTED_PIDS, EngineFacts, EngineUnavailable

DAEMON_SECONDS = 3.0
# Calls at once beside those of the sandboxes that run.
SPARE_THREADS = 8
GVISOR = "runsc"


async def open_on_docker(
    kind: Literal["docker", "gvisor"],
    images: Catalogue,
    *,
    installation: str,
    executor: str,
    slots: int,
) -> DockerEngine:
    """The engine over the daemon that DOCKER_HOST names, else the one on this machine. `SandboxError`.

    Its images are made if they are not there, which takes minutes.
    """
    host = os.environ.get("DOCKER_HOST") or DEFAULT_HOST
    api, info = await asyncio.to_thread(_connect, host, slots + SPARE_THREADS)
    daemon = Daemon(api, host, threads=slots + SPARE_THREADS)
    try:
        runtime = gvisor_runtime(info) if kind == "gvisor" else plain_runtime(info)
        for name in PROBED_IMAGES:
            await daemon.call(docker_image.ensure, api, images[name])
        return DockerEngine(
            daemon,
            facts(kind, runtime, info),
            images,
            marks=Marks(installation=installation, executor=executor, life=this_life(), kind=kind),
            runtime=Runtime(
                name=runtime,
                # gVisor answers the calls itself.
                call_filter=profile() if kind == "docker" and filters(info) else None,
            ),
            needed=PROBED_IMAGES,
        )
    except BaseException:
        daemon.close()
        raise


def plain_runtime(info: dict[str, Any]) -> str:
    """The daemon's default, unless that is gVisor, which is an engine of its own."""
    default = str(info.get("DefaultRuntime") or "runc")
    return "runc" if default == GVISOR else default


def gvisor_runtime(info: dict[str, Any]) -> str:
    """The runtime of gVisor. `EngineUnavailable` if the daemon has none that may be used."""
    found = info.get("Runtimes", {}).get(GVISOR)
    if found is None:
        raise EngineUnavailable(f"the Docker daemon has no runtime {GVISOR}")
    words = [str(word).strip("-") for word in found.get("runtimeArgs") or []]
    if "platform=kvm" in words or ("platform", "kvm") in pairwise(words):
        raise EngineUnavailable(
            f"the runtime {GVISOR} uses the platform kvm; ptrace and systrap are supported"
        )
    return GVISOR


def facts(kind: Literal["docker", "gvisor"], runtime: str, info: dict[str, Any]) -> EngineFacts:
    if kind == "gvisor":
        return EngineFacts(
            name="gvisor",
            runtime=runtime,
            strength="container without network and capabilities, on a kernel of its own in user space: "
            "no system call of the program reaches the host's",
            enforced=enforces(info, "pids"),
            shortfalls=(UNCOUNTED_PIDS,),
        )
    seal = "system calls filtered" if filters(info) else "system calls not filtered"
    return EngineFacts(
        name="docker",
        runtime=runtime,
        strength=f"container without network and capabilities, {seal}; shares the host's kernel",
        enforced=enforces(info),
        shortfalls=() if filters(info) else ("system calls are not filtered by this daemon",),
    )


def filters(info: dict[str, Any]) -> bool:
    """Whether the daemon can filter system calls."""
    return any(
        str(option).startswith("name=seccomp") for option in info.get("SecurityOptions") or []
    )


def enforces(info: dict[str, Any], *besides: str) -> tuple[str, ...]:
    """Names of the limits that hold, by what the daemon says of its kernel."""
    depends = {
        "memory_bytes": info.get("MemoryLimit") and info.get("SwapLimit"),
        "cpus": info.get("CpuCfsQuota"),
        "pids": info.get("PidsLimit"),
    }
    lost = {name for name, holds in depends.items() if not holds} - set(besides)
    return tuple(name for name in Limits.__struct_fields__ if name not in lost)


def _connect(host: str, connections: int) -> tuple[APIClient, dict[str, Any]]:
    if not daemon_answers(host, DAEMON_SECONDS):
        raise EngineUnavailable("no Docker daemon answers")
    try:
        api = APIClient(
            base_url=host, version="auto", timeout=CALL_SECONDS, max_pool_size=connections
        )
        return api, api.info()
    except (docker.errors.DockerException, requests.RequestException, OSError) as error:
        raise EngineUnavailable(f"the Docker daemon gives no information: {error}") from error
