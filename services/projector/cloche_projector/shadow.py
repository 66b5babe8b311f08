"""Read models beside the live ones, folded up to where one wants them."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager

from cloche_kit.archive.reader import ArchiveReader
from cloche_kit.bus import EventBus, Stored
from cloche_kit.telemetry import Telemetry
from msgspec import Struct

from cloche_projector import layout
from cloche_projector.batches import Batches
from cloche_projector.connections import connect
from cloche_projector.history import history
from cloche_projector.layout import NAME
from cloche_projector.settings import ProjectorSettings
from cloche_projector.tables import Checkpoint, Connection


class Edges(Struct, frozen=True):
    """What a fold beside the live one works with."""

    settings: ProjectorSettings
    bus: EventBus
    archive: ArchiveReader
    telemetry: Telemetry

    @property
    def dsn(self) -> str:
        return self.settings.postgres_dsn.get_secret_value()


class Shadow:
    """The tables of `schema`. `connection` sees nothing else."""

    def __init__(
        self,
        schema: str,
        connection: Connection,
        batches: Batches,
        source: AsyncGenerator[list[Stored], None],
    ) -> None:
        self.schema = schema
        self.connection = connection
        self._batches = batches
        self._source = source
        self._waiting: list[Stored] = []

    @property
    def checkpoint(self) -> Checkpoint:
        return self._batches.checkpoint

    async def reach(
        self, sequence: int, *, each: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        """Fold everything up to `sequence`, which the log has; `each` is called after every batch."""
        while self.checkpoint.sequence < sequence:
            if not self._waiting:
                self._waiting = await anext(self._source)
            batch = [stored for stored in self._waiting if stored.sequence <= sequence]
            self._waiting = self._waiting[len(batch) :]
            await self._batches.project(batch)
            if self._waiting and self.checkpoint.sequence < sequence:
                await self._batches.pass_over(sequence)
            if each is not None:
                await each()


@asynccontextmanager
async def shadow(edges: Edges, schema: str) -> AsyncIterator[Shadow]:
    """The read models in `schema`, which are there, from where they are on."""
    settings = edges.settings
    async with connect(edges.dsn, schema, durable=False) as connection:
        checkpoint = await layout.read(connection, schema)
        if checkpoint is None:
            raise ConnectionError(f"{schema} was dropped meanwhile")
        batches = Batches(
            connection,
            edges.bus,
            edges.telemetry,
            name=NAME,
            checkpoint=checkpoint,
            cache=settings.projector_cache,
            again=True,
        )
        source = history(
            edges.bus,
            edges.archive,
            after=checkpoint.sequence,
            batch=settings.projector_rebuild_batch,
        )
        async with aclosing(source):
            yield Shadow(schema, connection, batches, source)
