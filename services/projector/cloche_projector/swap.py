"""Holding the live read models still for a moment, and putting others in their place.

A lock of the live checkpoint's row holds whoever projects, in whichever process: its next batch waits. Renaming the
schemas takes no lock of a table, so that readers neither wait nor see anything but one or the other: PostgreSQL plans
prepared statements anew after a rename. The old checkpoint says that it is live no more, which is what a batch that
waited for the lock finds: nothing of it is written, to either.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from cloche_projector import control, layout
from cloche_projector.layout import LIVE, NAME, NEXT, PREVIOUS, RETIRED
from cloche_projector.shadow import Shadow
from cloche_projector.tables import Connection

# Less than a projector waits for its write. What is left to fold by then is a batch or two.
HOLD_SECONDS = 10.0

_HOLD = f"SELECT sequence, version FROM {LIVE}.checkpoints WHERE name = $1 FOR UPDATE"  # noqa: S608
_RETIRE = f"UPDATE {LIVE}.checkpoints SET live = false WHERE name = $1"  # noqa: S608
_ENTHRONE = """
UPDATE {schema}.checkpoints SET live = true, complete = true
WHERE name = $1 AND build = $2 AND sequence = $3 AND NOT live
"""


@asynccontextmanager
async def held(connection: Connection, shadow: Shadow) -> AsyncIterator[tuple[int, int]]:
    """Inside, the live read models stand still and those of `shadow` are as of the same sequence: that, and the version
    of the live ones. In a transaction of `connection`. `TimeoutError` if the shadow does not get there at once."""
    async with connection.transaction():
        row = await connection.fetchrow(_HOLD, NAME)
        if row is None:
            raise ConnectionError("there are no live read models to be compared with")
        async with asyncio.timeout(HOLD_SECONDS):
            await shadow.reach(row["sequence"])
        yield row["sequence"], row["version"]


async def swap(connection: Connection, shadow: Shadow) -> None:
    """Make the read models of `shadow` the live ones, and keep those to go back to; one transaction."""
    await tidy(connection)
    async with held(connection, shadow) as (sequence, version):
        after = shadow.checkpoint
        await connection.execute(_RETIRE, NAME)
        enthroned = await connection.execute(
            _ENTHRONE.format(schema=shadow.schema), NAME, after.build, sequence
        )
        if enthroned != "UPDATE 1":
            raise ConnectionError(f"{shadow.schema} is not at {sequence} any more")
        if shadow.schema == NEXT and await layout.exists(connection, PREVIOUS):
            await layout.rename(connection, PREVIOUS, RETIRED)
        # In between the new ones have the place's name, as two schemas cannot change theirs at once.
        await layout.rename(connection, shadow.schema, f"{LIVE}_coming")
        await layout.rename(connection, LIVE, PREVIOUS)
        await layout.rename(connection, f"{LIVE}_coming", LIVE)
        back = after.version if after.version < version else None
        await control.end(connection, "swapped", previous=version, pinned=back)
    await tidy(connection)


async def tidy(connection: Connection) -> None:
    """Drop what is older than what one can go back to."""
    await layout.drop(connection, RETIRED)
