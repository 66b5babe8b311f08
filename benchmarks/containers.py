"""Bare containers, made as the executor makes its own, by the Docker SDK and nothing else: what the rows compare with.

The options are read from a container that the executor made, so that both sides have the same image, limits, mounts,
user and namespaces whatever the executor's options are.
"""

import asyncio
import os
import queue
import secrets
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from docker import APIClient
from support.docker import client, missing

from benchmarks.frame import Missing

LABEL = "cloche-benchmark"
INSTALLATION = "cloche.installation"
LOOK_SECONDS = 0.05
RUN_SECONDS = 60
#: Of a container's description what made it so; the rest is the daemon's.
MADE_OF = ("Image", "User", "Env", "WorkingDir", "Hostname", "NetworkDisabled", "Healthcheck")
PRINT = ("python3", "-c", "print(1)")

Config = dict[str, Any]
T = TypeVar("T")


def new_installation() -> str:
    """A mark for the containers of one executor."""
    return f"bench-{secrets.token_hex(6)}"


def need_docker() -> None:
    """`Missing` where no daemon answers or the image is not there."""
    if why := missing():
        raise Missing(f"{why} (as root on Debian: CLOCHE_TEST_PROVISION=1 make bench)")


@contextmanager
def daemon() -> Iterator[APIClient]:
    api = client()
    try:
        yield api
    finally:
        api.close()


async def options_of(installation: str, within: float = 20.0) -> Config:
    """What the executor makes its containers with, read from one that is there now or comes soon."""
    deadline = time.monotonic() + within
    with daemon() as api:
        while time.monotonic() < deadline:
            found = api.containers(filters={"label": f"{INSTALLATION}={installation}"})
            if found:
                seen = api.inspect_container(found[0]["Id"])
                made: Config = {name: seen["Config"].get(name) for name in MADE_OF}
                # The id instead of a tag that could be moved.
                return made | {"Image": seen["Image"], "HostConfig": seen["HostConfig"]}
            await asyncio.sleep(LOOK_SECONDS)
    raise Missing(f"the executor has made no container within {within:.0f} s")


