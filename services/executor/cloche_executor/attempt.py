"""One attempt, from the claim that was won to the event that ends it.

`conduct` gives that event: `EvaluationCompleted` is a verdict on the program, `AttemptFailed` our own trouble. It never
raises for either, and when it returns the sandbox is gone.
"""

import asyncio
import signal
import time
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from cloche_kit.log import EventLog
from cloche_kit.telemetry import Telemetry
from cloche_schemas.commands import EvaluationSpec
from cloche_schemas.events import AttemptFailed, EvaluationCompleted
from cloche_schemas.subjects import Address
from cloche_schemas.values import FailureDomain, Limits, Outcome, Usage
from msgspec import Struct

from cloche_executor import metrics
from cloche_executor.chunks import AttemptLost, OutputWriter
from cloche_executor.languages import Program, Unrunnable, prepare
from cloche_executor.sandbox import Engine, Exit, Job, Labels, Sandbox, SandboxError, SandboxLost

#: cancelled: by the user. lost: the lease is in doubt or somebody else ended the attempt. stopping: this process ends.
StopReason = Literal["cancelled", "lost", "stopping"]
Ending = EvaluationCompleted | AttemptFailed

# From the kill to the sandbox's end.
KILL_SECONDS = 20.0
_XCPU = 128 + signal.SIGXCPU


class Stop:
    """Asks a running attempt to end before its program does. The first reason counts, but `lost` and `stopping` end
    also the wait for what a cancelled program wrote.
    """

    def __init__(self) -> None:
        self.reason: StopReason | None = None
        self.detail = ""
        self.asked = asyncio.Event()
        self.urgent = asyncio.Event()

    def request(self, reason: StopReason, detail: str = "") -> None:
        if self.reason is None or (self.reason == "cancelled" and reason != "cancelled"):
            self.reason, self.detail = reason, detail
        self.asked.set()
        if reason != "cancelled":
            self.urgent.set()


class Assignment(Struct, frozen=True, kw_only=True):
    """What an attempt is to run, and for whom."""

    address: Address
    attempt: int
    spec: EvaluationSpec
    limits: Limits
    installation: str
    executor: str
    slot: int


class _Run(Struct, frozen=True):
    """How the program's run ended: by itself, or for the reason in `cut`."""

    seconds: float
    exit: Exit
    cut: Literal["cancelled", "deadline"] | None = None


