"""The projection over a log in memory and a real PostgreSQL: who projects, what a crash costs, what is an alarm."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import httpx2
import pytest
from cloche_kit.archive.reader import ArchiveReader
from cloche_kit.log import EventLog
from cloche_kit.memory import MemoryBus
from cloche_kit.objects import MemoryObjects
from cloche_kit.telemetry import configure
from cloche_projector import projector as projector_module
from cloche_projector.app import Deps, serve
from cloche_projector.layout import NAME
from cloche_projector.projector import Projector
from cloche_projector.settings import ProjectorSettings
from cloche_schemas.events import EvaluationEvent
from cloche_schemas.subjects import Address
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from support.recorded import address_of, append, queued, started, story
from support.waiting import wait_until

ONE, TWO = address_of(1), address_of(2)


class World:
    """A log in memory and a database; projectors come and go."""

    def __init__(self, dsn: str, folder: Path) -> None:
        self.dsn = dsn
        self.folder = folder
        self.bus = MemoryBus()
        self.archive = ArchiveReader(MemoryObjects(), stream="EVALUATIONS")
        self.spans = InMemorySpanExporter()
        self.telemetry = configure("projector", instance="t", exporter=self.spans)
        self.log = EventLog(self.bus, self.telemetry, instance="t")

    def settings(self, **changes: object) -> ProjectorSettings:
        return ProjectorSettings.model_validate(
            {"postgres_dsn": self.dsn, "standby_seconds": 0.02} | changes
        )

    async def append(self, address: Address, *events: EvaluationEvent) -> None:
        await append(self.log, address, *events)

    @asynccontextmanager
    async def projector(self, bus: MemoryBus | None = None) -> AsyncIterator[Projector]:
        projector = Projector(self.settings(), bus or self.bus, self.archive, self.telemetry)
        work = asyncio.create_task(projector.run())
        try:
            yield projector
        finally:
            work.cancel()
            await asyncio.wait({work})

    async def fetch(self, query: str) -> list[tuple[object, ...]]:
        connection = await asyncpg.connect(self.dsn)
        try:
            return [tuple(row) for row in await connection.fetch(query)]
        except asyncpg.UndefinedTableError:
            return []
        finally:
            await connection.close()

    async def statuses(self) -> list[object]:
        return [row[0] for row in await self.fetch("SELECT status FROM evaluations ORDER BY id")]

    async def projected(self) -> bool:
        last = (await self.bus.state()).last
        return await self.fetch("SELECT sequence FROM checkpoints") == [(last,)]


@pytest.fixture
def world(postgres_dsn: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> World:
    monkeypatch.setattr(projector_module, "BACKOFF_SECONDS", (0.02, 0.1))
    return World(postgres_dsn, tmp_path)


async def test_rows_follow_the_log(world: World) -> None:
    async with world.projector() as projector:
        await world.append(ONE, *story(("stdout", b"hi")))
        await wait_until(world.projected)
        assert await world.statuses() == ["completed"]
        await world.append(TWO, queued())
        await wait_until(world.projected)
        assert (projector.active, projector.connected) == (True, True)
    assert await world.statuses() == ["completed", "queued"]
    assert await world.fetch("SELECT data FROM outputs") == [(b"hi",)]


async def test_poison_is_parked_and_the_next_message_is_projected_within_a_second(
    world: World,
) -> None:
    async with world.projector() as projector:
        await wait_until(lambda: projector.active)
        await world.append(ONE, queued())
        await world.bus.append(ONE.log, b"{not json", msg_id="1")
        first = await world.bus.get(1)
        assert first is not None
        unknown = first.data.replace(b"evaluation.queued.v1", b"evaluation.queued.v9")
        await world.bus.append(ONE.log, unknown, msg_id="2")
        await world.append(TWO, *story())
        await wait_until(world.projected, within=1.0)
    assert await world.statuses() == ["queued", "completed"]
    assert [(p.reason, p.handler) for p in await world.bus.parked()] == [
        ("malformed", "projector"),
        ("unknown_type", "projector"),
    ]


@pytest.mark.parametrize("after", range(6))
async def test_a_projector_killed_at_any_point_costs_nothing(world: World, after: int) -> None:
    events = story(("stdout", b"a"), ("stdout", b"b"))
    async with world.projector():
        await world.append(ONE, *events[:after])
        await wait_until(world.projected if after else lambda: True)
    await world.append(ONE, *events[after:])
    async with world.projector():
        await wait_until(world.projected)
    assert await world.statuses() == ["completed"]
    assert await world.fetch("SELECT size, data FROM outputs") == [(2, b"ab")]
    assert await world.bus.parked() == []


async def test_of_two_projectors_one_is_active_and_the_other_takes_over(world: World) -> None:
    async with world.projector() as standby_later:
        await wait_until(lambda: standby_later.active)
        async with world.projector() as standby:
            await wait_until(lambda: standby.connected)
            await world.append(ONE, *story())
            await wait_until(world.projected)
            assert not standby.active
            # As after kill -9: the server drops the session, and with it the lock.
            await world.fetch(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
            )
            await wait_until(lambda: standby.active or standby_later.active)
            await world.append(TWO, *story())
            await wait_until(world.projected)
            assert standby.active != standby_later.active
    assert await world.statuses() == ["completed", "completed"]


async def test_a_lost_connection_is_noticed_while_idle_and_made_again(world: World) -> None:
    async with world.projector() as projector:
        await wait_until(lambda: projector.active)
        await world.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'cloche-projector'"
        )
        await wait_until(lambda: not projector.connected)
        await wait_until(lambda: projector.active)
        await world.append(ONE, *story())
        await wait_until(world.projected)


async def test_a_database_that_is_not_there_yet_is_waited_for(world: World) -> None:
    name = world.dsn.rsplit("/", 1)[1]
    dsn, world.dsn = world.dsn, f"{world.dsn}_later"
    await world.append(ONE, *story())
    async with world.projector() as projector:
        await asyncio.sleep(0.1)
        assert not projector.connected
        admin = await asyncpg.connect(dsn)
        await admin.execute(f'CREATE DATABASE "{name}_later"')
        await wait_until(world.projected)
        await admin.close()
    admin = await asyncpg.connect(dsn)
    await admin.execute(f'DROP DATABASE "{name}_later" WITH (FORCE)')
    await admin.close()


async def test_while_the_log_is_away_the_rows_stay_and_then_go_on(world: World) -> None:
    world.bus.available = False
    async with world.projector() as projector:
        await wait_until(lambda: projector.connected)
        assert not projector.active
        world.bus.available = True
        await world.append(ONE, *story())
        await wait_until(world.projected)


async def test_the_span_of_a_projection_belongs_to_the_trace_of_the_evaluation(
    world: World,
) -> None:
    async with world.projector():
        with world.telemetry.tracer.start_as_current_span("request") as request:
            await world.append(ONE, queued(), started())
        await wait_until(world.projected)
    projected = [span for span in world.spans.get_finished_spans() if span.name == "project"]
    assert projected
    trace = request.get_span_context().trace_id
    assert {(span.context.trace_id if span.context else 0) for span in projected} == {trace}


@asynccontextmanager
async def served(world: World, bus: MemoryBus) -> AsyncIterator[httpx2.AsyncClient]:
    stop = asyncio.Event()
    port_file = world.folder / "port"
    settings = world.settings(port_file=port_file)
    work = asyncio.create_task(serve(Deps(bus, world.archive, world.telemetry), settings, stop))
    try:
        await wait_until(port_file.exists)
        url = f"http://127.0.0.1:{int(port_file.read_text())}"
        async with httpx2.AsyncClient(base_url=url) as client:
            yield client
    finally:
        stop.set()
        await asyncio.wait_for(work, 5)


async def test_readiness_tells_of_both_stores_and_metrics_of_the_checkpoint(world: World) -> None:
    async with served(world, world.bus) as client:
        await world.append(ONE, *story())
        await wait_until(world.projected)
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()["checks"]) == (200, {"log": True, "postgres": True})
        metrics = (await client.get("/metrics")).text
        assert "cloche_projector_checkpoint 3.0" in metrics
        assert "cloche_projector_active 1.0" in metrics
        world.bus.available = False
        assert (await client.get("/readyz")).status_code == 503


@pytest.mark.parametrize("how", ["foreign", "shorter", "gone"])
async def test_a_log_that_is_not_ours_raises_the_alarm_and_nothing_is_written(
    world: World, how: str
) -> None:
    async with world.projector():
        await world.append(ONE, *story())
        await wait_until(world.projected)
    bus = world.bus
    if how == "gone":
        bus.lose()
    else:
        bus = MemoryBus()
    if how == "shorter":
        bus._epoch = world.bus._epoch
    async with served(world, bus) as client:

        async def alarmed() -> bool:
            return (await client.get("/livez")).status_code == 503

        await wait_until(alarmed)
        answer = (await client.get("/readyz")).json()
        assert "log" in answer["alarm"]
    assert await world.fetch("SELECT name, sequence FROM checkpoints") == [(NAME, 3)]
    assert await world.statuses() == ["completed"]
