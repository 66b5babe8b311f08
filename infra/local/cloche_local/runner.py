"""Keeps one component running: starts it when what it needs is ready, watches it, restarts it with back-off."""

import asyncio
import os
import time
from asyncio.subprocess import Process
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from cloche_local import lifecycle
from cloche_local.births import Child, Nursery
from cloche_local.lifecycle import ComponentState
from cloche_local.ports import free_ports, is_free, taken
from cloche_local.process import (
    Command,
    Component,
    ComponentError,
    NotReady,
    describe_exit,
    kill_group,
    popen_options,
    tail,
)

PROBE_SECONDS = 0.02
WATCH_SECONDS = 5.0
STILL_STARTING_SECONDS = 5.0


class Policy(Struct, frozen=True, kw_only=True):
    """Seconds for becoming ready and for ending; a `fixed_port` is not exchanged when it is taken."""

    ready_within: float = 30.0
    stop_within: float = 12.0
    fixed_port: bool = False


class Watcher(Protocol):
    """Who is told what becomes of components."""

    def changed(self, runner: "Runner") -> None: ...

    def say(self, line: str) -> None: ...


class Runner:
    """One component and its process. All methods belong to the main thread's event loop."""

    def __init__(
        self,
        component: Component,
        *,
        log: Path,
        needs: Sequence["Runner"],
        policy: Policy,
        watcher: "Watcher",
        nursery: Nursery | None = None,
    ) -> None:
        self.component = component
        self.state = ComponentState(name=component.name, log=str(log))
        self.is_ready = asyncio.Event()
        self._needs = needs
        self._policy = policy
        self._watcher = watcher
        self._nursery = nursery
        self._stop = asyncio.Event()
        self._process: Child | None = None
        self._was_ready = False
        # Held from the decision to start until there is a process that `stop` can end.
        self._starting = asyncio.Lock()

    async def run(self) -> None:
        """Run until `stop`. ComponentError if it never becomes ready; afterwards it is restarted for ever."""
        needs = asyncio.ensure_future(all_are_ready(self._needs))
        stop = asyncio.ensure_future(is_set(self._stop))
        await asyncio.wait({needs, stop}, return_when=asyncio.FIRST_COMPLETED)
        needs.cancel()
        stop.cancel()
        while not self._stop.is_set():
            await self._one_life()

    async def stop(self, *, force: bool = False) -> None:
        """End its process: asked first, killed with its group after `stop_within` seconds or with `force`."""
        self._stop.set()
        async with self._starting:
            process = self._process
        if process is None or process.returncode is not None:
            self._to(lifecycle.stopped(self.state))
            return
        self._to(lifecycle.stopping(self.state))
        if not force:
            with suppress(ProcessLookupError):
                process.send_signal(self.component.command().stop_signal)
            with suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), self._policy.stop_within)
        kill_group(process.pid)
        code = await process.wait()
        self._to(lifecycle.stopped(self.state, describe_exit(code)))

    def kill(self) -> None:
        """End it at once; whoever waits in `stop` goes on."""
        if self._process is not None and self._process.returncode is None:
            kill_group(self._process.pid)

    async def _one_life(self) -> None:
        """From one start to the end of that process, and the pause after it."""
        self._to(lifecycle.starting(self.state))
        begun = time.monotonic()
        try:
            async with self._starting:
                process = await self._start()
        except ComponentError as error:
            if not self._was_ready:
                raise
            await self._failed(str(error), 0.0)
            return
        if process is None:
            return
        exit_ = asyncio.create_task(process.wait(), name=f"wait:{self.component.name}")
        await self._until_ready(process.pid, exit_, begun)
        ready_at = time.monotonic()
        while not exit_.done():
            await asyncio.wait({exit_}, timeout=WATCH_SECONDS)
            if not exit_.done() and not self._stop.is_set():
                await self._look(process.pid, begun)
        if self._stop.is_set():
            return
        # What its process left behind must not answer for the next one.
        kill_group(process.pid)
        served = time.monotonic() - ready_at if self.state.ready_seconds is not None else 0.0
        await self._failed(describe_exit(exit_.result()), served)

    async def _start(self) -> Child | None:
        """A new process; None if there was a stop before it."""
        port = self.component.port
        if not self._was_ready and port and not is_free(port):
            if self._policy.fixed_port:
                raise ComponentError(taken(port))
            self.component.port = free_ports(1)[0]
        await asyncio.to_thread(self.component.prepare)
        if self._stop.is_set():
            return None
        process = self._process = await self._spawn(self.component.command())
        self._to(lifecycle.spawned(self.state, process.pid, start_ticks(process.pid)))
        return process

    async def _spawn(self, command: Command) -> Child:
        if command.module is not None and self._nursery is not None and not self.state.restarts:
            child = await self._nursery.spawn(command)
            if child is not None:
                return child
        return await _spawn(command)

    async def _failed(self, description: str, served: float) -> None:
        self._to(lifecycle.ended(self.state, description, served))
        if lifecycle.given_up(self.state, was_ready=self._was_ready):
            log = Path(self.state.log)
            raise NotReady(
                f"{self.component.name} {description} {self.state.failures} times; "
                f"the end of {log}:\n{tail(log)}"
            )
        if self._was_ready:
            self._watcher.say(f"{self.component.name} {description}; starting it again")
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), lifecycle.delay(self.state))

    async def _until_ready(self, pid: int, exit_: "asyncio.Task[int]", begun: float) -> None:
        """Return when it serves or has ended. NotReady if neither happens in time."""
        told = begun
        while not exit_.done() and not self._stop.is_set():
            if await asyncio.to_thread(self.component.ready, pid):
                self._became_ready(begun)
                return
            now = time.monotonic()
            if now - begun > self._policy.ready_within and not self._was_ready:
                raise NotReady(
                    f"{self.component.name} was not ready after {self._policy.ready_within:.0f} s, "
                    f"the end of {self.state.log}:\n{tail(Path(self.state.log))}"
                )
            if now - told > STILL_STARTING_SECONDS:
                told = now
                last = tail(Path(self.state.log), lines=1).strip()
                self._watcher.say(f"{self.component.name} is still starting: {last}")
            await asyncio.wait({exit_}, timeout=PROBE_SECONDS)

    async def _look(self, pid: int, begun: float) -> None:
        serves = await asyncio.to_thread(self.component.ready, pid)
        if serves and self.state.state == "unready":
            self._became_ready(begun)
        elif not serves and self.state.state == "ready":
            self._to(lifecycle.lapsed(self.state))

    def _became_ready(self, begun: float) -> None:
        self._was_ready = True
        seconds = round(time.monotonic() - begun, 3)
        self._to(lifecycle.became_ready(self.state, seconds, self.component.port))
        self.is_ready.set()

    def _to(self, state: ComponentState) -> None:
        if state != self.state:
            self.state = state
            self._watcher.changed(self)


async def all_are_ready(runners: Sequence[Runner]) -> None:
    """Return when each has become ready."""
    for runner in runners:
        await runner.is_ready.wait()


async def is_set(event: asyncio.Event) -> None:
    """`event.wait` without its constant answer, to wait for beside others."""
    await event.wait()


async def _spawn(command: Command) -> Process:
    options = popen_options(command)
    try:
        return await asyncio.create_subprocess_exec(*command.argv, **options)
    except OSError as error:
        raise ComponentError(f"cannot start {command.argv[0]}: {error}") from error
    finally:
        os.close(options["stdout"])


def start_ticks(pid: int) -> int | None:
    """When the process began, in the kernel's ticks since boot; None if it is gone."""
    try:
        line = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return int(line.rpartition(")")[2].split()[19])
