"""One call to PostgreSQL: within its time in every case, and not at all while the server has fallen silent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import asyncpg
from cloche_kit.breaker import Breaker, Tripped

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

CONNECT_SECONDS = 5.0
COMMAND_SECONDS = 5.0
# What PostgreSQL refuses is an answer, but for a server that is starting, stopping or full.
SILENCE = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
)


@asynccontextmanager
async def borrowed(
    pool: "asyncpg.Pool[asyncpg.Record]", breaker: Breaker, tripped: type[Tripped]
) -> AsyncIterator["PoolConnectionProxy[asyncpg.Record]"]:
    """A connection of `pool`. To wait for it, use it and give it back takes no longer than `COMMAND_SECONDS`.

    `TimeoutError` otherwise; `tripped` at once while `breaker` is open.
    """
    with breaker.calling(*SILENCE, tripped=tripped):
        async with asyncio.timeout(COMMAND_SECONDS):
            connection = await pool.acquire(timeout=COMMAND_SECONDS)
            try:
                yield connection
            except (asyncio.CancelledError, TimeoutError):
                # To give it back in order is to ask the server, who does not answer.
                connection.terminate()
                raise
            finally:
                await pool.release(connection)
