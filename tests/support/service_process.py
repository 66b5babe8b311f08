"""A service as a process of its own, to be killed and started again."""

import os
import signal
import subprocess
import sys
from pathlib import Path


class Process:
    """One service, by its own module or another. `start` after `kill` is the same service again."""

    def __init__(
        self, name: str, folder: Path, environment: dict[str, str], *, module: str | None = None
    ) -> None:
        self._name = name
        self._module = module or f"cloche_{name}"
        self._environment = {
            **os.environ,
            **environment,
            "CLOCHE_PORT_FILE": str(folder / f"{name}.port"),
        }
        self._log = folder / f"{name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, **environment: str) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", self._module],
                env={**self._environment, **environment},
                stdout=log,
                stderr=log,
            )

    def end(self, how: int = signal.SIGKILL) -> int:
        assert self._process is not None
        self._process.send_signal(how)
        return self._process.wait(15)

    def wait(self, seconds: float) -> int:
        """Its exit code, once it ends by itself; -9 if by SIGKILL."""
        assert self._process is not None
        return self._process.wait(seconds)

    def log(self) -> str:
        return self._log.read_text()
