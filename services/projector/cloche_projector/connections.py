"""Connections to PostgreSQL that see one schema: names without one mean its tables and nobody else's."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import asyncpg
from cloche_kit.start import NotStarted

from cloche_projector.tables import Connection

CONNECT_SECONDS = 5.0
COMMAND_SECONDS = 30.0
_GONE = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)


@asynccontextmanager
async def connect(dsn: str, schema: str, *, durable: bool = True) -> AsyncIterator[Connection]:
    """A connection to `schema`, which need not be there yet. Without `durable` a power cut may lose the last commits,
    in order: what is still being made goes on from an earlier checkpoint then."""
    connection: Connection = await asyncpg.connect(
        dsn,
        timeout=CONNECT_SECONDS,
        command_timeout=COMMAND_SECONDS,
        server_settings={
            "application_name": "cloche-projector",
            "search_path": schema,
            "synchronous_commit": "on" if durable else "off",
            # A host that vanished gives its locks back within ten seconds.
            "tcp_keepalives_idle": "4",
            "tcp_keepalives_interval": "2",
            "tcp_keepalives_count": "3",
        },
    )
    try:
        yield connection
    finally:
        with suppress(*_GONE):
            await connection.close(timeout=2.0)
        connection.terminate()


async def trouble(dsn: str) -> str | None:
    """Why the database cannot be reached; None if it can. `NotStarted` if it refuses us: waiting does not mend that."""
    try:
        async with connect(dsn, "public"):
            return None
    except (
        asyncpg.InvalidAuthorizationSpecificationError,
        asyncpg.InvalidCatalogNameError,
    ) as error:
        raise NotStarted("PostgreSQL", f"CLOCHE_POSTGRES_DSN: {error}") from error
    except _GONE as error:
        reason = str(error) or type(error).__name__
        return f"CLOCHE_POSTGRES_DSN: the database does not answer: {reason}"