class Attempt:
    def __init__(
        self,
        assignment: Assignment,
        *,
        engine: Engine,
        log: EventLog,
        telemetry: Telemetry,
        stop: Stop,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._assignment = assignment
        self._engine = engine
        self._telemetry = telemetry
        self._stop = stop
        self._clock = clock
        self._ending: Ending | None = None
        self._writer = OutputWriter(
            log,
            assignment.address,
            assignment.attempt,
            limit=assignment.limits.output_bytes,
            clock=clock,
        )

    async def conduct(self) -> Ending:
        """Run the program and record its output; gives the event that ends the attempt."""
        work = asyncio.create_task(self._work())
        urgent = asyncio.create_task(self._stop.urgent.wait())
        try:
            await asyncio.wait({work, urgent}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            urgent.cancel()
            if not work.done():
                work.cancel()
                await asyncio.wait({work})
        if self._ending is not None:
            return self._ending
        if work.cancelled():
            slug = "executor_stopped" if self._stop.reason == "stopping" else "executor_lost"
            return self._failed(slug, self._stop.detail)
        return work.result()

    async def _work(self) -> Ending:
        with self._telemetry.tracer.start_as_current_span("prepare"):
            program = prepare(self._assignment.spec, self._assignment.limits)
        if isinstance(program, Unrunnable):
            return EvaluationCompleted(
                outcome="failed",
                attempt=self._assignment.attempt,
                domain=program.domain,
                detail=program.detail,
            )
        try:
            sandbox = await self._start(program)
        except SandboxError as error:
            return self._failed(error.reason, str(error))
        try:
            # What is known now is not forgotten when a stop comes while the sandbox is cleaned up.
            self._ending = await self._watch(sandbox)
        except SandboxError as error:
            self._ending = self._failed(error.reason, str(error))
        except AttemptLost as error:
            self._ending = self._failed("executor_lost", str(error))
        finally:
            await _whole(sandbox.close())
        return self._ending

    async def _start(self, program: Program) -> Sandbox:
        given = self._assignment
        engine = self._engine.facts.name
        labels = Labels(
            installation=given.installation,
            tenant=given.address.tenant,
            evaluation=given.address.evaluation,
            attempt=given.attempt,
            executor=given.executor,
            deadline=datetime.now(UTC) + timedelta(seconds=2 * given.limits.wall_seconds + 60),
        )
        job = Job(
            language=program.language,
            name=program.name,
            source=program.source,
            argv=program.argv,
            stdin=program.stdin,
            limits=given.limits,
            labels=labels,
            slot=given.slot,
        )
        began = self._clock()
        with self._telemetry.tracer.start_as_current_span(
            "start sandbox", attributes={"cloche.engine": engine}
        ):
            sandbox = await self._engine.start(job)
        metrics.START_SECONDS.labels(engine).observe(self._clock() - began)
        return sandbox

    async def _watch(self, sandbox: Sandbox) -> Ending:
        sending = asyncio.create_task(self._writer.send())
        pumping = asyncio.create_task(self._pump(sandbox))
        try:
            with self._telemetry.tracer.start_as_current_span("run program"):
                run = await self._until_over(sandbox, pumping, sending)
            metrics.RUN_SECONDS.labels(self._engine.facts.name).observe(run.seconds)
            with self._telemetry.tracer.start_as_current_span("collect output"):
                await pumping
                self._writer.finish()
                await sending
            return self._verdict(run)
        finally:
            pumping.cancel()
            sending.cancel()
            await asyncio.gather(pumping, sending, return_exceptions=True)

    async def _pump(self, sandbox: Sandbox) -> None:
        async with aclosing(sandbox.output()) as output:
            async for name, data in output:
                await self._writer.write(name, data)

    async def _until_over(
        self, sandbox: Sandbox, pumping: "asyncio.Task[None]", sending: "asyncio.Task[None]"
    ) -> _Run:
        """The program's end: by itself, by the deadline or by a cancel. The time of waits for the log is not its."""
        began = self._clock()
        ended = asyncio.create_task(sandbox.wait())
        asked = asyncio.create_task(self._stop.asked.wait())
        cut: Literal["cancelled", "deadline"] | None = None
        try:
            while not ended.done():
                left = self._left(began)
                watched = {ended, asked, sending} | ({pumping} if not pumping.done() else set())
                await asyncio.wait(watched, timeout=left, return_when=asyncio.FIRST_COMPLETED)
                for task in (sending, pumping):
                    if task.done() and not task.cancelled() and (error := task.exception()):
                        raise error
                if ended.done():
                    break
                if asked.done() or self._left(began) <= 0:
                    cut = "cancelled" if asked.done() else "deadline"
                    await self._end(sandbox, ended)
            return _Run(self._clock() - began, ended.result(), cut)
        finally:
            asked.cancel()
            ended.cancel()
            await asyncio.gather(asked, ended, return_exceptions=True)

    async def _end(self, sandbox: Sandbox, ended: "asyncio.Task[Exit]") -> None:
        await sandbox.kill()
        due = self._clock() - self._writer.blocked_seconds + KILL_SECONDS
        while not ended.done():
            left = due + self._writer.blocked_seconds - self._clock()
            if left <= 0:
                raise SandboxLost(f"killed, but still there after {KILL_SECONDS:g} s")
            await asyncio.wait({ended}, timeout=left)

    def _left(self, began: float) -> float:
        allowed = self._assignment.limits.wall_seconds + self._writer.blocked_seconds
        return max(0.0, began + allowed - self._clock())

    def _verdict(self, run: _Run) -> EvaluationCompleted:
        outcome, domain, detail = judge(run.exit, run.cut, self._assignment.limits)
        status = run.exit.status
        return EvaluationCompleted(
            outcome=outcome,
            attempt=self._assignment.attempt,
            exit_code=status if run.cut is None else None,
            signal=signal_of(status),
            domain=domain,
            detail=detail,
            usage=Usage(
                wall_seconds=run.seconds,
                cpu_seconds=run.exit.cpu_seconds,
                peak_memory_bytes=run.exit.peak_memory_bytes,
            ),
            stdout=self._writer.summary("stdout"),
            stderr=self._writer.summary("stderr"),
        )

    def _failed(self, reason: str, detail: str) -> AttemptFailed:
        return AttemptFailed(attempt=self._assignment.attempt, reason=reason, detail=detail)


async def _whole(cleanup: Coroutine[Any, Any, None]) -> None:
    """Run `cleanup` to its end, even if we are cancelled meanwhile."""
    task = asyncio.ensure_future(cleanup)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


def judge(
    exit_: Exit, cut: Literal["cancelled", "deadline"] | None, limits: Limits
) -> tuple[Outcome, FailureDomain | None, str]:
    """The verdict on a program that ran: outcome, whose failure it is, and a sentence on it."""
    if cut == "cancelled":
        return "cancelled", None, ""
    if cut == "deadline":
        return "timed_out", "limit", f"wall time of {limits.wall_seconds:g} s is used up"
    if exit_.status == 0:
        return "succeeded", None, ""
    if exit_.out_of_memory:
        return "out_of_memory", "limit", f"memory of {limits.memory_bytes} bytes is used up"
    over = exit_.cpu_seconds is not None and exit_.cpu_seconds >= limits.cpu_seconds
    if exit_.status == _XCPU or (over and exit_.status == 128 + signal.SIGKILL):
        return "timed_out", "limit", f"CPU time of {limits.cpu_seconds:g} s is used up"
    number = signal_of(exit_.status)
    return "failed", "program", "" if number is None else f"ended by {signal.Signals(number).name}"


def signal_of(status: int) -> int | None:
    """The signal that a status above 128 stands for, if there is such a signal."""
    number = status - 128
    return number if number in {s.value for s in signal.Signals} else None
