"""Whoever does the jobs beside the projection: one projector at a time, of the version that the job is for.

Not necessarily the active one: of two versions the new one makes its read models while the old one still projects
(docs/adr/0013). An advisory lock says who, the row of the live checkpoint holds the other for a moment (swap.py).
"""

import asyncio

import asyncpg
from cloche_kit.archive.replay import Trimmed
from cloche_kit.archive.segment import Damaged
from cloche_kit.bus import BusUnavailable, StreamLost
from cloche_kit.logs import get_logger
from cloche_kit.objects import ObjectsUnavailable

from cloche_projector import control
from cloche_projector.connections import connect
from cloche_projector.control import Aborted, Situation, Work, decide
from cloche_projector.layout import LIVE, Projection
from cloche_projector.rebuild import Rebuild
from cloche_projector.shadow import Edges
from cloche_projector.tables import Connection, Superseded

# Any number but the projection's own, the same in every projector.
LOCK = 0x436C6F636866
BACKOFF_SECONDS = (0.2, 10.0)
#: Passes by itself: the job goes on where it was.
_TROUBLE = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    BusUnavailable,
    ObjectsUnavailable,
    Superseded,
    OSError,
    TimeoutError,
)
#: Does not pass: the job has failed, and somebody has to look.
_HOPELESS = (Damaged, Trimmed, StreamLost)

log = get_logger(__name__)


class Rebuilder:
    """One process's share of these jobs."""

    def __init__(self, edges: Edges, projection: Projection) -> None:
        self._edges = edges
        self._projection = projection

    async def run(self) -> None:
        """Do what is to be done, for ever."""
        wait = BACKOFF_SECONDS[0]
        while True:
            try:
                async with connect(self._edges.dsn, LIVE) as connection:
                    while True:
                        await self._look(connection)
                        wait = BACKOFF_SECONDS[0]
                        await asyncio.sleep(self._edges.settings.standby_seconds)
            except (asyncpg.UndefinedTableError, asyncpg.InvalidCatalogNameError):
                # Before the migrations.
                pass
            except _TROUBLE as error:
                log.info("rebuild_waits", error=f"{type(error).__name__}: {error}", retry_in=wait)
            await asyncio.sleep(wait)
            wait = min(wait * 2, BACKOFF_SECONDS[1])

    def _due(self, found: Situation) -> Work | None:
        upgrade = self._edges.settings.projector_upgrade
        return decide(found, self._projection.version, upgrade=upgrade)

    async def _look(self, connection: Connection) -> None:
        """Do one job, if there is one and nobody else does it."""
        if self._due(await control.situation(connection)) is None:
            return
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", LOCK):
            return
        try:
            found = await control.situation(connection)
            if (work := self._due(found)) is not None:
                await self._do(connection, found, work)
        finally:
            if not connection.is_closed():
                await connection.execute("SELECT pg_advisory_unlock($1)", LOCK)

    async def _do(self, connection: Connection, found: Situation, work: Work) -> None:
        job = Rebuild(connection, self._edges, self._projection)
        try:
            await job.do(work, found)
        except Aborted:
            await job.abort(await control.situation(connection))
        except _TROUBLE as error:
            if not connection.is_closed():
                await control.waiting(connection, _said(error))
            raise
        except _HOPELESS as error:
            log.exception("rebuild_failed", job=work)
            await control.end(connection, "failed", error=_said(error))
        except Exception as error:
            log.exception("rebuild_broke", job=work)
            await control.end(connection, "failed", error=_said(error))


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
