"""The projection's life: wait for the lock, check that the log is the one we know, follow it, start over on trouble.

The advisory lock belongs to the connection that also writes, so whoever has lost the lock cannot commit either. The
checkpoint is moved by comparison on top of that, which finds out, too, that others have taken these rows' place.

Rows of another version are left alone: of an older one until they were made anew (rebuilder.py), of a newer one for
good.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress

import asyncpg
from cloche_kit.archive.reader import ArchiveReader
from cloche_kit.archive.replay import Trimmed, replay, whole
from cloche_kit.archive.segment import Damaged
from cloche_kit.bus import BusUnavailable, EventBus, Stored, StreamLost, StreamState
from cloche_kit.log import lag_behind
from cloche_kit.logs import get_logger
from cloche_kit.objects import ObjectsUnavailable
from cloche_kit.telemetry import Telemetry

from cloche_projector import layout, metrics, tables
from cloche_projector.batches import Batches
from cloche_projector.connections import connect
from cloche_projector.layout import CURRENT, LIVE, NAME, Projection
from cloche_projector.migrate import MigrationFailed, migrate
from cloche_projector.rebuilder import Rebuilder
from cloche_projector.reporter import report
from cloche_projector.settings import ProjectorSettings
from cloche_projector.shadow import Edges
from cloche_projector.tables import Checkpoint, Connection, Superseded

# Any number, the same in every projector.
LOCK = 0x436C6F636865
LAG_SECONDS = 2.0
BACKOFF_SECONDS = (0.1, 5.0)
_TROUBLE = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    BusUnavailable,
    # A damaged archive is an alarm of whoever reads it for its own sake; here it may be mended meanwhile.
    Damaged,
    ObjectsUnavailable,
    MigrationFailed,
    OSError,
    TimeoutError,
)

log = get_logger(__name__)


class Projector:
    """One process's share of the projection: active, or waiting to be."""

    def __init__(
        self,
        settings: ProjectorSettings,
        bus: EventBus,
        archive: ArchiveReader,
        telemetry: Telemetry,
        projection: Projection = CURRENT,
    ) -> None:
        self._settings = settings
        self._bus = bus
        self._archive = archive
        self._telemetry = telemetry
        self._projection = projection
        self._dsn = settings.postgres_dsn.get_secret_value()
        self._rebuilder = Rebuilder(Edges(settings, bus, archive, telemetry), projection)
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
        """Project, and do what is asked beside, for ever. `StreamLost` if the log is not the one that the rows were
        made from."""
        beside = asyncio.create_task(self._rebuilder.run(), name="rebuilder")
        try:
            await self._project()
        finally:
            beside.cancel()
            await asyncio.wait({beside})

    async def _project(self) -> None:
        wait = BACKOFF_SECONDS[0]
        while True:
            try:
                async with self._connect() as connection:
                    while True:
                        await self._lock(connection)
                        try:
                            self._batches = await self._begin(connection)
                            wait = BACKOFF_SECONDS[0]
                            await self._follow(connection, self._batches)
                        except Superseded as error:
                            log.info("superseded", error=str(error))
                        self._batches = None
                        metrics.ACTIVE.set(0)
                        await connection.execute("SELECT pg_advisory_unlock($1)", LOCK)
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
        async with connect(self._dsn, LIVE) as connection:
            self._connection = connection
            try:
                yield connection
            finally:
                self._connection = None

    async def _lock(self, connection: Connection) -> None:
        """Return when this connection holds the projection's lock and the live rows, if there are any, are ours."""
        while True:
            if await self._ours(connection) and await connection.fetchval(
                "SELECT pg_try_advisory_lock($1)", LOCK
            ):
                if await self._ours(connection):
                    return
                await connection.execute("SELECT pg_advisory_unlock($1)", LOCK)
            await asyncio.sleep(self._settings.standby_seconds)

    async def _ours(self, connection: Connection) -> bool:
        live = await layout.read(connection, LIVE)
        return live is None or live.version == self._projection.version

    async def _begin(self, connection: Connection) -> Batches:
        state = await self._bus.state()
        checkpoint = await layout.read(connection, LIVE)
        if checkpoint is None:
            checkpoint = await layout.make(
                connection, LIVE, self._projection, state.epoch, live=True
            )
        verify(checkpoint, state)
        # While the archive is caught up with, nobody can tell from these rows that something has never been.
        complete = whole(state, checkpoint.sequence)
        if complete != checkpoint.complete:
            checkpoint = await tables.set_complete(connection, NAME, checkpoint, complete=complete)
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
        """Project until the connection is lost. What the log no longer holds comes from the archive."""
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _connection: lost.set())
        after, most = batches.checkpoint.sequence, self._settings.projector_batch
        goal = (await self._bus.state()).last
        reporting = asyncio.create_task(
            report(self._dsn, self._bus, seconds=self._settings.progress_seconds)
        )
        try:
            source = replay(self._bus, self._archive, after=after, batch=most)
            async with aclosing(source):
                async for batch in until(source, lost):
                    await batches.project(batch)
                    if not batches.checkpoint.complete and batches.checkpoint.sequence >= goal:
                        batches.checkpoint = await tables.set_complete(
                            connection, NAME, batches.checkpoint, complete=True
                        )
        except Trimmed as error:
            raise StreamLost(
                f"the log begins at {error.first}, the rows end at {batches.checkpoint.sequence}, "
                "and the archive has nothing in between"
            ) from error
        finally:
            reporting.cancel()
            await asyncio.wait({reporting})
        raise ConnectionError("PostgreSQL closed the connection")

    async def measure_lag(self) -> None:
        """Keep the lag gauge true while active."""
        while True:
            if self._batches is not None:
                with suppress(BusUnavailable, StreamLost):
                    reached = self._batches.checkpoint.sequence
                    lag, seconds = await lag_behind(self._bus, reached)
                    metrics.LAG.set(lag)
                    metrics.LAG_SECONDS.set(seconds)
            await asyncio.sleep(LAG_SECONDS)


def verify(checkpoint: Checkpoint, state: StreamState) -> None:
    """`StreamLost` unless `state` is the stream of the checkpoint."""
    if state.epoch != checkpoint.epoch:
        raise StreamLost(
            f"the rows were made from stream {checkpoint.epoch}, this is {state.epoch}"
        )
    if state.last < checkpoint.sequence:
        raise StreamLost(f"the log ends at {state.last}, the rows are at {checkpoint.sequence}")


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
