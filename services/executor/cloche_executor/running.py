"""One program in one sandbox, from the order to its end: its output goes on, and its times are watched."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import aclosing, asynccontextmanager
from typing import Any

from cloche_kit.logs import get_logger
from cloche_kit.telemetry import Telemetry

from cloche_executor import metrics
from cloche_executor.sandbox import CalledOff, Exit, Job, Sandbox, SandboxError, SandboxLost, Stream
from cloche_executor.stations import Station
from cloche_executor.stopping import Stop
from cloche_executor.verdicts import Cut, Ran

# From the kill to the sandbox's end.
KILL_SECONDS = 20.0
# What collecting files may take beyond the program's own time. A program that lies about its end gains no more.
COLLECT_SECONDS = 10.0
COLLECT_CPU_SECONDS = 3.0
# How often CPU time is looked at: a program can use more than its limit by so much.
CPU_LOOK_SECONDS = 0.25
_log = get_logger(__name__)

Sink = Callable[[Stream, bytes], Awaitable[None]]


class Runner:
    """Runs programs for one attempt, one at a time.

    `held_up` says how long the log has made programs wait: that is not their time. `begun` is told of each beginning.
    """

    def __init__(
        self,
        station: Station,
        *,
        stop: Stop,
        telemetry: Telemetry,
        held_up: Callable[[], float],
        begun: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._begun = begun
        self._station = station
        self._engine = station.name
        self._stop = stop
        self._telemetry = telemetry
        self._held_up = held_up
        self._clock = clock

    async def run(self, job: Job, sink: Sink) -> Ran:
        """As `running`; when this returns or raises, the sandbox is gone."""
        async with self.running(job, sink) as ran:
            return ran

    @asynccontextmanager
    async def running(self, job: Job, sink: Sink) -> AsyncIterator[Ran]:
        """Run it to its end, every byte given to `sink`; the sandbox is given back when the context is left.

        `SandboxError` where the trouble is ours. What `sink` raises ends the program and is raised.
        """
        began = self._clock()
        try:
            with self._telemetry.tracer.start_as_current_span(
                "start sandbox", attributes={"cloche.engine": self._engine}
            ) as span:
                sandbox, warm = await self._station.start(job, wanted=self._wanted)
                span.set_attribute("cloche.warm", warm)
        except CalledOff:
            # It was cancelled while its sandbox was made, and never began.
            yield Ran(seconds=0.0, exit=Exit(status=0), cut="cancelled")
            return
        started = self._clock()
        self._begun()
        metrics.START_SECONDS.labels(self._engine).observe(started - began)
        try:
            with self._telemetry.tracer.start_as_current_span("run program"):
                seconds, exit_, cut = await _Watch(self, sandbox, job, sink).until_over()
            metrics.RUN_SECONDS.labels(self._engine).observe(seconds)
            took = started - began
            yield Ran(seconds=seconds, exit=exit_, cut=cut, start_seconds=took, warm=warm)
        finally:
            await whole(sandbox.close())

    def _wanted(self) -> bool:
        # Whatever else asks for the end ends the attempt as ours, and what works for it is cancelled.
        return self._stop.reason != "cancelled"


class _Watch:
    """A running program: its output pumped, its end awaited, its limits watched."""

    def __init__(self, runner: Runner, sandbox: Sandbox, job: Job, sink: Sink) -> None:
        self._clock = runner._clock  # noqa: SLF001 - part of the same thing
        self._held_up = runner._held_up  # noqa: SLF001
        self._stop = runner._stop  # noqa: SLF001
        self._sandbox = sandbox
        self._job = job
        self._sink = sink
        self._held_before = self._held_up()
        self._began = self._clock()
        self._ended: float | None = None

    async def until_over(self) -> tuple[float, Exit, Cut | None]:
        pumping: asyncio.Task[Any] = asyncio.create_task(self._pump())
        ended = asyncio.create_task(self._sandbox.wait())
        asked = asyncio.create_task(self._stop.asked.wait())
        over_cpu = asyncio.create_task(self._watch_cpu())
        cut: Cut | None = None
        try:
            while not ended.done():
                watched = {task for task in (ended, asked, over_cpu, pumping) if not task.done()}
                await asyncio.wait(
                    watched, timeout=self._left(), return_when=asyncio.FIRST_COMPLETED
                )
                if pumping.done() and (error := pumping.exception()):
                    raise error
                if not ended.done() and (why := self._due(asked, over_cpu)) is not None:
                    cut = why
                    await self._end(ended)
            # Whoever has to be ended was not over, whatever it had said.
            end = self._ended if cut is None else None
            seconds = (end or self._clock()) - self._began - self._waited()
            await pumping
            return max(0.0, seconds), ended.result(), cut
        finally:
            for task in (pumping, ended, asked, over_cpu):
                task.cancel()
            await asyncio.gather(pumping, ended, asked, over_cpu, return_exceptions=True)

    def _due(self, asked: "asyncio.Task[bool]", over_cpu: "asyncio.Task[None]") -> Cut | None:
        """Why it has to end now, if it has to."""
        if asked.done():
            return "cancelled"
        if over_cpu.done():
            return "cpu_seconds"
        return "wall_seconds" if self._left() <= 0 else None

    async def _pump(self) -> None:
        async with aclosing(self._sandbox.output()) as output:
            async for stream, data in output:
                self._note_end()
                await self._sink(stream, data)
        self._note_end()

    def _note_end(self) -> None:
        if self._ended is None and self._sandbox.over:
            self._ended = self._clock()

    async def _watch_cpu(self) -> None:
        """Returns when the CPU time is used up."""
        limit = self._job.limits.cpu_seconds
        while True:
            try:
                used = (await self._sandbox.usage()).cpu_seconds or 0.0
            except SandboxError as error:
                # The wall time still holds, and the sandbox's end says what became of it.
                _log.debug("usage_not_known", error=str(error))
                used = 0.0
            if used >= limit + (COLLECT_CPU_SECONDS if self._sandbox.over else 0.0):
                return
            # It cannot be used up sooner than by every processor it may have.
            await asyncio.sleep(max(CPU_LOOK_SECONDS, (limit - used) / self._job.limits.cpus / 2))

    async def _end(self, ended: "asyncio.Task[Exit]") -> None:
        await self._sandbox.kill()
        due = self._clock() - self._waited() + KILL_SECONDS
        while not ended.done():
            left = due + self._waited() - self._clock()
            if left <= 0:
                raise SandboxLost(f"killed, but still there after {KILL_SECONDS:g} s")
            await asyncio.wait({ended}, timeout=left)

    def _waited(self) -> float:
        return self._held_up() - self._held_before

    def _left(self) -> float:
        allowed = self._job.limits.wall_seconds + self._waited()
        if self._sandbox.over:
            allowed += COLLECT_SECONDS
        return max(0.0, self._began + allowed - self._clock())


async def whole(cleanup: Coroutine[Any, Any, None]) -> None:
    """Run `cleanup` to its end, even if we are cancelled meanwhile."""
    task = asyncio.ensure_future(cleanup)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise
