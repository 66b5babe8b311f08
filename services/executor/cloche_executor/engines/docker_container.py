"""One container of ours and the connection to it: first it waits for its program, then it runs it.

It is attached before it is started, so that not a byte is missed, and its end is what `wait` and `inspect` say: the
stream's end alone proves nothing.
"""

import asyncio
import signal
import socket
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

from cloche_kit.logs import get_logger
from docker import APIClient

from cloche_executor.engines.cgroup_usage import at_end
from cloche_executor.engines.conversation import Conversation
from cloche_executor.engines.docker_daemon import Daemon
from cloche_executor.engines.docker_marks import running_name
from cloche_executor.engines.docker_stream import read_pieces
from cloche_executor.engines.docker_usage import Meter
from cloche_executor.handover import Secrets, reached
from cloche_executor.sandbox import (
    EngineUnavailable,
    Exit,
    Job,
    Labels,
    Output,
    SandboxError,
    SandboxLost,
    Usage,
)

# From the end of the output to the daemon's word that the container has ended.
EXIT_SECONDS = 15.0
KILLED = 128 + signal.SIGKILL
_log = get_logger(__name__)


class Registry:
    """The containers that this process holds, by token, and for whom they run: None while they wait."""

    def __init__(self) -> None:
        self._held: dict[str, Labels | None] = {}

    def hold(self, token: str, runs_for: Labels | None = None) -> None:
        self._held[token] = runs_for

    def drop(self, token: str) -> None:
        self._held.pop(token, None)

    def __contains__(self, token: str) -> bool:
        return token in self._held

    def runs_for(self, token: str) -> Labels | None:
        return self._held[token]


class Container:
    """A container that has been made, and everything that is to be given back with it."""

    def __init__(
        self,
        daemon: Daemon,
        id_: str,
        attached: socket.socket,
        *,
        token: str,
        secrets: Secrets,
        registry: Registry,
    ) -> None:
        self.daemon = daemon
        self.id = id_
        self.token = token
        self.secrets = secrets
        self.registry = registry
        self.meter = Meter(daemon, id_)
        self.conversation = Conversation(self._pieces(), self._send, secrets, self._measure)
        self._attached = attached
        self._removed = False
        self.measured: Usage | None = None
        self.asked_to_end = False
        self._naming: asyncio.Task[None] | None = None

    async def come_up(self) -> None:
        """Start it; returns when its bootstrap waits for a program."""
        api = self.daemon.api
        await self.daemon.call(api.start, self.id)
        await self.conversation.greeted()
        state = (await self.daemon.call(api.inspect_container, self.id))["State"]
        self.meter.locate(int(state["Pid"]))

    @property
    def connected(self) -> bool:
        """Whether the connection stands and has said nothing more, without reading what it may have said."""
        if self._removed:
            return False
        try:
            self._attached.recv(1, socket.MSG_PEEK)
        except (BlockingIOError, InterruptedError):
            return True
        except OSError:
            return False
        return False

    def rename_for(self, labels: Labels) -> None:
        """Write on it for whom it runs, beside what else goes on."""
        self.registry.hold(self.token, labels)
        self._naming = asyncio.create_task(self._rename(running_name(self.token, labels)))

    async def kill(self) -> None:
        self.asked_to_end = True
        self.meter.look()
        try:
            await self.daemon.call(self.daemon.api.kill, self.id, "SIGKILL")
        except EngineUnavailable:
            raise
        except SandboxError as error:
            _log.debug("kill_refused", error=str(error))

    async def remove(self) -> None:
        """Harmless when called again; never raises. What the daemon does not remove now is left to the reaper."""
        if self._removed:
            return
        self._removed = True
        self.conversation.ended.set()
        self._attached.close()
        self.meter.close()
        try:
            if self._naming is not None:
                await asyncio.wait({self._naming})
            await remove(self.daemon, self.id)
        finally:
            self.registry.drop(self.token)

    async def _rename(self, name: str) -> None:
        try:
            await self.daemon.call(self.daemon.api.rename, self.id, name)
        except SandboxError as error:
            _log.debug("container_not_renamed", error=str(error))

    async def _send(self, data: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self._attached, data)

    async def _pieces(self) -> Output:
        async with aclosing(read_pieces(self._attached)) as pieces:
            async for piece in pieces:
                yield piece
        # gVisor ends with everything in it when it runs into a limit, and its group goes soon after.
        self.meter.look()

    async def _measure(self) -> None:
        self.measured = await self.meter.usage(closing=True)


