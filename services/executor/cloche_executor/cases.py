"""One program, many inputs: each case in a sandbox of its own, one after another, its result on the log as it ends."""

from typing import Literal

from cloche_schemas.commands import Case, EvaluationSpec, grant
from cloche_schemas.events import CaseCompleted, EvaluationCompleted
from cloche_schemas.values import CaseCounts, Limits, OutputSummary, Usage
from msgspec.structs import asdict

from cloche_executor.chunks import OutputWriter
from cloche_executor.comparison import Comparison
from cloche_executor.inputs import Inputs
from cloche_executor.jobs import Jobs
from cloche_executor.output import TAIL_BYTES, StreamRecord
from cloche_executor.programs import Program, Unrunnable, misfit
from cloche_executor.running import Runner
from cloche_executor.sandbox import File, Stream
from cloche_executor.verdicts import Verdict, completed, judge

DIFFERENT = "stdout is not what was expected"


class _Output:
    """What one case writes to one stream, on its way into that of the attempt, which it shares with the others.

    Recorded is no more than what is left of the attempt's limit, so that every case is told truly.
    """

    def __init__(
        self, writer: OutputWriter, name: Literal["stdout", "stderr"], most: int, left: int
    ) -> None:
        self._writer = writer
        self._name = name
        head = max(0, min(most, left - TAIL_BYTES))
        self._record = StreamRecord(head, tail_bytes=max(0, min(TAIL_BYTES, left - head)))
        self._wrote = False
        self.offset = writer.recorded(name)

    async def take(self, data: bytes) -> None:
        self._wrote = True
        if head := self._record.take(data):
            await self._writer.write(self._name, head)

    async def finish(self) -> OutputSummary:
        if (tail := self._record.finish()) is not None:
            await self._writer.write(self._name, tail.data)
        return self._record.summary(0) if self._wrote else OutputSummary()


class Cases:
    """The cases of one attempt."""

    def __init__(
        self,
        spec: EvaluationSpec,
        program: Program,
        products: tuple[File, ...],
        limits: Limits,
        inputs: Inputs,
    ) -> None:
        self._inputs = inputs
        self._spec = spec
        self._cases = spec.cases or ()
        self._program = program
        self._files = (*program.files, *products)
        self._limits = limits
        self._ended: list[CaseCompleted] = []

    async def run(self, runner: Runner, jobs: Jobs, writer: OutputWriter) -> EvaluationCompleted:
        """Run them in order until they are over, one does not pass and that is the end, or the attempt is cancelled."""
        for index, case in enumerate(self._cases):
            ended = await self._one(index, case, runner, jobs, writer)
            if ended.outcome == "cancelled":
                return self._completed("cancelled")
            await writer.settle(ended)
            self._ended.append(ended)
            if self._spec.fail_fast and not ended.passed:
                break
        return self._completed(None)

    async def _one(
        self, index: int, case: Case, runner: Runner, jobs: Jobs, writer: OutputWriter
    ) -> CaseCompleted:
        limits = grant(case.limits, self._limits)
        stdin = self._program.stdin if case.stdin is None else case.stdin.encode()
        if case.stdin_blob is not None:
            stdin = await self._inputs.get(case.stdin_blob)
        if (wrong := misfit(self._files, stdin, limits)) is not None:
            return self._unrunnable(index, case, jobs.attempt, wrong)
        most, budget = limits.output_bytes, self._limits.output_bytes
        out = _Output(writer, "stdout", most, budget - writer.recorded("stdout"))
        err = _Output(writer, "stderr", most, budget - writer.recorded("stderr"))
        expected = case.expected_stdout
        comparison = None if expected is None else Comparison(expected)

        async def sink(stream: Stream, data: bytes) -> None:
            if stream == "stdout":
                if comparison is not None:
                    comparison.take(data)
                await out.take(data)
            elif stream == "stderr":
                await err.take(data)

        job = jobs.job(
            self._program.command(self._spec.argv if case.argv is None else case.argv),
            files=self._files,
            stdin=stdin,
            limits=limits,
        )
        ran = await runner.run(job, sink)
        stdout, stderr = await out.finish(), await err.finish()
        over = bool(stdout.dropped_bytes or stderr.dropped_bytes)
        verdict = judge(ran, limits, output_over=over)
        if verdict.outcome == "succeeded" and comparison is not None and not comparison.equal:
            verdict = Verdict(
                outcome="failed",
                domain="program",
                reached=verdict.reached,
                detail=DIFFERENT,
                exit_code=verdict.exit_code,
            )
        return CaseCompleted(
            attempt=jobs.attempt,
            index=index,
            name=case.name,
            passed=verdict.outcome == "succeeded",
            usage=ran.usage,
            stdout=stdout,
            stderr=stderr,
            stdout_offset=out.offset,
            stderr_offset=err.offset,
            **asdict(verdict),
        )

    def _unrunnable(self, index: int, case: Case, attempt: int, why: Unrunnable) -> CaseCompleted:
        return CaseCompleted(
            attempt=attempt,
            index=index,
            name=case.name,
            outcome="failed",
            passed=False,
            domain=why.domain,
            limit=why.limit,
            detail=why.detail,
        )

    def _completed(self, cut: Literal["cancelled"] | None) -> EvaluationCompleted:
        """The verdict on all: that of the first that did not pass."""
        counts = CaseCounts(
            total=len(self._cases),
            passed=sum(case.passed for case in self._ended),
            failed=sum(not case.passed for case in self._ended),
            skipped=len(self._cases) - len(self._ended),
        )
        reached = {name for case in self._ended for name in case.reached}
        in_order = tuple(name for name in Limits.__struct_fields__ if name in reached)
        usage = _together([case.usage for case in self._ended if case.usage is not None])
        first = next((case for case in self._ended if not case.passed), None)
        if cut is not None or first is None:
            verdict = Verdict(outcome=cut or "succeeded", reached=in_order)
            return completed(verdict, usage=usage, cases=counts)
        which = f"case {first.index}{f' ({first.name})' if first.name else ''}: {first.outcome}"
        verdict = Verdict(
            outcome=first.outcome,
            domain=first.domain,
            limit=first.limit,
            reached=in_order,
            detail=f"{counts.passed} of {counts.total} cases passed; {which}"
            + (f", {first.detail}" if first.detail else ""),
        )
        return completed(verdict, usage=usage, cases=counts)


def _together(usages: list[Usage]) -> Usage | None:
    """Times added up; the largest of the peaks."""
    if not usages:
        return None
    cpu = [usage.cpu_seconds for usage in usages if usage.cpu_seconds is not None]
    peaks = [usage.peak_memory_bytes for usage in usages if usage.peak_memory_bytes is not None]
    return Usage(
        wall_seconds=sum(usage.wall_seconds for usage in usages),
        cpu_seconds=sum(cpu) if cpu else None,
        peak_memory_bytes=max(peaks, default=None),
    )
