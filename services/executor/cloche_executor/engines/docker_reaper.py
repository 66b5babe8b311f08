"""What dead executors leave behind on a daemon: containers, and the volumes that were their scratch space."""

import time
from datetime import datetime

from cloche_kit.logs import get_logger

from cloche_executor.engines.docker_container import Registry, remove
from cloche_executor.engines.docker_daemon import Daemon
from cloche_executor.engines.docker_marks import INSTALLATION, Marks, Seen, life_of, seen
from cloche_executor.sandbox import Owned, SandboxError

# Longer than any pool lets a sandbox wait, and than any hand-over takes until the container has its name.
WAITING_SECONDS = 900.0
# A volume is made a moment before the container that uses it.
VOLUME_SECONDS = 60.0
_log = get_logger(__name__)


async def reap(daemon: Daemon, marks: Marks, registry: Registry, owned: Owned) -> int:
    """Remove what belongs to the installation of `marks` and to nobody alive; how many containers."""
    label = {"label": f"{INSTALLATION}={marks.installation}"}
    listed = await daemon.call(daemon.api.containers, all=True, filters=label)
    reaped = 0
    for container in filter(None, map(seen, listed)):
        if await _wanted(container, marks, registry, owned):
            continue
        runs_for = container.runs_for
        _log.warning(
            "sandbox_reaped",
            executor=container.marks.executor,
            evaluation=runs_for and runs_for.evaluation,
            attempt=runs_for and runs_for.attempt,
        )
        reaped += await remove(daemon, container.id)
    await _reap_volumes(daemon, label)
    return reaped


async def _wanted(container: Seen, marks: Marks, registry: Registry, owned: Owned) -> bool:
    theirs = container.marks
    if theirs.life == marks.life:
        if theirs.kind != marks.kind:
            # The other engine of this process knows.
            return True
        if container.token not in registry:
            return False
        labels = registry.runs_for(container.token)
        return labels is None or await owned(labels)
    life = life_of(theirs.life)
    if life == "dead" or (life == "unknown" and theirs.executor == marks.executor):
        return False
    if container.runs_for is not None:
        return await owned(container.runs_for)
    return life == "alive" or time.time() - container.created < WAITING_SECONDS


async def _reap_volumes(daemon: Daemon, label: dict[str, str]) -> None:
    """Volumes go with their containers, but for those of a creation that failed half way."""
    found = await daemon.call(daemon.api.volumes, filters=label | {"dangling": "true"})
    for volume in found.get("Volumes") or []:
        made = datetime.fromisoformat(volume["CreatedAt"]).timestamp()
        if time.time() - made < VOLUME_SECONDS:
            continue
        try:
            await daemon.call(daemon.api.remove_volume, volume["Name"])
        except SandboxError as error:
            _log.debug("volume_not_removed", volume=volume["Name"], error=str(error))
