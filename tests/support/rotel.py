"""A collector that others wrote, as a process that takes OTLP and throws it away: rotel."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from cloche_local.ports import free_ports


class NoRotelError(Exception):
    """It is not installed, or has no agent for this machine."""


def agent() -> str:
    """Its binary. `NoRotelError`."""
    spec = find_spec("rotel")
    if spec is None or not spec.submodule_search_locations:
        raise NoRotelError("rotel is not installed: make install-dev")
    binary = Path(spec.submodule_search_locations[0]) / "rotel-agent"
    if not binary.exists():
        raise NoRotelError(f"this wheel of rotel has no agent for {sys.platform}")
    return str(binary)


@contextmanager
def collecting(folder: Path, *, talks: bool = False) -> Iterator[tuple[int, Path]]:
    """The port that it listens on soon, and its log, while inside. `talks`: it writes down every request."""
    http, grpc = free_ports(2)
    log = folder / "rotel.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [
                agent(),
                "start",
                f"--otlp-http-endpoint=127.0.0.1:{http}",
                f"--otlp-grpc-endpoint=127.0.0.1:{grpc}",
                "--exporter=blackhole",
                *(["--debug-log=traces"] if talks else []),
            ],
            stdout=out,
            stderr=out,
            cwd=folder,
        )
    try:
        yield http, log
    finally:
        process.terminate()
        process.wait(20)
