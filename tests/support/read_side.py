"""A gateway in this process over a real log and a real PostgreSQL, with the projector that fills it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx2
from cloche_gateway.app import assemble, create_app
from cloche_gateway.deps import Deps
from cloche_gateway.keyring import Keyring
from cloche_gateway.read_models import open_read_models
from cloche_kit import jetstream_api as api
from cloche_kit.archive.reader import ArchiveReader
from cloche_kit.jetstream import JetStreamBus, open_bus
from cloche_kit.log import EventLog, Position, Written
from cloche_kit.objects import MemoryObjects
from cloche_kit.telemetry import configure
from cloche_kit.topology import EVALUATIONS
from cloche_projector.projector import Projector
from cloche_projector.settings import ProjectorSettings
from cloche_schemas.events import EvaluationCompleted, LifecycleEvent
from cloche_schemas.subjects import Address
from support.bus import bus_settings
from support.gateway import BEARER, settings_with
from support.waiting import wait_until


class ReadSide:
    """What a test works with. `dsn` is of an empty database."""

    def __init__(
        self, bus: JetStreamBus, client: httpx2.AsyncClient, dsn: str, objects: MemoryObjects
    ) -> None:
        self.bus = bus
        self.client = client
        self.log = EventLog(bus, configure("executor", instance="e"), instance="e")
        self.objects = objects
        self._dsn = dsn

    @asynccontextmanager
    async def projector(self) -> AsyncIterator[Projector]:
        """The projection, while inside."""
        settings = ProjectorSettings.model_validate(
            {"postgres_dsn": self._dsn, "standby_seconds": 0.02}
        )
        archive = ArchiveReader(self.objects, stream=EVALUATIONS)
        telemetry = configure("projector", instance="p")
        projector = Projector(settings, self.bus, archive, telemetry)
        work = asyncio.create_task(projector.run())
        try:
            await wait_until(lambda: projector.active, within=20.0)
            yield projector
        finally:
            work.cancel()
            await asyncio.wait({work})

    async def projected(self, projector: Projector) -> None:
        """Return when the rows are as of the log."""
        last = (await self.bus.state()).last

        def caught_up() -> bool:
            batches = projector._batches
            return batches is not None and batches.checkpoint.sequence >= last

        await wait_until(caught_up, within=20.0)

    async def trim(self) -> None:
        """The log gets a retention of one second, and forgets everything that it holds."""
        info = await api.stream_info(self.bus.connection, EVALUATIONS)
        assert info is not None
        before, second = info.config, 10**9
        await self._configure({**before, "max_age": second, "duplicate_window": second})

        async def forgotten() -> bool:
            state = await self.bus.state()
            return state.first > state.last

        await wait_until(forgotten, within=20.0)
        await self._configure(before)

    async def _configure(self, config: dict[str, Any]) -> None:
        update = f"STREAM.UPDATE.{EVALUATIONS}"
        await api.call(self.bus.connection, update, config, api.StreamInfo)

    async def move(self, address: Address, *events: LifecycleEvent) -> None:
        """Append as an executor would."""
        for event in events:
            history = await self.log.read(address)
            written = await self.log.append(address, event, after=history.position)
            assert isinstance(written, Written)

    async def move_on(self, address: Address) -> None:
        """One more event of an evaluation whose beginning the log no longer holds."""
        event = EvaluationCompleted(outcome="cancelled", attempt=0)
        written = await self.log.append(address, event, after=Position(1, 0))
        assert isinstance(written, Written)

    async def tenant(self, name: str) -> dict[str, str]:
        """The header of a key of a new tenant."""
        made = await self.client.post("/v1/tenants", json={"name": name})
        wish = {"name": "of a test", "tenant": made.json()["tenant"]}
        answer = await self.client.post("/v1/keys", json=wish)
        assert answer.status_code == 201, answer.text
        return {"Authorization": f"Bearer {answer.json()['api_key']}"}


@asynccontextmanager
async def read_side(nats_url: str, dsn: str, **changes: object) -> AsyncIterator[ReadSide]:
    """A gateway over both; nobody projects yet."""
    async with AsyncExitStack() as stack:
        bus = await stack.enter_async_context(open_bus(bus_settings(nats_url), name="gateway"))
        models = await stack.enter_async_context(open_read_models(dsn))
        telemetry, objects = configure("gateway", instance="g"), MemoryObjects()
        stack.callback(telemetry.shutdown)
        deps = Deps(
            bus=bus,
            access=bus.access,
            schedules=bus.schedules,
            log=EventLog(bus, telemetry, instance="g"),
            telemetry=telemetry,
            objects=objects,
            read_models=models,
        )
        keyring = Keyring(bus.access)
        following = asyncio.create_task(keyring.follow())
        try:
            await wait_until(keyring.ready.is_set)
            settings = settings_with(**changes)
            app = create_app(assemble(deps, settings, asyncio.Event(), keyring=keyring))
            transport = httpx2.ASGITransport(app=app)
            client = await stack.enter_async_context(
                httpx2.AsyncClient(transport=transport, base_url="http://cloche", headers=BEARER)
            )
            yield ReadSide(bus, client, dsn, objects)
        finally:
            following.cancel()
            await asyncio.wait({following})
