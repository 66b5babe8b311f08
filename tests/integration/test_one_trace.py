"""One evaluation is one trace: the client's, through all four services, each over its own edges in one process."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import cloche_executor.app
import cloche_gateway.app
import cloche_projector.app
import cloche_storage.app
import httpx2
import pytest
from cloche_executor.engines.choose import Choice, Wanted
from cloche_executor.sandbox import Job
from cloche_executor.settings import ExecutorSettings
from cloche_gateway.deps import Deps as GatewayDeps
from cloche_gateway.read_models import open_read_models
from cloche_gateway.settings import GatewaySettings
from cloche_kit.archive.reader import ArchiveReader
from cloche_kit.log import EventLog
from cloche_kit.memory import MemoryBus
from cloche_kit.objects import MemoryObjects
from cloche_kit.telemetry import Telemetry, configure
from cloche_projector.settings import ProjectorSettings
from cloche_storage.deps import Deps as StorageDeps
from cloche_storage.settings import StorageSettings
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pydantic import SecretStr
from support.fake_engine import FakeEngine, Write
from support.waiting import wait_until

KEY = "a-key-that-is-long-enough"
TRACE = "0af7651916cd43dd8448eb211c80319c"
CLIENT = {"Authorization": f"Bearer {KEY}", "traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}


async def prints(_job: Job, write: Write) -> int:
    await write("stdout", b"hello\n")
    return 0


class Services:
    """The four services over one log, one object store and one database; every span goes to one exporter."""

    def __init__(self, dsn: str, folder: Path) -> None:
        self.exporter = InMemorySpanExporter()
        self.bus = MemoryBus()
        self.objects = MemoryObjects()
        self.port_file = folder / "port"
        self._dsn = dsn
        self._stop = asyncio.Event()

    def _telemetry(self, service: str) -> Telemetry:
        return configure(service, instance=service, exporter=self.exporter)

    def _log(self, telemetry: Telemetry) -> EventLog:
        return EventLog(self.bus, telemetry, instance=telemetry.service)

    async def _gateway(self) -> None:
        telemetry = self._telemetry("gateway")
        settings = GatewaySettings(
            port=0, port_file=self.port_file, api_key=SecretStr(KEY), stop_seconds=3
        )
        async with open_read_models(self._dsn) as read_models:
            deps = GatewayDeps(
                access=MemoryBus(),
                schedules=MemoryBus(),
                bus=self.bus,
                log=self._log(telemetry),
                telemetry=telemetry,
                objects=self.objects,
                read_models=read_models,
            )
            await cloche_gateway.app.serve(deps, settings, self._stop)

    async def _executor(self) -> None:
        telemetry = self._telemetry("executor")

        async def choose(_wanted: Wanted) -> Choice:
            return Choice((FakeEngine(prints),))

        deps = cloche_executor.app.Deps(self.bus, self._log(telemetry), telemetry, choose)
        await cloche_executor.app.serve(deps, ExecutorSettings(stop_seconds=3), self._stop)

    async def _storage(self) -> None:
        telemetry = self._telemetry("storage")
        deps = StorageDeps(self.bus, self._log(telemetry), telemetry, self.objects)
        await cloche_storage.app.serve(deps, StorageSettings(stop_seconds=3), self._stop)

    async def _projector(self) -> None:
        settings = ProjectorSettings(postgres_dsn=SecretStr(self._dsn), stop_seconds=3)
        archive = ArchiveReader(self.objects, stream="EVALUATIONS")
        deps = cloche_projector.app.Deps(self.bus, archive, self._telemetry("projector"))
        await cloche_projector.app.serve(deps, settings, self._stop)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[httpx2.AsyncClient]:
        """A client of the gateway, while all four run."""
        services = (self._gateway, self._executor, self._storage, self._projector)
        tasks = [asyncio.create_task(service(), name=service.__name__) for service in services]
        try:
            await wait_until(
                lambda: self.port_file.exists() or any(t.done() for t in tasks), within=20
            )
            url = f"http://127.0.0.1:{int(self.port_file.read_text())}"
            async with httpx2.AsyncClient(base_url=url, headers=CLIENT) as client:
                yield client
        finally:
            self._stop.set()
            await asyncio.gather(*tasks)


def by_service(spans: tuple[ReadableSpan, ...]) -> dict[str, list[ReadableSpan]]:
    found: dict[str, list[ReadableSpan]] = {}
    for span in spans:
        found.setdefault(str(span.resource.attributes["service.name"]), []).append(span)
    return found


@pytest.fixture
async def services(postgres_dsn: str, tmp_path: Path) -> Services:
    return Services(postgres_dsn, tmp_path)


async def test_one_evaluation_is_one_trace_through_all_services(services: Services) -> None:
    async with services.running() as client:
        accepted = await client.post("/v1/evaluations", json={"code": "print('hello')"})
        assert accepted.status_code == 202, accepted.text
        where = accepted.headers["Location"]

        async def archived() -> bool:
            answer = await client.get(where)
            return answer.status_code == 200 and bool(answer.json()["archived"])

        await wait_until(archived, within=20)
        view = (await client.get(where)).json()
        assert (view["outcome"], view["trace_id"]) == ("succeeded", TRACE)

        async def in_postgres() -> bool:
            items = (await client.get("/v1/evaluations")).json()["items"]
            return bool(items) and items[0]["sequence"] == view["sequence"]

        await wait_until(in_postgres, within=20)
        assert (await client.get(f"{where}/output")).content == b"hello\n"

    evaluation = where.rsplit("/", 1)[1]
    spans = tuple(
        span
        for span in services.exporter.get_finished_spans()
        if span.attributes and span.attributes.get("cloche.evaluation.id") == evaluation
    )
    found = by_service(spans)
    assert set(found) == {
        "cloche-gateway",
        "cloche-executor",
        "cloche-storage",
        "cloche-projector",
    }
    everything = services.exporter.get_finished_spans()
    for span in spans:
        assert span.context is not None
        assert format(span.context.trace_id, "032x") == TRACE, span.name
    # It hangs together: the parent of each is another span of the trace, or the client's own.
    ids = {span.context.span_id for span in everything if span.context is not None}
    for span in spans:
        assert span.parent is not None, span.name
        assert span.parent.span_id in ids | {0xB7AD6B7169203331}, span.name