class DockerPrepared:
    """`Prepared` that is one container. `frame_of`: the bytes for its bootstrap."""

    def __init__(self, container: Container, frame_of: Callable[[Job, Secrets], bytes]) -> None:
        self._container = container
        self._frame_of = frame_of
        self._given = False

    @property
    def alive(self) -> bool:
        return not self._given and self._container.connected

    async def hand_over(self, job: Job) -> "DockerSandbox":
        self._given = True
        container = self._container
        # Before anything of it can run: from now on somebody may ask whether its attempt is alive.
        container.registry.hold(container.token, job.labels)
        container.meter.begin()
        try:
            await container.conversation.hand_over(self._frame_of(job, container.secrets))
        except BaseException:
            await container.remove()
            raise
        container.rename_for(job.labels)
        return DockerSandbox(container)

    async def close(self) -> None:
        if not self._given:
            self._given = True
            await self._container.remove()


class DockerSandbox:
    """`Sandbox` that is one container."""

    def __init__(self, container: Container) -> None:
        self._container = container

    def output(self) -> Output:
        return self._container.conversation.output()

    @property
    def over(self) -> bool:
        return self._container.conversation.over is not None

    async def wait(self) -> Exit:
        container = self._container
        await container.conversation.ended.wait()
        over = container.conversation.over
        status, killed_for_memory = await self._end()
        if status == KILLED and not container.asked_to_end and not killed_for_memory:
            killed_for_memory = await container.meter.ran_out()
        usage = at_end(
            container.measured,
            container.meter.last,
            status=status,
            asked_to_end=container.asked_to_end,
        )
        events = dict(usage.events)
        if killed_for_memory:
            events["memory_bytes"] = max(1, events.get("memory_bytes", 0))
        return Exit(
            status=status,
            out_of_memory=status != 0 and events.get("memory_bytes", 0) > 0,
            reached=reached(status, events, over),
            usage=Usage(
                cpu_seconds=usage.cpu_seconds,
                peak_memory_bytes=usage.peak_memory_bytes,
                events=events,
            ),
        )

    async def usage(self) -> Usage:
        return await self._container.meter.usage()

    async def kill(self) -> None:
        await self._container.kill()

    async def close(self) -> None:
        await self._container.remove()

    async def _end(self) -> tuple[int, bool]:
        """The exit status, and whether the daemon has seen it killed for its memory."""
        daemon, api, id_ = self._container.daemon, self._container.daemon.api, self._container.id
        try:
            result = await daemon.call(api.wait, id_, timeout=EXIT_SECONDS)
            status = int(result["StatusCode"])
            over = self._container.conversation.over
            agreed = over is not None and over.status == status and not result.get("Error")
            if agreed and status != KILLED and self._container.meter.exact:
                # Both witnesses agree, and its group was measured in between: nothing is left to ask. But who was
                # killed may have forged the one, and be killed for its memory after the other.
                return status, False
            state = (await daemon.call(api.inspect_container, id_))["State"]
        except SandboxLost:
            raise
        except SandboxError as error:
            raise SandboxLost(f"nobody knows how the program ended: {error}") from error
        if state.get("Error") or state["Status"] != "exited":
            raise SandboxLost(state.get("Error") or f"the container is {state['Status']}")
        return status, bool(state.get("OOMKilled"))


async def remove(daemon: Daemon, id_: str) -> bool:
    """Remove a container with what belongs to it; whether it is gone."""
    try:
        await daemon.call(daemon.api.remove_container, id_, force=True, v=True)
    except SandboxLost:
        return True
    except SandboxError as error:
        _log.warning("sandbox_not_removed", container=id_, error=str(error))
        return False
    return True


def attach(api: APIClient, container: str) -> socket.socket:
    """The hijacked connection of an attach: both directions, before the container runs."""
    raw: Any = api.attach_socket(
        container, params={"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
    )
    wrapped: socket.socket = raw._sock  # noqa: SLF001 - the SDK has no public way to the socket
    attached = wrapped.dup()
    raw.close()
    wrapped.close()
    attached.setblocking(False)
    return attached
