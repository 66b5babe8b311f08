"""A redis-server of Debian's on a port of its own, unpacked below build/ and never installed: no system service."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from cloche_local.ports import free_ports

from benchmarks.frame import Missing
from benchmarks.peers.installed import PLACE

PACKAGES = ("redis-server", "redis-tools", "libjemalloc2", "liblzf1")
FETCH_SECONDS = 120.0
READY_SECONDS = 10.0


@asynccontextmanager
async def redis_server(folder: Path) -> AsyncIterator[str]:
    """The URL of one that appends what it takes to a file in `folder`, which is made, and syncs it every second.

    `Missing` if there is none.
    """
    binary, libraries = await asyncio.to_thread(_found)
    await asyncio.to_thread(folder.mkdir)
    port = free_ports(1)[0]
    process = await asyncio.create_subprocess_exec(
        *(binary, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)),
        *("--appendonly", "yes", "--save", ""),
        env={**os.environ, "LD_LIBRARY_PATH": libraries},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        await _answers(port)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _answers(port: int) -> None:
    try:
        async with asyncio.timeout(READY_SECONDS):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    await asyncio.sleep(0.05)
                    continue
                writer.close()
                return
    except TimeoutError:
        raise Missing("redis-server does not start") from None


def _found() -> tuple[str, str]:
    """The server, and where its libraries lie."""
    if (installed := shutil.which("redis-server")) is not None:
        return installed, os.environ.get("LD_LIBRARY_PATH", "")
    place = PLACE / "redis"
    done = place / "unpacked"
    if not done.exists():
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        try:
            _run("apt-get", "download", "--quiet", *PACKAGES, cwd=place)
            for package in place.glob("*.deb"):
                _run("dpkg", "--extract", package.name, ".", cwd=place)
        except (OSError, subprocess.SubprocessError) as error:
            raise Missing(f"no redis-server, and Debian's cannot be fetched: {error}") from error
        done.touch()
    libraries = ":".join(str(found.parent) for found in place.glob("usr/lib/*/liblzf.so.1"))
    return str(place / "usr/bin/redis-server"), libraries


def _run(*command: str, cwd: Path) -> None:
    subprocess.run(command, cwd=cwd, capture_output=True, check=True, timeout=FETCH_SECONDS)
