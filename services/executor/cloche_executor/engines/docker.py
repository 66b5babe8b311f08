"""Sandboxes as single-use Docker containers, through the Docker SDK in threads.

A container is attached before it is started, so that not a byte is missed, and its end is what `wait` and `inspect`
say: the stream's end alone proves nothing. There is no `docker exec`, no host path and no log driver.
"""

import asyncio
import secrets
import socket
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import docker.errors
import requests
from cloche_kit.logs import get_logger
from cloche_schemas.values import StreamName
from docker import APIClient

from cloche_executor.engines.conversation import Conversation
from cloche_executor.engines.docker_options import (
    LABEL,
    create_arguments,
    host_arguments,
    labels_from,
)
from cloche_executor.engines.docker_stream import read_pieces
from cloche_executor.handover import frame, ulimits_of
from cloche_executor.sandbox import (
    EngineFacts,
    EngineUnavailable,
    Exit,
    ImageMissing,
    Job,
    Owned,
    SandboxError,
    SandboxLost,
)

T = TypeVar("T")
# From the end of the output to the daemon's word that the container has ended.
EXIT_SECONDS = 15.0
# More starts at once make each slower and none more.
STARTS = 4
_log = get_logger(__name__)


class Daemon:
    """The SDK's client in threads, with its errors in ours. Blocking calls never run on the event loop."""

    def __init__(self, api: APIClient, *, threads: int) -> None:
        self.api = api
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="docker")

    async def call(self, function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._threads, lambda: function(*args, **kwargs))
        except docker.errors.ImageNotFound as error:
            raise ImageMissing(str(error.explanation)) from error
        except docker.errors.NotFound as error:
            raise SandboxLost(str(error.explanation)) from error
        except docker.errors.APIError as error:
            raise SandboxError(str(error.explanation or error)) from error
        except (docker.errors.DockerException, requests.RequestException, OSError) as error:
            raise EngineUnavailable(f"the Docker daemon does not answer: {error}") from error

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        self.api.close()


class DockerEngine:
    """`Engine` over a Docker daemon. `runtime` None takes the daemon's default, runc."""

    def __init__(
        self,
        daemon: Daemon,
        facts: EngineFacts,
        *,
        installation: str,
        runtime: str | None = None,
    ) -> None:
        self.facts = facts
        self._daemon = daemon
        self._runtime = runtime
        self._installation = installation
        self._starts = asyncio.Semaphore(STARTS)
        self._cleanups: set[asyncio.Task[None]] = set()

    async def start(self, job: Job) -> "DockerSandbox":
        starting = asyncio.ensure_future(self._start(job))
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            # A thread cannot be called back: what it makes is removed when it is there.
            task = asyncio.ensure_future(_discard(starting))
            self._cleanups.add(task)
            task.add_done_callback(self._cleanups.discard)
            raise

    async def ready(self) -> bool:
        try:
            await self._daemon.call(self._daemon.api.ping)
        except SandboxError:
            return False
        return True

    async def reap(self, owned: Owned) -> int:
        api = self._daemon.api
        found = await self._daemon.call(
            api.containers, all=True, filters={"label": f"{LABEL}installation={self._installation}"}
        )
        reaped = 0
        for container in found:
            labels = labels_from(container["Labels"])
            if labels is None or await owned(labels):
                continue
            _log.warning("sandbox_reaped", evaluation=labels.evaluation, attempt=labels.attempt)
            await _remove(self._daemon, container["Id"])
            reaped += 1
        return reaped

    async def close(self) -> None:
        await asyncio.gather(*self._cleanups)
        self._daemon.close()

    async def _start(self, job: Job) -> "DockerSandbox":
        async with self._starts:
            return await self._make(job)

    async def _make(self, job: Job) -> "DockerSandbox":
        daemon, api, nonce = self._daemon, self._daemon.api, secrets.token_hex(16)
        arguments = create_arguments(
            job, image=self.facts.image, nonce=nonce, runtime=self._runtime
        )
        host = api.create_host_config(**host_arguments(job.limits))
        created = await daemon.call(api.create_container, host_config=host, **arguments)
        container = str(created["Id"])
        attached: socket.socket | None = None
        try:
            attached = await daemon.call(_attach, api, container)
            await daemon.call(api.start, container)
            sandbox = DockerSandbox(daemon, container, attached, nonce)
            # Docker's file-size ulimit would hold for the bootstrap as well, so the shell lowers it.
            await sandbox.hand_over(frame(job, nonce, {"f": ulimits_of(job.limits)["f"]}))
        except BaseException:
            if attached is not None:
                attached.close()
            await _remove(daemon, container)
            raise
        return sandbox


class DockerSandbox:
    """`Sandbox` that is one container."""

    def __init__(self, daemon: Daemon, container: str, attached: socket.socket, nonce: str) -> None:
        self._daemon = daemon
        self._container = container
        self._attached = attached
        self._conversation = Conversation(read_pieces(attached), self._send, nonce)
        self._closed = False

    async def hand_over(self, job_frame: bytes) -> None:
        """Give the program to the bootstrap."""
        await self._conversation.greeted()
        await self._conversation.hand_over(job_frame)

    def output(self) -> AsyncGenerator[tuple[StreamName, bytes], None]:
        return self._conversation.output()

    async def wait(self) -> Exit:
        await self._conversation.ended.wait()
        api = self._daemon.api
        try:
            result = await self._daemon.call(api.wait, self._container, timeout=EXIT_SECONDS)
            seen = await self._daemon.call(api.inspect_container, self._container)
        except SandboxLost:
            raise
        except SandboxError as error:
            raise SandboxLost(f"nobody knows how the program ended: {error}") from error
        status, state = int(result["StatusCode"]), seen["State"]
        if state.get("Error") or state["Status"] != "exited":
            raise SandboxLost(state.get("Error") or f"the container is {state['Status']}")
        return Exit(status=status, out_of_memory=bool(state.get("OOMKilled")) and status != 0)

    async def kill(self) -> None:
        try:
            await self._daemon.call(self._daemon.api.kill, self._container, "SIGKILL")
        except EngineUnavailable:
            raise
        except SandboxError as error:
            _log.debug("kill_refused", error=str(error))

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._conversation.ended.set()
        self._attached.close()
        await _remove(self._daemon, self._container)

    async def _send(self, data: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self._attached, data)


def _attach(api: APIClient, container: str) -> socket.socket:
    """The hijacked connection of an attach: both directions, before the container runs."""
    raw = api.attach_socket(container, params={"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1})
    wrapped: socket.socket = raw._sock  # noqa: SLF001 - the SDK has no public way to the socket
    attached = wrapped.dup()
    raw.close()
    wrapped.close()
    attached.setblocking(False)
    return attached


async def _remove(daemon: Daemon, container: str) -> None:
    try:
        await daemon.call(daemon.api.remove_container, container, force=True, v=True)
    except SandboxLost:
        return
    except SandboxError as error:
        _log.warning("sandbox_not_removed", container=container, error=str(error))


async def _discard(starting: "asyncio.Future[DockerSandbox]") -> None:
    try:
        sandbox = await starting
    except SandboxError:
        return
    await sandbox.close()
