"""The projection's life: wait for the lock, check that the log is the one we know, follow it, start over on trouble.

The advisory lock belongs to the connection that also writes, so whoever has lost the lock cannot commit either. The
checkpoint is moved by comparison on top of that.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress

import asyncpg
from cloche_kit.bus import BusUnavailable, EventBus, Stored, StreamLost, StreamState
from cloche_kit.logs import get_logger
from cloche_kit.progress import READ_MODELS
from cloche_kit.telemetry import Telemetry

from cloche_projector import metrics, tables
from cloche_projector.batches import Batches
from cloche_projector.migrate import MigrationFailed, migrate
from cloche_projector.reporter import report
from cloche_projector.settings import ProjectorSettings
from cloche_projector.tables import Checkpoint, Connection

NAME = READ_MODELS
# Any number, the same in every projector.
LOCK = 0x436C6F636865
LAG_SECONDS = 2.0
BACKOFF_SECONDS = (0.1, 5.0)
_TROUBLE = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    BusUnavailable,
    MigrationFailed,
    tables.Superseded,
    OSError,
    TimeoutError,
)

log = get_logger(__name__)


class Projector:
    """One process's share of the projection: active, or waiting to be."""

    def __init__(self, settings: ProjectorSettings, bus: EventBus, telemetry: Telemetry) -> None:
        self._settings = settings
        self._bus = bus
        self._telemetry = telemetry
        self._dsn = settings.postgres_dsn.get_secret_value()
        self._connection: Connection | None = None
        self._batches: Batches | None = None

    @property
    def active(self) -> bool:
        """This process holds the projection."""
        return self._batches is not None

    @property
    def connected(self) -> bool:
        """PostgreSQL answers, whether or not this process is the active one."""
        return self._connection is not None and not self._connection.is_closed()

    async def run(self) -> None:
        """Project for ever. `StreamLost` if the log is not the one that the rows were made from."""
        wait = BACKOFF_SECONDS[0]
        while True:
            try:
                async with self._connect() as connection:
                    await self._lock(connection)
                    self._batches = await self._begin(connection)
                    wait = BACKOFF_SECONDS[0]
                    await self._follow(connection, self._batches)
            except _TROUBLE as error:
                log.warning("interrupted", error=f"{type(error).__name__}: {error}", retry_in=wait)
            finally:
                self._batches = None
                metrics.ACTIVE.set(0)
            await asyncio.sleep(wait)
            wait = min(wait * 2, BACKOFF_SECONDS[1])

    @asynccontextmanager
    async def _connect(self) -> AsyncIterator[Connection]:
        await migrate(self._dsn)
        connection: Connection = await asyncpg.connect(
            self._dsn,
            timeout=5.0,
            command_timeout=30.0,
            server_settings={
                "application_name": "cloche-projector",
                # A host that vanished gives its lock back within ten seconds.
                "tcp_keepalives_idle": "4",
                "tcp_keepalives_interval": "2",
                "tcp_keepalives_count": "3",
            },
        )
        self._connection = connection
        try:
            yield connection
        finally:
            self._connection = None
            with suppress(*_TROUBLE):
                await connection.close(timeout=2.0)
            connection.terminate()

    async def _lock(self, connection: Connection) -> None:
        """Return when this connection holds the projection's lock."""
        while True:
            if await connection.fetchval("SELECT pg_try_advisory_lock($1)", LOCK):
                return
            await asyncio.sleep(self._settings.standby_seconds)

    async def _begin(self, connection: Connection) -> Batches:
        state = await self._bus.state()
        checkpoint = await tables.begin(connection, NAME, state.epoch)
        verify(checkpoint, state)
        metrics.ACTIVE.set(1)
        metrics.CHECKPOINT.set(checkpoint.sequence)
        log.info("active", epoch=checkpoint.epoch, sequence=checkpoint.sequence)
        return Batches(
            connection,
            self._bus,
            self._telemetry,
            name=NAME,
            checkpoint=checkpoint,
            cache=self._settings.projector_cache,
        )

    async def _follow(self, connection: Connection, batches: Batches) -> None:
        """Project until the connection is lost."""
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _connection: lost.set())
        after, most = batches.checkpoint.sequence, self._settings.projector_batch
        reporting = asyncio.create_task(
            report(self._dsn, self._bus, seconds=self._settings.progress_seconds)
        )
        try:
            async with aclosing(self._bus.follow(after=after, batch=most)) as source:
                async for batch in until(source, lost):
                    await batches.project(batch)
        finally:
            reporting.cancel()
            await asyncio.wait({reporting})
        raise ConnectionError("PostgreSQL closed the connection")

    async def measure_lag(self) -> None:
        """Keep the lag gauge true while active."""
        while True:
            if self._batches is not None:
                with suppress(BusUnavailable, StreamLost):
                    state = await self._bus.state()
                    metrics.LAG.set(max(state.last - self._batches.checkpoint.sequence, 0))
            await asyncio.sleep(LAG_SECONDS)


def verify(checkpoint: Checkpoint, state: StreamState) -> None:
    """`StreamLost` unless `state` is the stream of the checkpoint, and still holds what comes next."""
    if state.epoch != checkpoint.epoch:
        raise StreamLost(
            f"the rows were made from stream {checkpoint.epoch}, this is {state.epoch}"
        )
    if state.last < checkpoint.sequence:
        raise StreamLost(f"the log ends at {state.last}, the rows are at {checkpoint.sequence}")
    if state.last > checkpoint.sequence and state.first > checkpoint.sequence + 1:
        raise StreamLost(f"the log begins at {state.first}, the rows end at {checkpoint.sequence}")


async def until(
    source: AsyncGenerator[list[Stored], None], over: asyncio.Event
) -> AsyncIterator[list[Stored]]:
    """The batches of `source` until `over` is set."""
    ended = asyncio.ensure_future(over.wait())
    try:
        while not ended.done():
            coming = asyncio.ensure_future(anext(source))
            try:
                await asyncio.wait({coming, ended}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                if not coming.done():
                    coming.cancel()
                    await asyncio.wait({coming})
            if not coming.cancelled():
                yield coming.result()
    finally:
        ended.cancel()
