"""The whole system as a user starts it: `cloche up` in a process of its own, in a folder of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
from cloche import Client
from cloche.discovery import Target
from cloche_kit.settings import ServiceSettings
from cloche_local.folder import DataFolder, SystemState
from cloche_local.lifecycle import ComponentState
from pydantic import SecretStr

START_SECONDS = 60.0
STOP_SECONDS = 30.0
CLOCHE = (sys.executable, "-m", "cloche")


class System:
    """A running system and the process that holds it."""

    def __init__(self, folder: Path, process: "subprocess.Popen[bytes]") -> None:
        self.folder = folder
        self.process = process

    @property
    def state(self) -> SystemState:
        """What the state file says now."""
        return msgspec.json.decode((self.folder / "state.json").read_bytes(), type=SystemState)

    def component(self, name: str) -> ComponentState:
        return next(one for one in self.state.components if one.name == name)

    def client(self) -> Client:
        return Client(self.state.url, self.state.api_key)

    def nats(self) -> ServiceSettings:
        """What a service is told to get at the log."""
        secrets = DataFolder(self.folder).secrets()
        return ServiceSettings(
            nats_url=f"nats://127.0.0.1:{self.component('nats').port}",
            nats_user="cloche",
            nats_password=SecretStr(secrets.nats_password),
        )

    def environment(self) -> dict[str, str]:
        """For a `cloche` command that is to find this system."""
        state = self.state
        return {**os.environ, "CLOCHE_URL": state.url, "CLOCHE_API_KEY": state.api_key}

    def run(self, *arguments: str, stdin: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
        """One `cloche` command against this system."""
        return subprocess.run(
            [*CLOCHE, *arguments],
            input=stdin,
            capture_output=True,
            env=self.environment(),
            timeout=60,
            check=False,
        )

    def kill(self, name: str) -> int:
        """kill -9 of one component; gives the pid that died."""
        pid = self.component(name).pid
        assert pid is not None, f"{name} has no process"
        os.kill(pid, signal.SIGKILL)
        return pid

    def logs(self) -> str:
        """The end of every component's log, for a failure's message."""
        return "\n".join(
            f"--- {path.name}\n" + path.read_text(errors="replace")[-3000:]
            for path in sorted((self.folder / "logs").glob("*.log"))
        )


class Elsewhere(System):
    """A system that runs already, known by its address and a key. What looks into its processes is skipped."""

    def __init__(self, target: Target, folder: Path) -> None:
        # An empty one: it has no folder here.
        self.folder = folder
        self._target = target

    @property
    def state(self) -> SystemState:
        return SystemState(
            state="ready",
            version="",
            pid=0,
            data_dir="",
            url=self._target.url,
            api_key=self._target.api_key,
        )

    def component(self, name: str) -> ComponentState:
        pytest.skip(f"{name} of a system elsewhere is not ours to look at")


@contextmanager
def running(folder: Path, **environment: str) -> Iterator[System]:
    """`cloche up` in `folder` while inside; its banner has been printed."""
    with (folder.parent / f"{folder.name}.stderr").open("wb") as stderr:
        process = subprocess.Popen(
            [*CLOCHE, "up", "--data-dir", str(folder), "--json", "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=stderr,
            env={**os.environ, **environment},
        )
    system = System(folder, process)
    try:
        assert process.stdout is not None
        begun = time.monotonic()
        banner = process.stdout.readline()
        assert banner, f"cloche up ended with {process.wait()}\n{system.logs()}"
        assert time.monotonic() - begun < START_SECONDS
        yield system
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        finally:
            process.kill()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()
