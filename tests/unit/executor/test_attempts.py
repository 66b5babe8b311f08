"""One evaluation through an executor with an engine in memory: what ends up on the log."""

import asyncio

import pytest
from cloche_executor.sandbox import (
    EngineUnavailable,
    Exit,
    File,
    HandoverFailed,
    ImageMissing,
    Job,
    SandboxError,
    SandboxLost,
    Usage,
)
from cloche_kit.memory import MemoryBus
from cloche_schemas.commands import EvaluationSpec
from cloche_schemas.events import AttemptFailed, AttemptStarted
from cloche_schemas.values import Limits
from support.evaluations import Client
from support.fake_engine import FakeEngine, Write
from support.waiting import wait_until
from support.working import nothing_left, working


async def forever(_job: Job, write: Write) -> int:
    await write("stdout", b"on it\n")
    await asyncio.Event().wait()
    return 0


async def test_a_program_runs_and_its_output_exit_code_and_usage_are_on_the_log(
    bus: MemoryBus, client: Client
) -> None:
    async def program(job: Job, write: Write) -> int:
        await write("stdout", b"hello ")
        await write("stderr", b"oops")
        await write("stdout", job.files[0].content)
        return 3

    engine = FakeEngine(program)
    async with working(bus, engine):
        address = await client.submit("world")
        end = await client.completed(address)
        assert await nothing_left(bus)
    assert await client.types(address) == [
        "EvaluationQueued",
        "AttemptStarted",
        "EvaluationCompleted",
    ]
    assert (end.outcome, end.exit_code, end.domain) == ("failed", 3, "program")
    assert await client.output(address) == b"hello world"
    assert await client.output(address, stream="stderr") == b"oops"
    assert end.stdout.total_bytes == 11
    assert end.usage is not None
    started = (await client.events(address))[1]
    assert isinstance(started, AttemptStarted)
    assert (started.executor, started.engine, started.enforced) == (
        "e1",
        "bubblewrap",
        ("wall_seconds",),
    )
    assert engine.running == []


async def test_the_sandbox_gets_the_program_its_arguments_input_limits_and_labels(
    bus: MemoryBus, client: Client
) -> None:
    engine = FakeEngine()
    spec = EvaluationSpec(
        code="cat", language="bash", name="run.sh", argv=("a", "ü"), stdin="in", priority="low"
    )
    async with working(bus, engine):
        address = await client.submit(spec=spec, limits=Limits(pids=7))
        end = await client.completed(address)
    job = engine.started[0].job
    assert (job.image, job.command) == ("python", ("bash", "run.sh", "a", "ü"))
    assert job.files == (File(name="run.sh", content=b"cat"),)
    assert (job.stdin, job.limits.pids, job.mould.pids) == (b"in", 7, 7)
    assert (job.labels.evaluation, job.labels.attempt, job.labels.executor) == (
        address.evaluation,
        1,
        "e1",
    )
    assert end.outcome == "succeeded"


async def test_a_program_that_outlives_its_wall_time_is_killed_and_timed_out(
    bus: MemoryBus, client: Client
) -> None:
    engine = FakeEngine(forever)
    async with working(bus, engine):
        address = await client.submit(limits=Limits(wall_seconds=0.2))
        end = await client.completed(address)
    assert (end.outcome, end.domain, end.exit_code, end.signal) == ("timed_out", "limit", None, 9)
    assert "0.2 s" in end.detail
    assert await client.output(address) == b"on it\n"


async def test_a_cancel_ends_a_running_program_and_keeps_what_it_wrote(
    bus: MemoryBus, client: Client
) -> None:
    engine = FakeEngine(forever)
    async with working(bus, engine):
        address = await client.submit()
        await wait_until(lambda: client.chunks(address))
        await client.cancel(address)
        end = await client.completed(address)
        assert await nothing_left(bus)
    assert (end.outcome, end.attempt, end.domain) == ("cancelled", 1, None)
    assert await client.output(address) == b"on it\n"
    assert engine.running == []


async def test_an_evaluation_cancelled_before_it_started_never_runs(
    bus: MemoryBus, client: Client
) -> None:
    engine = FakeEngine()
    address = await client.submit()
    await client.cancel(address)
    async with working(bus, engine):
        assert await nothing_left(bus)
    assert engine.started == []
    assert await client.types(address) == ["EvaluationQueued", "EvaluationCompleted"]


async def test_out_of_memory_is_a_verdict_on_the_program(bus: MemoryBus, client: Client) -> None:
    async def program(_job: Job, _write: Write) -> int:
        return 137

    engine = FakeEngine(program)
    engine.exit = lambda status: Exit(
        status=status, out_of_memory=True, usage=Usage(peak_memory_bytes=5)
    )
    async with working(bus, engine):
        end = await client.completed(await client.submit())
    assert (end.outcome, end.domain, end.exit_code) == ("out_of_memory", "limit", 137)
    assert end.usage is not None
    assert end.usage.peak_memory_bytes == 5


