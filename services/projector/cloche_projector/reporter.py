"""Says every few seconds how far the read models are, so that storage may trim the stream that far and no further.

It reads what is committed, over a connection of its own: what it says is true whoever else projects meanwhile.
"""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime

import asyncpg
from cloche_kit.bus import BusUnavailable, EventBus
from cloche_kit.logs import get_logger
from cloche_kit.progress import READ_MODELS, Progress

from cloche_projector.layout import LIVE
from cloche_projector.tables import Connection

SECONDS = 2.0
QUERY_SECONDS = 5.0
LAST_SECONDS = 1.0
TROUBLE = (asyncpg.PostgresError, asyncpg.InterfaceError, BusUnavailable, OSError, TimeoutError)
# One statement, so one snapshot: the oldest one that is open is that of the checkpoint.
_PROGRESS = """
SELECT epoch, sequence, (
    SELECT first_sequence FROM evaluations WHERE completed_at IS NULL ORDER BY first_sequence LIMIT 1
) FROM checkpoints WHERE name = $1
"""

log = get_logger(__name__)


async def report(dsn: str, bus: EventBus, *, seconds: float = SECONDS) -> None:
    """Say it every `seconds` until cancelled, and then once more. Trouble is waited for: silence stops the trimming."""
    connection: Connection | None = None
    try:
        while True:
            try:
                connection = connection or await _connect(dsn)
                await _say(connection, bus)
            except TROUBLE as error:
                log.warning("progress_not_said", error=f"{type(error).__name__}: {error}")
                if connection is not None:
                    connection.terminate()
                connection = None
            await asyncio.sleep(seconds)
    finally:
        if connection is not None:
            with suppress(*TROUBLE):
                async with asyncio.timeout(LAST_SECONDS):
                    await _say(connection, bus)
            connection.terminate()


async def read(connection: Connection, projection: str = READ_MODELS) -> Progress | None:
    """How far the projection is; None before its first event."""
    now = datetime.now(UTC)
    row = await connection.fetchrow(_PROGRESS, projection)
    if row is None:
        return None
    epoch, sequence, oldest_open = row
    return Progress(epoch=epoch, sequence=sequence, oldest_open=oldest_open, at=now)


async def _say(connection: Connection, bus: EventBus) -> None:
    progress = await read(connection)
    if progress is not None:
        await bus.progress.say(READ_MODELS, progress)


async def _connect(dsn: str) -> Connection:
    return await asyncpg.connect(
        dsn,
        timeout=QUERY_SECONDS,
        command_timeout=QUERY_SECONDS,
        server_settings={
            "application_name": "cloche-projector-progress",
            "search_path": LIVE,
            "default_transaction_read_only": "on",
        },
    )
