"""The executor put together: health, files, engine, work, and its spans."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cloche_executor.app import Deps, serve
from cloche_executor.engines.choose import Choice, Wanted
from cloche_executor.sandbox import EngineUnavailable, Job
from cloche_executor.settings import ExecutorSettings
from cloche_kit.log import EventLog
from cloche_kit.memory import MemoryBus
from cloche_kit.telemetry import configure, trace_id_of
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind
from support.evaluations import Client
from support.fake_engine import FakeEngine, Write
from support.http import get
from support.waiting import wait_until
from support.working import working


@asynccontextmanager
async def serving(
    bus: MemoryBus, settings: ExecutorSettings, engine: FakeEngine, ready: asyncio.Event
) -> AsyncIterator[asyncio.Event]:
    """The whole service but for its edges. The engine is there when `ready` is set."""
    telemetry = configure("executor", instance="e1")
    stop = asyncio.Event()
    wanted: list[Wanted] = []

    async def choose(what: Wanted) -> Choice:
        wanted.append(what)
        await ready.wait()
        return Choice((engine,), (("docker", "a test"),))

    deps = Deps(bus, EventLog(bus, telemetry, instance="e1"), telemetry, choose)
    task = asyncio.create_task(serve(deps, settings, stop))
    try:
        yield stop
        assert wanted[0].installation == (await bus.state()).epoch
    finally:
        stop.set()
        async with asyncio.timeout(5):
            await task


async def test_it_is_alive_at_once_and_ready_when_its_engine_is(
    bus: MemoryBus, client: Client, tmp_path: Path
) -> None:
    settings = ExecutorSettings(
        status_file=tmp_path / "status", port_file=tmp_path / "port", slots=1, work_ack_wait=2
    )
    engine, ready = FakeEngine(), asyncio.Event()
    async with serving(bus, settings, engine, ready):
        await wait_until(settings.port_file.exists)  # type: ignore[union-attr]
        port = int((tmp_path / "port").read_text())
        assert (await get(port, "/livez"))[0] == 200
        assert (await get(port, "/readyz"))[0] == 503
        assert not (tmp_path / "status").exists()
        ready.set()
        await wait_until((tmp_path / "status").exists)
        assert json.loads((tmp_path / "status").read_text())["reason"] == "docker: a test"
        assert (await get(port, "/readyz"))[0] == 200
        assert (await client.completed(await client.submit())).outcome == "succeeded"
        engine.healthy = False
        assert (await get(port, "/readyz"))[0] == 503
    assert engine.closed


async def test_it_can_be_stopped_while_the_engine_is_being_made(bus: MemoryBus) -> None:
    async with serving(bus, ExecutorSettings(), FakeEngine(), asyncio.Event()) as stop:
        await asyncio.sleep(0.05)
        stop.set()


async def test_without_any_engine_it_ends_with_the_reason(bus: MemoryBus) -> None:
    async def choose(_: Wanted) -> Choice:
        raise EngineUnavailable("docker: none; bubblewrap: none")

    telemetry = configure("executor", instance="e1")
    deps = Deps(bus, EventLog(bus, telemetry, instance="e1"), telemetry, choose)
    with pytest.raises(EngineUnavailable, match="bubblewrap: none"):
        await serve(deps, ExecutorSettings(), asyncio.Event())


async def test_an_attempt_is_one_span_of_the_submission_s_trace_with_its_phases_below(
    bus: MemoryBus, client: Client
) -> None:
    async def program(_job: Job, write: Write) -> int:
        await write("stdout", b"x")
        return 0

    exporter = InMemorySpanExporter()
    async with working(bus, FakeEngine(program), exporter=exporter):
        address = await client.submit()
        await client.completed(address)
    (queued, *_) = (await client.log.read(address)).entries
    spans = {span.name: span for span in exporter.get_finished_spans()}
    attempt = spans["run attempt"]
    assert attempt.kind is SpanKind.CONSUMER
    assert format(attempt.context.trace_id, "032x") == trace_id_of(queued.envelope)
    phases = ["prepare", "start sandbox", "run program", "collect output"]
    for name in [*phases, "append started.v1", "append completed.v1"]:
        parent = spans[name].parent
        assert parent is not None
        assert parent.span_id == attempt.context.span_id, name
    assert spans["append output-chunk.v1"].context.trace_id == attempt.context.trace_id