async def test_output_over_the_limit_is_counted_and_the_program_goes_on(
    bus: MemoryBus, client: Client
) -> None:
    async def program(_job: Job, write: Write) -> int:
        for _ in range(40):
            await write("stdout", b"x" * 10_000)
        await write("stdout", b"the end")
        return 0

    async with working(bus, FakeEngine(program)):
        address = await client.submit(limits=Limits(output_bytes=1000))
        end = await client.completed(address)
    assert end.outcome == "succeeded"
    said = end.stdout
    assert (said.total_bytes, said.head_bytes, said.tail_bytes) == (400_007, 1000, 65_536)
    assert said.dropped_bytes == 400_007 - 1000 - 65_536
    chunks = await client.chunks(address)
    assert len(chunks) == said.chunks
    assert chunks[-1].offset == 400_007 - 65_536
    assert chunks[-1].data.endswith(b"xthe end")


@pytest.mark.parametrize(
    ("spec", "domain", "said"),
    [
        (EvaluationSpec(code="x", argv=("a\0b",)), "program", "NUL"),
        (EvaluationSpec(code="x" * (2 << 20)), "limit", "scratch"),
        (EvaluationSpec(code="x" * 600_000), "limit", "file"),
    ],
)
async def test_what_no_sandbox_can_take_fails_without_one(
    bus: MemoryBus, client: Client, spec: EvaluationSpec, domain: str, said: str
) -> None:
    engine = FakeEngine()
    limits = Limits(scratch_bytes=1 << 20, file_bytes=500_000)
    async with working(bus, engine):
        end = await client.completed(await client.submit(spec=spec, limits=limits))
    assert (end.outcome, end.domain) == ("failed", domain)
    assert said in end.detail
    assert engine.started == []


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (SandboxError("no"), "sandbox_unavailable"),
        (ImageMissing("no"), "image_missing"),
        (HandoverFailed("no"), "handover_failed"),
    ],
)
async def test_a_sandbox_that_cannot_be_made_is_our_failure(
    bus: MemoryBus, client: Client, error: SandboxError, reason: str
) -> None:
    engine = FakeEngine()
    engine.error = error
    async with working(bus, engine):
        address = await client.submit()
        await client.reached(address, "AttemptFailed")
        assert await nothing_left(bus)
    failed = (await client.events(address))[-1]
    assert isinstance(failed, AttemptFailed)
    assert (failed.attempt, failed.reason, failed.domain) == (1, reason, "infrastructure")


async def test_a_sandbox_that_vanishes_is_our_failure(bus: MemoryBus, client: Client) -> None:
    engine = FakeEngine(forever)
    async with working(bus, engine):
        address = await client.submit()
        await wait_until(lambda: client.chunks(address))
        engine.started[0].vanish(SandboxLost("it is gone"))
        await client.reached(address, "AttemptFailed")
    failed = (await client.events(address))[-1]
    assert isinstance(failed, AttemptFailed)
    assert (failed.reason, failed.detail) == ("sandbox_lost", "it is gone")


async def test_no_work_is_taken_while_the_engine_is_away(bus: MemoryBus, client: Client) -> None:
    engine = FakeEngine()
    engine.error, engine.healthy = EngineUnavailable("gone"), False
    async with working(bus, engine):
        first = await client.submit()
        await client.reached(first, "AttemptFailed")
        second = await client.submit()
        await asyncio.sleep(0.1)
        assert await client.types(second) == ["EvaluationQueued"]
        engine.error, engine.healthy = None, True
        assert (await client.completed(second)).outcome == "succeeded"


async def test_a_later_attempt_runs_what_the_first_event_carries(
    bus: MemoryBus, client: Client
) -> None:
    engine = FakeEngine()
    engine.error = SandboxError("once")
    async with working(bus, engine):
        address = await client.submit("the code")
        await client.reached(address, "AttemptFailed")
        engine.error = None
        await client.requeue(address)
        end = await client.completed(address)
    assert end.attempt == 2
    assert engine.started[0].job.files[0].content == b"the code"
    assert engine.started[0].job.labels.attempt == 2


async def test_a_stop_while_the_sandbox_is_cleaned_up_keeps_the_verdict(
    bus: MemoryBus, client: Client
) -> None:
    engine = FakeEngine()
    engine.close_seconds = 0.3
    async with working(bus, engine):
        address = await client.submit()
        await wait_until(lambda: engine.started and engine.started[0].closing)
    assert engine.running == []
    assert (await client.completed(address, within=0.0)).outcome == "succeeded"
