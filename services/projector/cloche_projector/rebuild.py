"""The jobs beside the projection: make the read models anew, compare, swap, go back, give it up (docs/adr/0013).

Every step can be repeated: a crash leaves the request in its row and the new tables at their checkpoint, and whoever
comes next goes on from there.
"""

import asyncio
from collections.abc import Awaitable

from cloche_kit.logs import get_logger
from cloche_schemas.projections import Differences

from cloche_projector import control, layout, metrics
from cloche_projector.compare import SECONDS, compare
from cloche_projector.connections import connect
from cloche_projector.control import Situation, Work
from cloche_projector.layout import LIVE, NEXT, PREVIOUS, Projection
from cloche_projector.shadow import Edges, Shadow, shadow
from cloche_projector.swap import held, swap, tidy
from cloche_projector.tables import Checkpoint, Connection

# The last messages are folded while the live read models are held, so they have to be few.
NEAR = 200
LOOK_SECONDS = 0.5

log = get_logger(__name__)


class Rebuild:
    """One job of a projector of `projection`. `connection` holds the lock that only one has."""

    def __init__(self, connection: Connection, edges: Edges, projection: Projection) -> None:
        self._connection = connection
        self._edges = edges
        self._projection = projection

    async def do(self, work: Work, found: Situation) -> None:
        """What is to be done in the situation."""
        match work:
            case "rebuild":
                await self.rebuild(found)
            case "swap":
                await self.swap(found)
            case "rollback":
                await self.rollback()
            case "abort":
                await self.abort(found)
            case "tidy":
                await tidy(self._connection)

    async def rebuild(self, found: Situation) -> None:
        """Fold everything anew beside the live read models, compare, and swap if that is wanted."""
        live = _there(found.live)
        await self._prepared(found, live)
        async with shadow(self._edges, NEXT) as made:
            await self._catch_up(made)
            differences = await self._compared(made)
            another = live.version != self._projection.version
            if found.swap == "never" or (
                found.swap == "auto" and not (differences.equal or another)
            ):
                await control.end(self._connection, "ready")
                log.info("rebuilt", equal=differences.equal, sequence=differences.sequence)
                return
            await self._swapped(made)

    async def swap(self, found: Situation) -> None:
        """Put what was made before in the place of the live read models."""
        if found.next is None:
            await control.end(self._connection, "failed", error="what was made anew is gone")
            return
        await self._put_in_place(NEXT)

    async def rollback(self) -> None:
        """Go back to what was live before the last swap, after it has caught up."""
        await layout.drop(self._connection, NEXT)
        await self._put_in_place(PREVIOUS)

    async def abort(self, found: Situation) -> None:
        """Throw away what was being made. A newer version then has to be asked for."""
        live, building = _there(found.live), found.building
        await layout.drop(self._connection, NEXT)
        if building is not None and building > live.version:
            await control.end(self._connection, "idle", pinned=live.version)
        else:
            await control.end(self._connection, "idle")
        log.info("aborted")

    async def _put_in_place(self, schema: str) -> None:
        async with shadow(self._edges, schema) as made:
            await self._catch_up(made)
            await self._swapped(made)

    async def _prepared(self, found: Situation, live: Checkpoint) -> None:
        """There are new tables of this version, empty or as far as somebody has come with them."""
        state = await self._edges.bus.state()
        version, made = self._projection.version, found.next
        known = made is not None and (made.version, made.epoch) == (version, state.epoch)
        resumed = found.state in {"rebuilding", "comparing"} and found.building == version
        if known and resumed:
            log.info("rebuild_resumes", version=version, sequence=_there(made).sequence)
            return
        if state.epoch != live.epoch:
            raise ConnectionError(f"the live rows are of stream {live.epoch}, not {state.epoch}")
        # In this order: what is there of an earlier job is not to be taken for the beginning of this one.
        await layout.make(self._connection, NEXT, self._projection, state.epoch, live=False)
        await control.start(self._connection, version)
        log.info("rebuild_begins", version=version, live=live.version)

    async def _catch_up(self, made: Shadow) -> None:
        """Fold until hardly anything is left that the live read models have."""
        target = await self._target()
        seen = asyncio.get_running_loop().time()

        async def look(*, now: bool = False) -> None:
            nonlocal seen
            sequence = made.checkpoint.sequence
            metrics.REBUILT.set(sequence)
            if now or asyncio.get_running_loop().time() - seen >= LOOK_SECONDS:
                seen = asyncio.get_running_loop().time()
                version = made.checkpoint.version
                await control.progress(self._connection, "rebuilding", version, sequence, target)
            # The live projection lives in this process, too.
            await asyncio.sleep(0)

        await look(now=True)
        while target - made.checkpoint.sequence > 0:
            await made.reach(target, each=look)
            target = await self._target()
            if target - made.checkpoint.sequence <= NEAR:
                break
        await look(now=True)

    async def _compared(self, made: Shadow) -> Differences:
        """What differs, as of one sequence: a snapshot is taken while both are held there, and looked at afterwards."""
        async with (
            connect(self._edges.dsn, NEXT) as reader,
            reader.transaction(isolation="repeatable_read", readonly=True),
        ):
            async with held(self._connection, made) as (sequence, _):
                # The first query of the transaction takes the snapshot that it reads from.
                both = [await layout.read(reader, schema) for schema in (LIVE, NEXT)]
            assert [_there(one).sequence for one in both] == [sequence] * 2  # noqa: S101
            version = made.checkpoint.version
            await control.progress(self._connection, "comparing", version, sequence, sequence)
            differences = await self._watched(compare(reader, LIVE, NEXT, sequence))
        await control.found(self._connection, differences)
        return differences

    async def _watched(self, work: Awaitable[Differences]) -> Differences:
        """`work`, unless somebody asks for the end of the job."""
        task = asyncio.ensure_future(work)
        try:
            while not task.done():
                await asyncio.wait({task}, timeout=LOOK_SECONDS)
                if (await control.situation(self._connection)).request == "abort":
                    raise control.Aborted
        finally:
            task.cancel()
            await asyncio.wait({task})
        return task.result()

    async def _swapped(self, made: Shadow) -> None:
        # Plans made from nothing known of new tables would be bad ones.
        await made.connection.execute(f"ANALYZE {await self._tables(made)}", timeout=SECONDS)
        await self._catch_up(made)
        await swap(self._connection, made)
        log.info("swapped", version=made.checkpoint.version, sequence=made.checkpoint.sequence)

    async def _tables(self, made: Shadow) -> str:
        names = await made.connection.fetch(
            "SELECT tablename FROM pg_tables WHERE schemaname = $1", made.schema
        )
        return ", ".join(f"{made.schema}.{row[0]}" for row in names)

    async def _target(self) -> int:
        return _there(await layout.read(self._connection, LIVE)).sequence


def _there(checkpoint: Checkpoint | None) -> Checkpoint:
    if checkpoint is None:
        raise ConnectionError("the live read models were dropped meanwhile")
    return checkpoint
