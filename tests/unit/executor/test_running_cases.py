"""One program run for many cases, with an engine in memory: what ends up on the log."""

from cloche_executor.sandbox import Job, SandboxLost
from cloche_kit.memory import MemoryBus
from cloche_schemas.commands import Case, EvaluationSpec
from cloche_schemas.values import Limits, RequestedLimits
from support.evaluations import Client
from support.fake_compiler import compiler
from support.fake_engine import FakeEngine, Write
from support.waiting import wait_until
from support.working import working

C = EvaluationSpec(code="int main(){}", language="c", stdin="in", argv=("a",))


async def repeat(job: Job, write: Write) -> int:
    """Writes its input; exits with its first argument."""
    await write("stdout", job.stdin)
    return int(job.command[-1]) if job.command[-1].isdigit() else 0


async def test_each_case_has_a_sandbox_an_input_limits_and_a_result_of_its_own(
    bus: MemoryBus, client: Client
) -> None:
    engine = FakeEngine(repeat)
    cases = (
        Case(name="same", stdin="42", expected_stdout="42\n"),
        Case(stdin="41", expected_stdout="42", limits=RequestedLimits(pids=5)),
        Case(argv=("3",)),
        Case(),
    )
    spec = EvaluationSpec(code="x", stdin="default", cases=cases)
    async with working(bus, engine):
        address = await client.submit(spec=spec, limits=Limits(memory_bytes=64 << 20))
        end = await client.completed(address)
    results = await client.cases(address)
    assert [(case.index, case.name, case.passed, case.exit_code) for case in results] == [
        (0, "same", True, 0),
        (1, "", False, 0),
        (2, "", False, 3),
        (3, "", True, 0),
    ]
    assert "not what was expected" in results[1].detail
    assert [case.stdout_offset for case in results] == [0, 2, 4, 11]
    assert [case.stdout.total_bytes for case in results] == [2, 2, 7, 7]
    assert await client.output(address) == b"4241defaultdefault"
    jobs = [sandbox.job for sandbox in engine.started]
    assert [job.limits.pids for job in jobs] == [64, 5, 64, 64]
    assert {job.limits.memory_bytes for job in jobs} == {64 << 20}
    assert end.cases is not None
    assert (end.cases.total, end.cases.passed, end.cases.failed, end.cases.skipped) == (4, 2, 2, 0)
    assert (end.outcome, end.domain, end.exit_code) == ("failed", "program", None)
    assert end.detail.startswith("2 of 4 cases passed; case 1: failed")
    assert engine.running == []


async def test_a_result_is_on_the_log_before_the_next_case_begins(
    bus: MemoryBus, client: Client
) -> None:
    seen: list[int] = []

    async def program(job: Job, _write: Write) -> int:
        seen.append(len(await client.cases(address)))
        return 0

    async with working(bus, FakeEngine(program)):
        address = await client.submit(spec=EvaluationSpec(code="x", cases=(Case(),) * 3))
        await client.completed(address)
    assert seen == [0, 1, 2]


async def test_fail_fast_runs_no_more_after_the_first_that_does_not_pass(
    bus: MemoryBus, client: Client
) -> None:
    cases = (Case(), Case(argv=("1",)), Case())
    engine = FakeEngine(repeat)
    async with working(bus, engine):
        address = await client.submit(spec=EvaluationSpec(code="x", cases=cases, fail_fast=True))
        end = await client.completed(address)
    assert end.cases is not None
    assert (end.cases.passed, end.cases.failed, end.cases.skipped) == (1, 1, 1)
    assert len(engine.started) == 2


async def test_compiled_once_run_for_every_case(bus: MemoryBus, client: Client) -> None:
    engine = FakeEngine(compiler())
    spec = EvaluationSpec(
        code="int main(){}", language="c", cases=(Case(stdin="a"), Case(stdin="b"))
    )
    async with working(bus, engine):
        address = await client.submit(spec=spec)
        end = await client.completed(address)
    assert [sandbox.job.command[0] for sandbox in engine.started] == [
        "gcc",
        "/tmp/build/program",
        "/tmp/build/program",
    ]
    assert end.outcome == "succeeded"
    assert end.compilation is not None
    assert await client.output(address) == b"ab"


async def test_cases_share_the_output_limit_and_each_is_told_truly(
    bus: MemoryBus, client: Client
) -> None:
    async def program(job: Job, write: Write) -> int:
        for _ in range(4):
            await write("stdout", job.stdin * 50_000)
        return 0

    cases = tuple(Case(stdin=letter) for letter in "abc")
    limit = 300_000
    async with working(bus, FakeEngine(program)):
        address = await client.submit(
            spec=EvaluationSpec(code="x", cases=cases), limits=Limits(output_bytes=limit)
        )
        end = await client.completed(address)
    output = await client.output(address)
    assert len(output) <= limit
    assert (end.stdout.total_bytes, end.stdout.dropped_bytes) == (len(output), 0)
    for case, letter in zip(await client.cases(address), b"abc", strict=True):
        recorded = case.stdout.head_bytes + case.stdout.tail_bytes
        assert case.stdout.total_bytes == 200_000
        assert recorded + case.stdout.dropped_bytes == 200_000
        assert output[case.stdout_offset :][:recorded] == bytes([letter]) * recorded
    assert end.reached == ("output_bytes",)


async def test_a_cancel_between_cases_skips_the_rest(bus: MemoryBus, client: Client) -> None:
    async def program(job: Job, write: Write) -> int:
        if job.stdin == b"stop":
            await write("stdout", b"here")
            await wait_until(lambda: False, within=30)
        return 0

    spec = EvaluationSpec(code="x", cases=(Case(), Case(stdin="stop"), Case()))
    async with working(bus, FakeEngine(program)):
        address = await client.submit(spec=spec)
        await wait_until(lambda: client.chunks(address))
        await client.cancel(address)
        end = await client.completed(address)
    assert end.outcome == "cancelled"
    assert end.cases is not None
    assert (end.cases.passed, end.cases.skipped) == (1, 2)


async def test_a_lost_sandbox_loses_the_attempt_not_the_case(
    bus: MemoryBus, client: Client
) -> None:
    engine = FakeEngine()

    async def program(job: Job, _write: Write) -> int:
        if job.stdin == b"2":
            engine.running[-1].vanish(SandboxLost("gone"))
            await wait_until(lambda: False, within=30)
        return 0

    engine.program = program
    spec = EvaluationSpec(code="x", cases=(Case(stdin="1"), Case(stdin="2")))
    async with working(bus, engine):
        address = await client.submit(spec=spec)
        await client.reached(address, "AttemptFailed")
    assert len(await client.cases(address)) == 1


async def test_a_case_that_does_not_fit_its_limits_fails_alone(
    bus: MemoryBus, client: Client
) -> None:
    small = RequestedLimits(scratch_bytes=1 << 20)
    spec = EvaluationSpec(code="x", cases=(Case(stdin="y" * (2 << 20), limits=small), Case()))
    async with working(bus, FakeEngine()):
        address = await client.submit(spec=spec)
        end = await client.completed(address)
    (first, second) = await client.cases(address)
    assert (first.limit, first.passed, second.passed) == ("scratch_bytes", False, True)
    assert end.limit == "scratch_bytes"
