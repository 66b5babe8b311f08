"""What the sandboxes of an engine take of this machine, by name, so that two looks can be compared."""

import os
import signal
from contextlib import suppress
from pathlib import Path

from cloche_executor.engines.bwrap_process import descendants
from cloche_executor.sandbox import Engine
from support import docker
from support.footprint import all_control_groups


def held(engine: Engine, installation: str) -> set[str]:
    """Containers of `installation`, or processes and control groups of ours."""
    if engine.facts.name != "bubblewrap":
        return set(docker.containers("installation", installation))
    return {str(pid) for pid in processes()} | {str(folder) for folder in groups()}


def end(engine: Engine, name: str) -> None:
    """End what `held` has named, as somebody would who knows nothing of us."""
    if engine.facts.name != "bubblewrap":
        api = docker.client()
        try:
            api.kill(name)
        finally:
            api.close()
    elif name.isdecimal():
        with suppress(ProcessLookupError):
            os.kill(int(name), signal.SIGKILL)


def outermost(names: set[str]) -> str:
    """Of what one sandbox takes, what a stranger of the host can get hold of: the container, or bubblewrap itself."""
    (found,) = names & set(_children().split()) or {name for name in names if not name.isdecimal()}
    return found


def processes() -> list[int]:
    """Processes of bubblewrap below this one, and those in its sandboxes; the dead do not count."""
    found: list[int] = []
    # Those of an executor that runs beside the test are not ours.
    for child in map(int, _children().split()):
        with suppress(OSError):
            if os.path.lexists(f"/proc/{child}/exe") and _is_bubblewrap(child):
                found += [child, *descendants(child)]
    return sorted(set(found))


def groups(pid: int | None = None) -> list[Path]:
    """Control groups of the sandboxes of a process, by default of this one."""
    name = f"cloche-*-{pid or os.getpid()}-*"
    return [folder for folder in all_control_groups() if folder.match(name)]


def _children() -> str:
    return Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text()


def _is_bubblewrap(pid: int) -> bool:
    return Path(f"/proc/{pid}/comm").read_text().strip() == "bwrap"
