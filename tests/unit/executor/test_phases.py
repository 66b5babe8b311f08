"""Compiling, cases and artifacts of an evaluation, with an engine in memory: what ends up on the log."""

from cloche_executor.sandbox import File, Job, Usage
from cloche_kit.memory import MemoryBus
from cloche_schemas.commands import EvaluationSpec
from cloche_schemas.events import AttemptStarted
from cloche_schemas.values import Artifact, Limits
from support.evaluations import Client
from support.fake_compiler import compiler, tar_of
from support.fake_engine import FakeEngine, Write
from support.waiting import wait_until
from support.working import nothing_left, working

C = EvaluationSpec(code="int main(){}", language="c", stdin="in", argv=("a",))


async def test_what_the_compiler_makes_runs_in_a_sandbox_of_its_own(
    bus: MemoryBus, client: Client
) -> None:
    engine = FakeEngine(compiler(said=b"a warning\n"))
    async with working(bus, engine):
        address = await client.submit(spec=C)
        end = await client.completed(address)
    assert (end.outcome, end.exit_code) == ("succeeded", 0)
    assert end.compilation is not None
    assert (end.compilation.exit_code, end.compiler.total_bytes) == (0, 10)
    assert await client.output(address) == b"in"
    assert await client.output(address, stream="compiler") == b"a warning\n"
    first, second = [sandbox.job for sandbox in engine.started]
    assert first.collect is not None
    assert (first.collect.folder, first.stdin, first.limits.memory_bytes) == ("build", b"", 1 << 29)
    assert second.command == ("/tmp/build/program", "a")
    assert File(name="program", content=b"ELF", executable=True, folder="build") in second.files
    assert second.limits == Limits()


async def test_what_does_not_compile_is_told_with_the_compiler_s_words(
    bus: MemoryBus, client: Client
) -> None:
    engine = FakeEngine(compiler(status=1, said=b"error: no\n"))
    async with working(bus, engine):
        address = await client.submit(spec=C)
        end = await client.completed(address)
        assert await nothing_left(bus)
    assert (end.outcome, end.exit_code, end.domain, end.attempt) == (
        "compile_failed",
        1,
        "program",
        1,
    )
    assert await client.output(address, stream="compiler") == b"error: no\n"
    assert await client.output(address, stream="stderr") == b""
    assert len(engine.started) == 1


async def test_a_compiler_that_makes_nothing_has_failed(bus: MemoryBus, client: Client) -> None:
    async with working(bus, FakeEngine(compiler(made=b""))):
        end = await client.completed(await client.submit(spec=C))
    assert (end.outcome, end.detail) == ("compile_failed", "the compiler made nothing")


async def test_a_compiler_over_its_limits_has_failed_by_a_limit(
    bus: MemoryBus, client: Client
) -> None:
    async def forever(job: Job, _write: Write) -> int:
        assert job.command[0] == "gcc"
        await wait_until(lambda: False, within=30)
        return 0

    engine = FakeEngine(forever)
    engine.used = Usage(cpu_seconds=1000)
    async with working(bus, engine):
        end = await client.completed(await client.submit(spec=C))
    assert (end.outcome, end.domain, end.limit) == ("compile_failed", "limit", "cpu_seconds")
    assert "CPU time" in end.detail


async def test_cpu_time_is_watched_from_outside(bus: MemoryBus, client: Client) -> None:
    async def forever(_job: Job, _write: Write) -> int:
        await wait_until(lambda: False, within=30)
        return 0

    engine = FakeEngine(forever)
    engine.used = Usage(cpu_seconds=3.0)
    async with working(bus, engine):
        end = await client.completed(await client.submit(limits=Limits(cpu_seconds=3)))
    assert (end.outcome, end.limit, end.exit_code) == ("timed_out", "cpu_seconds", None)
    assert end.detail == "CPU time of 3 s is used up"


async def test_files_that_a_program_leaves_are_recorded_and_listed(
    bus: MemoryBus, client: Client
) -> None:
    async def program(_job: Job, write: Write) -> int:
        await write("stdout", b"out")
        await write("collected", tar_of(a=b"one", b=b"two!"))
        return 1

    async with working(bus, FakeEngine(program)):
        address = await client.submit()
        end = await client.completed(address)
    assert [(one.name, one.offset, one.size) for one in end.artifacts] == [("a", 0, 3), ("b", 3, 4)]
    assert isinstance(end.artifacts[0], Artifact)
    assert end.artifact_bytes.total_bytes == 7
    assert await client.output(address, stream="artifacts") == b"onetwo!"
    assert await client.output(address) == b"out"


async def test_nothing_is_collected_where_no_file_may_come_back(
    bus: MemoryBus, client: Client
) -> None:
    engine = FakeEngine()
    async with working(bus, engine):
        await client.completed(await client.submit(limits=Limits(artifact_files=0)))
    assert engine.started[0].job.collect is None


async def test_a_required_engine_that_is_not_here_is_refused_with_the_reason(
    bus: MemoryBus, client: Client
) -> None:
    engine = FakeEngine()
    async with working(bus, engine):
        address = await client.submit(spec=EvaluationSpec(code="x", require="gvisor"))
        failed = await client.failed(address)
    assert failed.reason == "engine_refused"
    assert "gvisor or stronger is required" in failed.detail
    assert engine.started == []


async def test_work_for_an_engine_by_name_runs_there(bus: MemoryBus, client: Client) -> None:
    strong, weak = FakeEngine(name="docker"), FakeEngine(name="bubblewrap")
    async with working(bus, strong, weak):
        spec = EvaluationSpec(code="x", engine="bubblewrap")
        address = await client.submit(spec=spec)
        await client.completed(address)
    assert (len(strong.started), len(weak.started)) == (0, 1)
    started = (await client.events(address))[1]
    assert isinstance(started, AttemptStarted)
    assert (started.engine, started.image, started.image_digest) == (
        "bubblewrap",
        "fake-python",
        "sha256:fake",
    )
