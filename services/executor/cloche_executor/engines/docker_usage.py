"""What a container has used: by the host's files where they can be read, else by the daemon's statistics."""

import time
from typing import Any

from cloche_kit.logs import get_logger

from cloche_executor.engines.cgroup_usage import Group, group_of_process, since
from cloche_executor.engines.docker_daemon import Daemon
from cloche_executor.engines.memory_watch import MemoryWatch
from cloche_executor.sandbox import SandboxError, Usage

# The daemon takes a second for its statistics: it waits for the next round of its own.
ROUND_SECONDS = 2.0
_log = get_logger(__name__)


class Meter:
    """Measures one container. What it knew last stays known when the container has gone."""

    def __init__(self, daemon: Daemon, container: str) -> None:
        self._daemon = daemon
        self._container = container
        self._group: Group | None = None
        self._before = Usage()
        self._last = Usage()
        self._asked = 0.0
        self._watch: MemoryWatch | None = None

    @property
    def last(self) -> Usage:
        return self._last

    @property
    def exact(self) -> bool:
        """Whether its control group is in sight, which counts the limits that it ran into as well."""
        return self._group is not None

    def locate(self, pid: int) -> None:
        """Find the container's control group by the number of its first process, as the daemon's host counts it."""
        self._group = group_of_process(pid, named=self._container) if pid else None
        if self._group is not None and "memory" in self._group.folders:
            self._watch = MemoryWatch(self._group, self.look)

    def begin(self) -> None:
        """From here on it counts as used."""
        if self._group is not None:
            self._before = self._group.usage()
        self._asked = time.monotonic()

    def look(self) -> None:
        """Take what can be had without asking anybody. A group goes piece by piece: what is gone keeps its figure."""
        if self._group is None:
            return
        now, last = since(self._before, self._group.usage()), self._last
        self._last = Usage(
            cpu_seconds=last.cpu_seconds if now.cpu_seconds is None else now.cpu_seconds,
            peak_memory_bytes=now.peak_memory_bytes or last.peak_memory_bytes,
            events={**last.events, **now.events},
        )

    async def usage(self, *, closing: bool = False) -> Usage:
        """As of now; as of a moment ago where it takes the daemon, unless it is the last chance."""
        if self._group is not None:
            self.look()
        elif closing or time.monotonic() - self._asked > ROUND_SECONDS:
            self._asked = time.monotonic()
            await self._ask()
        return self._last

    async def ran_out(self) -> bool:
        """Whether its memory ran out, by a witness of our own. To be asked when everything in it is dead."""
        counted = self._last.events.get("memory_bytes", 0) > 0
        return counted or (self._watch is not None and await self._watch.ran_out())

    def close(self) -> None:
        """Give back what it watches by. Harmless when called again."""
        if self._watch is not None:
            self._watch.close()

    async def _ask(self) -> None:
        api = self._daemon.api
        try:
            found = await self._daemon.call(api.stats, self._container, stream=False, one_shot=True)
        except SandboxError as error:
            _log.debug("usage_not_known", error=str(error))
            return
        self._last = usage_in(found)


def usage_in(statistics: dict[str, Any]) -> Usage:
    """The figures of the daemon's statistics: no events, and no peak under control groups of version 2."""
    cpu = statistics.get("cpu_stats", {}).get("cpu_usage", {}).get("total_usage")
    peak = statistics.get("memory_stats", {}).get("max_usage")
    return Usage(cpu_seconds=cpu / 1e9 if cpu else None, peak_memory_bytes=peak or None)
