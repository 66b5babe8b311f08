"""Running Docker and Compose: `docker compose` of today, docker-compose 1.29, or what $COMPOSE names."""

import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from cloche_deploy.release import Failed


class Run(Protocol):
    """Runs a command and gives what it writes; raises `Failed` if it exits with anything but 0."""

    def __call__(
        self,
        command: Sequence[str],
        *,
        stdin: str = "",
        environment: Mapping[str, str] | None = None,
    ) -> str: ...


class Commands:
    """`Run` in a folder. What Docker answers is for us; what Compose does people are told."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(
        self,
        command: Sequence[str],
        *,
        stdin: str = "",
        environment: Mapping[str, str] | None = None,
    ) -> str:
        quiet = command[0] == "docker" and command[1] != "compose"
        done = subprocess.run(
            command,
            cwd=self._folder,
            env={**os.environ, **(environment or {})},
            input=stdin,
            text=True,
            check=False,
            stdout=subprocess.PIPE if quiet else None,
            stderr=subprocess.PIPE if quiet else None,
        )
        if done.returncode != 0:
            said = (done.stderr or "").strip().splitlines()
            reason = said[-1] if said else f"exits with {done.returncode}"
            raise Failed(f"{' '.join(command[:3])}: {reason}")
        return done.stdout or ""


def compose_command() -> tuple[str, ...]:
    """What $COMPOSE says, else today's plugin, else the program of before. `Failed` if there is none."""
    if named := os.environ.get("COMPOSE"):
        return tuple(shlex.split(named))
    plugin = ("docker", "compose")
    if (
        shutil.which("docker")
        and not subprocess.run((*plugin, "version"), capture_output=True, check=False).returncode
    ):
        return plugin
    if shutil.which("docker-compose"):
        return ("docker-compose",)
    raise Failed("there is neither docker compose nor docker-compose")
