"""A Docker daemon of a test's own: its images and containers are nobody else's, and its networks lead nowhere.

In the network of the host it has none of its own, which is enough for building; in a network namespace it has bridges,
names and published ports like any other, and nothing of it reaches or changes the host.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

NEEDED = ("dockerd", "docker", "mmdebstrap", "unshare", "nsenter", "ip", "iptables")
START_SECONDS = 60.0
STOP_SECONDS = 60.0


def lacking() -> str:
    """What is missing for one; empty if nothing."""
    if os.geteuid() != 0:
        return "only root can start a daemon of its own"
    if missing := [name for name in NEEDED if shutil.which(name) is None]:
        return f"there is no {', '.join(missing)}"
    return ""


class OwnDocker:
    """One daemon. `folder` keeps its images; there is one process for it at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        return {"DOCKER_HOST": f"unix://{self.folder}/docker.sock"}

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @contextmanager
    def running(self, *, networks: bool) -> Iterator[None]:
        """A process of the daemon while inside."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock, (self.folder / "log").open("ab") as log:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._start(log, networks=networks)
            try:
                yield
            finally:
                self._stop()

    def run(self, *words: str, stdin: str = "") -> str:
        """What `docker` answers; fails the test if it refuses."""
        done = subprocess.run(
            ["docker", *words],
            env={**os.environ, **self.environment, "DOCKER_BUILDKIT": "0"},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, f"docker {' '.join(words)}: {done.stderr[-2000:]}"
        return done.stdout

    def written(self, container: str, lines: int = 15) -> str:
        """The end of what a container has written."""
        done = subprocess.run(
            ["docker", "logs", "--tail", str(lines), container],
            env={**os.environ, **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.stdout

    def inside(self, *command: str) -> tuple[str, ...]:
        """The command as one that runs in the daemon's network, where its published ports are."""
        return ("nsenter", f"--net=/proc/{self.pid}/ns/net", *command)

    def _start(self, log: IO[bytes], *, networks: bool) -> None:
        (self.folder / "daemon.json").write_text("{}")
        dockerd = [
            *("dockerd", "--config-file", f"{self.folder}/daemon.json"),
            *("--host", f"unix://{self.folder}/docker.sock", "--data-root", f"{self.folder}/data"),
            *("--exec-root", f"{self.folder}/exec", "--pidfile", f"{self.folder}/pid"),
        ]
        if networks:
            words = [
                "unshare",
                "--net",
                "sh",
                "-c",
                'ip link set lo up && exec "$@"',
                "sh",
                *dockerd,
            ]
        else:
            words = [*dockerd, "--bridge", "none", "--iptables=false", "--ip6tables=false"]
        self._process = subprocess.Popen(words, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            ended = self._process.poll() is not None
            if ended or time.monotonic() > deadline:
                self._stop()
                said = (self.folder / "log").read_text(errors="replace")[-3000:]
                raise AssertionError(f"dockerd does not come up:\n{said}")
            time.sleep(0.1)

    def _answers(self) -> bool:
        asked = ["docker", "version", "--format", "{{.Server.Version}}"]
        return not subprocess.run(
            asked, env={**os.environ, **self.environment}, capture_output=True, check=False
        ).returncode

    def _stop(self) -> None:
        assert self._process is not None
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
        # A daemon binds its folders to their own place.
        mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
        for mount in sorted((m for m in mounts if m.startswith(f"{self.folder}/")), reverse=True):
            subprocess.run(["umount", mount], capture_output=True, check=False)
