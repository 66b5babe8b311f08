"""One attempt, from the claim that was won to the event that ends it.

`conduct` gives that event: `EvaluationCompleted` is a verdict on the program, `AttemptFailed` our own trouble. It never
raises for either, and when it returns every sandbox of the attempt is gone.
"""

import asyncio
import time
from collections.abc import Callable

from cloche_kit.log import EventLog
from cloche_kit.telemetry import Telemetry
from cloche_schemas.commands import EvaluationSpec
from cloche_schemas.events import AttemptFailed, EvaluationCompleted
from cloche_schemas.subjects import Address
from cloche_schemas.values import CompileResult, Limits
from msgspec import Struct
from msgspec.structs import replace

from cloche_executor.cases import Cases
from cloche_executor.chunks import AttemptLost, OutputWriter, recording_limits
from cloche_executor.collecting import Artifacts, tar_bytes
from cloche_executor.compiling import Compiled, compile_program
from cloche_executor.first_output import FirstOutput
from cloche_executor.inputs import Inputs, no_objects
from cloche_executor.jobs import Jobs
from cloche_executor.programs import Program, Unrunnable, misfit, plan
from cloche_executor.running import Runner
from cloche_executor.sandbox import Collect, File, SandboxError, Stream
from cloche_executor.stations import Station
from cloche_executor.stopping import Stop
from cloche_executor.verdicts import completed, judge

Ending = EvaluationCompleted | AttemptFailed


class Assignment(Struct, frozen=True, kw_only=True):
    """What an attempt is to run, and for whom."""

    address: Address
    attempt: int
    spec: EvaluationSpec
    limits: Limits
    installation: str
    executor: str


class Attempt:
    def __init__(  # noqa: PLR0913 - the edges of an attempt
        self,
        assignment: Assignment,
        *,
        station: Station,
        log: EventLog,
        telemetry: Telemetry,
        stop: Stop,
        inputs: Inputs | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._assignment = assignment
        self._inputs = inputs or Inputs(no_objects, assignment.address.tenant)
        self._telemetry = telemetry
        self._stop = stop
        self._writer = OutputWriter(
            log,
            assignment.address,
            assignment.attempt,
            limits=recording_limits(assignment.limits),
            clock=clock,
        )
        self._runner = Runner(
            station,
            stop=stop,
            telemetry=telemetry,
            held_up=lambda: self._writer.blocked_seconds,
            begun=self._writer.first.begun,
            clock=clock,
        )
        self._jobs = Jobs(
            address=assignment.address,
            attempt=assignment.attempt,
            installation=assignment.installation,
            executor=assignment.executor,
        )

        self._sending: asyncio.Task[None] | None = None
        self._recorded: EvaluationCompleted | None = None

    @property
    def first_output(self) -> FirstOutput:
        """When the first output of it was on the log."""
        return self._writer.first

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
        if self._recorded is not None:
            return self._recorded
        if not work.cancelled():
            return work.result()
        slug = "executor_stopped" if self._stop.reason == "stopping" else "executor_lost"
        return self._failed(slug, self._stop.detail)

    async def _work(self) -> Ending:
        """The phases and, beside them, the way of their output to the log: neither goes on without the other."""
        self._sending = sending = asyncio.create_task(self._writer.send())
        working = asyncio.create_task(self._phases())
        try:
            await asyncio.wait({sending, working}, return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                # Either it is all on the log, or it failed.
                await sending
            ending = await working
            return self._recorded or await self._record(ending)
        except SandboxError as error:
            return self._failed(error.reason, str(error))
        except AttemptLost as error:
            return self._failed("executor_lost", str(error))
        finally:
            sending.cancel()
            working.cancel()
            await asyncio.gather(sending, working, return_exceptions=True)

    async def _record(self, ending: EvaluationCompleted) -> EvaluationCompleted:
        """The same end, once everything that it tells of is on the log."""
        with self._telemetry.tracer.start_as_current_span("collect output"):
            self._writer.finish()
            if self._sending is not None:
                await self._sending
        return replace(
            ending,
            attempt=self._assignment.attempt,
            stdout=self._writer.summary("stdout"),
            stderr=self._writer.summary("stderr"),
            compiler=self._writer.summary("compiler"),
            artifact_bytes=self._writer.summary("artifacts"),
        )

    async def _phases(self) -> EvaluationCompleted:
        given = self._assignment
        with self._telemetry.tracer.start_as_current_span("prepare"):
            blobs = await self._inputs.of(given.spec)
            program = plan(given.spec, given.limits, blobs)
        if isinstance(program, Unrunnable):
            return self._unrunnable(program)
        products: tuple[File, ...] = ()
        compilation = None
        if program.compilation is not None:
            with self._telemetry.tracer.start_as_current_span("compile"):
                compiled = await compile_program(
                    program.compilation, self._runner, self._jobs, self._writer
                )
            if not isinstance(compiled, Compiled):
                return compiled
            products, compilation = compiled.products, compiled.result
        if given.spec.cases is not None:
            cases = Cases(given.spec, program, products, given.limits, self._inputs)
            ended = await cases.run(self._runner, self._jobs, self._writer)
            return replace(ended, compilation=compilation)
        return await self._single(program, products, compilation)

    async def _single(
        self, program: Program, products: tuple[File, ...], compilation: CompileResult | None
    ) -> EvaluationCompleted:
        """One run of the program, and the files that it leaves."""
        limits = self._assignment.limits

        async def write(data: bytes) -> None:
            await self._writer.write("artifacts", data)

        artifacts = Artifacts(limits, write)

        async def sink(stream: Stream, data: bytes) -> None:
            if stream == "collected":
                await artifacts.take(data)
            else:
                await self._writer.write(stream, data)

        collect = Collect(
            folder="output", most_bytes=tar_bytes(limits.artifact_files, limits.artifact_bytes)
        )
        files = (*program.files, *products)
        if (wrong := misfit(files, program.stdin, limits)) is not None:
            return self._unrunnable(wrong)
        job = self._jobs.job(
            program.command(self._assignment.spec.argv),
            files=files,
            stdin=program.stdin,
            limits=limits,
            collect=collect if limits.artifact_files else None,
        )
        async with self._runner.running(job, sink) as ran:
            over = any(self._writer.over(name) for name in ("stdout", "stderr"))
            listed, skipped = artifacts.result()
            ended = completed(
                judge(ran, limits, output_over=over),
                usage=ran.usage,
                compilation=compilation,
                artifacts=listed,
                skipped_artifacts=skipped,
            )
            # What is known now is not forgotten when a stop comes while the sandbox is given back.
            self._recorded = await self._record(ended)
        return self._recorded

    def _unrunnable(self, why: Unrunnable) -> EvaluationCompleted:
        return EvaluationCompleted(
            outcome="failed",
            attempt=self._assignment.attempt,
            domain=why.domain,
            limit=why.limit,
            detail=why.detail,
        )

    def _failed(self, reason: str, detail: str) -> AttemptFailed:
        return AttemptFailed(attempt=self._assignment.attempt, reason=reason, detail=detail)
