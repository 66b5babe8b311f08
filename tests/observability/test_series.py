"""However much is run, by however many tenants: no series is added to the metrics."""

import asyncio
import contextlib
import os
import re
import uuid
from collections.abc import AsyncIterator

import cloche_executor.app
import cloche_projector.app
import cloche_storage.app
import pytest
from cloche_domain import Submit, decide, fold
from cloche_executor.engines.choose import Choice, Wanted
from cloche_executor.sandbox import Job
from cloche_executor.settings import ExecutorSettings
from cloche_gateway.dispatcher import measure
from cloche_gateway.gauges import show
from cloche_gateway.queue_models import OpenRow
from cloche_kit.archive.reader import ArchiveReader
from cloche_kit.bus import EventBus
from cloche_kit.jetstream import open_bus
from cloche_kit.log import EventLog, utcnow
from cloche_kit.objects import MemoryObjects
from cloche_kit.queue import Depth
from cloche_kit.telemetry import configure
from cloche_projector.settings import ProjectorSettings
from cloche_schemas.commands import EvaluationSpec
from cloche_schemas.events import EvaluationQueued, LifecycleEvent
from cloche_schemas.subjects import Address
from cloche_schemas.values import PRIORITIES, Limits, Priority
from cloche_storage.deps import Deps as StorageDeps
from cloche_storage.settings import StorageSettings
from prometheus_client import REGISTRY
from pydantic import SecretStr
from support.bus import bus_settings
from support.fake_engine import FakeEngine, Write
from support.gateway import Stage, stage_with
from support.nats import NatsServer
from support.waiting import wait_for_progress, wait_until

# Each tenant has ten of every day's; a series for an evaluation or a tenant would be there with the first.
EVALUATIONS = 10_000 if os.environ.get("CLOCHE_TEST_FULL") else 1_000
TENANTS = 100
TOGETHER = 500
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-|cloche_[a-z2-7]{12}_")
Series = tuple[str, tuple[tuple[str, str], ...]]


def series() -> set[Series]:
    """Every series of this process, by its name and labels."""
    return {
        (sample.name, tuple(sorted(sample.labels.items())))
        for family in REGISTRY.collect()
        for sample in family.samples
        if sample.name.startswith("cloche_")
    }


async def says(job: Job, write: Write) -> int:
    """Some programs fail, some write to stderr."""
    number = int(job.files[0].content)
    await write("stdout" if number % 2 else "stderr", b"x")
    return number % 3


class Works:
    """Executor, storage and projector over one log."""

    def __init__(self, bus: EventBus, dsn: str) -> None:
        self.bus = bus
        self.dsn = dsn
        self.stop = asyncio.Event()
        self.telemetry = configure("test", instance="t")
        self.log = EventLog(self.bus, self.telemetry, instance="t")
        self.objects = MemoryObjects()

    async def submit(self, tenants: list[str], count: int) -> None:
        """So many evaluations, each of the next tenant."""
        for first in range(0, count, TOGETHER):
            events: list[tuple[Address, LifecycleEvent]] = []
            for number in range(first, min(first + TOGETHER, count)):
                priority: Priority = PRIORITIES[number % len(PRIORITIES)]
                spec = EvaluationSpec(code=str(number), priority=priority)
                event = decide(Submit(spec=spec, limits=Limits()), fold([]))
                assert isinstance(event, EvaluationQueued)
                tenant = tenants[number % len(tenants)]
                events.append((Address(tenant, str(uuid.uuid4())), event))
            await self.log.append_first(events)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async def choose(_wanted: Wanted) -> Choice:
            return Choice((FakeEngine(says),))

        executor = cloche_executor.app.Deps(self.bus, self.log, self.telemetry, choose)
        storage = StorageDeps(self.bus, self.log, self.telemetry, self.objects)
        archive = ArchiveReader(self.objects, stream="EVALUATIONS")
        projector = cloche_projector.app.Deps(self.bus, archive, self.telemetry)
        rows = ProjectorSettings(postgres_dsn=SecretStr(self.dsn), stop_seconds=3)
        tasks = [
            asyncio.create_task(one)
            for one in (
                cloche_executor.app.serve(
                    executor, ExecutorSettings(slots=16, stop_seconds=3), self.stop
                ),
                cloche_storage.app.serve(storage, StorageSettings(stop_seconds=3), self.stop),
                cloche_projector.app.serve(projector, rows, self.stop),
            )
        ]
        try:
            yield
        finally:
            self.stop.set()
            await asyncio.gather(*tasks)


def ended() -> int:
    """Evaluations whose end the projector has counted."""
    return int(
        sum(
            sample.value
            for family in REGISTRY.collect()
            for sample in family.samples
            if sample.name == "cloche_projector_ended_total"
        )
    )


@pytest.mark.timeout(900)
async def test_thousands_of_evaluations_of_a_hundred_tenants_add_no_series(
    postgres_dsn: str, nats_server: NatsServer
) -> None:
    async with open_bus(bus_settings(nats_server.url), name="test") as bus:
        await _run_them_all(Works(bus, postgres_dsn))


async def _run_them_all(works: Works) -> None:
    async with works.running():
        begun = ended()
        await works.submit(["warm"], 60)
        await wait_until(lambda: ended() - begun == 60, within=60)
        before = series()
        tenants = [f"t{number:03}" for number in range(TENANTS)]
        await works.submit(tenants, EVALUATIONS)
        await wait_for_progress(lambda: begun + 60 + EVALUATIONS - ended(), within=60)
    added = series() - before
    assert not added, sorted(added)[:10]
    assert not [one for one in series() if any(ID.search(value) for _, value in one[1])]
    assert not [one for one in series() if any(value in tenants for _, value in one[1])]


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with stage_with() as made:
        yield made


async def test_whoever_asks_a_gateway_for_whatever_adds_no_series(stage: Stage) -> None:
    async def ask(key: dict[str, str], nonsense: str) -> None:
        evaluation = await stage.client.post("/v1/evaluations", json={"code": "1"}, headers=key)
        where = evaluation.headers["location"]
        for path in (where, f"{where}/output", f"/v1/evaluations/{nonsense}", f"/{nonsense}"):
            await stage.client.get(path, headers=key)
        await stage.client.request(nonsense[:8].upper(), "/v1/evaluations", headers=key)
        await stage.client.get("/v1", headers={"Authorization": f"Bearer {nonsense}"})

    await ask(await stage.key(), uuid.uuid4().hex)
    before = series()
    for number in range(TENANTS):
        key = await stage.key(await stage.tenant(f"n{number}"))
        await ask(key, uuid.uuid4().hex)
    # Making a tenant is a route of its own.
    added = {one for one in series() - before if ("route", "/v1/tenants") not in one[1]}
    assert not added, sorted(added)[:10]


def test_tenants_of_the_queue_are_added_up() -> None:
    measure(Depth({"work.auto.high.a": 1}, {}))
    show([], utcnow())
    before = series()
    work = {f"work.auto.high.t{number}": 1 for number in range(TENANTS)}
    held = {f"held.docker.low.t{number}.all": 1 for number in range(TENANTS)}
    measure(Depth(work, held))
    show(
        [
            OpenRow(tenant=f"t{n}", engine="auto", priority="high", status="queued", count=1)
            for n in range(TENANTS)
        ],
        utcnow(),
    )
    assert series() == before
