"""The process that owns a local system: starts it, watches it, and ends it in order."""

import asyncio
import os
import shutil
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

import msgspec

from cloche_local.births import Nursery
from cloche_local.demo import demo_command, demo_environment
from cloche_local.folder import DataFolder, EngineState, SystemState
from cloche_local.holding import Options
from cloche_local.logs import Follower
from cloche_local.process import ComponentError, describe_exit, kill_group
from cloche_local.reporter import Reporter
from cloche_local.runner import Runner, all_are_ready, is_set, start_ticks
from cloche_local.system import STOP_ORDER, Wiring, remember_ports, runners, wire

LARGEST_LOG = 32 << 20
HOUSEKEEPING_SECONDS = 30.0
LEFTOVER_SECONDS = 5.0
LOG_SECONDS = 0.1


class Supervisor:
    """One system in one data folder, whose lock the caller holds."""

    def __init__(
        self, folder: DataFolder, options: Options, reporter: Reporter, nursery: Nursery
    ) -> None:
        self._folder = folder
        self._options = options
        self._reporter = reporter
        self._nursery = nursery
        self._secrets = folder.secrets()
        self._wiring: Wiring = wire(folder, self._secrets, port=options.port)
        self._stop = asyncio.Event()
        self._phase = "starting"
        self._engine: EngineState | None = None
        self._runners = runners(
            self._wiring,
            folder,
            fixed_gateway_port=options.port is not None,
            watcher=self,
            nursery=nursery,
        )

    async def run(self) -> int:
        """Run until a signal. The exit code: 1 if the system could not be started or broke for good."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._asked)
        await self._nursery.open()
        await self._end_leftovers()
        self._write()
        side = [asyncio.create_task(self._housekeeping())]
        if self._options.verbose:
            side.append(asyncio.create_task(self._show_logs()))
        tasks = [
            asyncio.create_task(runner.run(), name=name) for name, runner in self._runners.items()
        ]
        try:
            code = await self._live(tasks)
        finally:
            await self._end(tasks)
            for task in side:
                task.cancel()
            self._phase = "stopped"
            self._write()
        return code

    async def _live(self, tasks: "list[asyncio.Task[None]]") -> int:
        all_ready = asyncio.ensure_future(all_are_ready(list(self._runners.values())))
        stop = asyncio.ensure_future(is_set(self._stop))
        try:
            await asyncio.wait({all_ready, stop, *tasks}, return_when=asyncio.FIRST_COMPLETED)
            if all_ready.done() and not stop.done():
                self._phase = "ready"
                self._write()
                remember_ports(self._folder, self._wiring)
                self._reporter.ready(self.state())
                if self._options.demo is not None:
                    await self._demonstrate(Path(self._options.demo), stop)
                await asyncio.wait({stop, *tasks}, return_when=asyncio.FIRST_COMPLETED)
            if stop.done():
                return 0
            for error in (task.exception() for task in tasks if task.done()):
                if isinstance(error, ComponentError):
                    self._reporter.failed(str(error))
                elif error is not None:
                    raise error
            return 1
        finally:
            all_ready.cancel()
            stop.cancel()

    async def _end(self, tasks: "list[asyncio.Task[None]]") -> None:
        self._phase = "stopping"
        self._write()
        for name in STOP_ORDER:
            await self._runners[name].stop()
        await asyncio.wait(tasks, timeout=5.0)
        for task in tasks:
            task.cancel()
        await self._nursery.close()
        self._wiring.s3.tidy()

    def _asked(self) -> None:
        """First signal: in order. Second: at once."""
        if self._stop.is_set():
            self._reporter.say("killing what is left")
            for runner in self._runners.values():
                runner.kill()
        else:
            self._reporter.say("stopping; once more kills")
            self._stop.set()

    def say(self, line: str) -> None:
        self._reporter.say(line)

    def state(self) -> SystemState:
        gateway = self._runners["gateway"].state
        url = f"http://127.0.0.1:{gateway.port}" if gateway.port else ""
        return SystemState(
            state=self._phase,
            version=version("cloche-local"),
            pid=os.getpid(),
            data_dir=str(self._folder.path),
            url=url,
            docs_url=f"{url}/docs" if url else "",
            api_key=self._secrets.api_key,
            engine=self._engine,
            components=tuple(runner.state for runner in self._runners.values()),
        )

    def changed(self, runner: Runner) -> None:
        state = runner.state
        if state.state == "ready":
            if state.name == "executor":
                self._engine = self._read_engine()
            if self._phase == "starting" or state.restarts:
                self._reporter.say(f"{state.name:<10} ready in {state.ready_seconds:.2f} s")
        self._write()

    def _write(self) -> None:
        try:
            self._folder.write_state(self.state())
        except OSError as error:
            self._reporter.say(f"cannot write the state file: {error.strerror}")

    def _read_engine(self) -> EngineState | None:
        try:
            return msgspec.json.decode(self._wiring.status_file.read_bytes(), type=EngineState)
        except (OSError, msgspec.DecodeError):
            return None

    async def _demonstrate(self, program: Path, stop: "asyncio.Future[None]") -> None:
        """Run a program through the system in the foreground, as a user would."""
        process = await asyncio.create_subprocess_exec(
            *demo_command(program), env=demo_environment(self.state()), process_group=0
        )
        ended = asyncio.ensure_future(_end_with(stop, process.pid))
        code = await process.wait()
        ended.cancel()
        if code and not stop.done():
            self._reporter.say(f"{program} {describe_exit(code)}")

    async def _end_leftovers(self) -> None:
        """A supervisor that was killed takes its children with it, but they may need a moment more."""
        before = self._folder.state()
        children = [
            (c.pid, c.start_ticks)
            for c in (before.components if before else ())
            if c.pid is not None
        ]
        deadline = time.monotonic() + LEFTOVER_SECONDS
        while alive := [pid for pid, ticks in children if ticks and start_ticks(pid) == ticks]:
            if time.monotonic() > deadline:
                for pid in alive:
                    kill_group(pid)
            await asyncio.sleep(0.05)

    async def _housekeeping(self) -> None:
        while True:
            await asyncio.sleep(HOUSEKEEPING_SECONDS)
            await asyncio.to_thread(shorten, [Path(r.state.log) for r in self._runners.values()])

    async def _show_logs(self) -> None:
        follower = Follower({name: self._folder.log(name) for name in self._runners})
        while True:
            for name, line in follower.lines():
                self._reporter.log(name, line)
            await asyncio.sleep(LOG_SECONDS)


async def _end_with(stop: "asyncio.Future[None]", pid: int) -> None:
    await asyncio.wait({stop})
    kill_group(pid)


def shorten(logs: Iterable[Path]) -> None:
    """Move what a log has grown to into ``<log>.1``. Its writer appends, so it goes on at the new start."""
    for log in logs:
        with suppress(OSError):
            if log.stat().st_size > LARGEST_LOG:
                shutil.copyfile(log, log.with_suffix(".log.1"))
                with log.open("r+b") as file:
                    file.truncate(0)