class Bench:
    """Makes bare containers with `options`, several at once, and leaves none behind."""

    def __init__(self, options: Config, *, in_flight: int) -> None:
        self._options = options
        self._mark = secrets.token_hex(6)
        self._pool = ThreadPoolExecutor(in_flight)
        self._clients: queue.SimpleQueue[APIClient] = queue.SimpleQueue()
        for _ in range(in_flight):
            self._clients.put(client())
        self.image = str(options["Image"])

    @classmethod
    @asynccontextmanager
    async def like(cls, installation: str, *, in_flight: int) -> AsyncIterator["Bench"]:
        """With the options of that installation's containers."""
        bench = cls(await options_of(installation), in_flight=in_flight)
        try:
            yield bench
        finally:
            await asyncio.to_thread(bench.close)

    async def run_many(self, count: int, **changes: object) -> None:
        """Create, start, wait, remove: `count` times, `in_flight` at once."""
        await asyncio.gather(
            *(self._call(lambda api: self._run(api, changes)) for _ in range(count))
        )

    async def seconds_to_result(self, command: tuple[str, ...], expected: bytes) -> float:
        """From nothing to the output of a program that has ended, in a container of its own."""
        return await self._call(lambda api: self._cold(api, command, expected))

    async def seconds_from_hand_over(self, script: bytes, expected: bytes) -> float:
        """From a line written to a shell that waits for it, in a container started ahead, to the first output."""
        return await self._call(lambda api: self._handed_over(api, script, expected))

    async def log_into(self, path: Path, command: tuple[str, ...], size: int) -> None:
        """What a container writes, `size` bytes, kept by Docker's log driver and followed by its logs into a file."""
        await self._call(lambda api: self._logged(api, path, command, size))

    def close(self) -> None:
        self._pool.shutdown()
        with daemon() as api:
            left = api.containers(all=True, filters={"label": f"{LABEL}={self._mark}"}, quiet=True)
            for one in left:
                api.remove_container(one["Id"], force=True, v=True)
        while not self._clients.empty():
            self._clients.get().close()

    def _call(self, work: Callable[[APIClient], T]) -> Awaitable[T]:
        def with_client() -> T:
            api = self._clients.get()
            try:
                return work(api)
            finally:
                self._clients.put(api)

        return asyncio.get_running_loop().run_in_executor(self._pool, with_client)

    def _create(self, api: APIClient, changes: Config) -> str:
        config = {"Entrypoint": [], "Cmd": list(PRINT), "Labels": {LABEL: self._mark}}
        create: Callable[[Config], Config] = api.create_container_from_config
        return str(create(self._options | config | changes)["Id"])

    def _run(self, api: APIClient, changes: Config) -> None:
        container = self._create(api, changes)
        api.start(container)
        result = api.wait(container, timeout=RUN_SECONDS)
        assert result["StatusCode"] == 0, result
        api.remove_container(container, v=True)

    def _cold(self, api: APIClient, command: tuple[str, ...], expected: bytes) -> float:
        begin = time.perf_counter()
        container = self._create(
            api, {"Cmd": list(command), "AttachStdout": True, "AttachStderr": True}
        )
        with _attached(api, container) as attached:
            api.start(container)
            said = _until(attached, expected)
            result = api.wait(container, timeout=RUN_SECONDS)
            took = time.perf_counter() - begin
        assert result["StatusCode"] == 0, (result, said)
        api.remove_container(container, force=True, v=True)
        return took

    def _logged(self, api: APIClient, path: Path, command: tuple[str, ...], size: int) -> None:
        host = self._options["HostConfig"] | {"LogConfig": {"Type": "json-file", "Config": {}}}
        container = self._create(api, {"Cmd": list(command), "HostConfig": host})
        api.start(container)
        with path.open("wb") as file:
            for data in api.logs(container, stdout=True, stderr=False, stream=True, follow=True):
                file.write(data)
        result = api.wait(container, timeout=RUN_SECONDS)
        assert result["StatusCode"] == 0, result
        assert path.stat().st_size == size
        api.remove_container(container, force=True, v=True)

    def _handed_over(self, api: APIClient, script: bytes, expected: bytes) -> float:
        stdin = {"AttachStdin": True, "OpenStdin": True, "StdinOnce": True}
        streams = {"AttachStdout": True, "AttachStderr": True}
        container = self._create(api, {"Cmd": ["/bin/sh"]} | stdin | streams)
        with _attached(api, container) as attached:
            api.start(container)
            # The shell says that it waits: its start is not to be measured.
            attached.sendall(b"echo waiting\n")
            _until(attached, b"waiting\n")
            begin = time.perf_counter()
            attached.sendall(script)
            _until(attached, expected)
            took = time.perf_counter() - begin
        api.remove_container(container, force=True, v=True)
        return took


@contextmanager
def _attached(api: APIClient, container: str) -> Iterator[socket.socket]:
    """The hijacked connection of an attach, both directions."""
    raw = api.attach_socket(container, params={"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1})
    connection: socket.socket = raw._sock  # noqa: SLF001 - the SDK has no public way to the socket
    connection.settimeout(RUN_SECONDS)
    try:
        yield connection
    finally:
        connection.close()
        raw.close()


def _until(attached: socket.socket, expected: bytes) -> bytes:
    """Read until the stream contains `expected`."""
    said = b""
    while expected not in said:
        data = attached.recv(65536)
        assert data, f"the stream ended: {said!r}"
        said += data
    return said


def docker_environment() -> dict[str, str]:
    """How another program finds the same daemon."""
    return {name: os.environ[name] for name in ("DOCKER_HOST",) if name in os.environ}
