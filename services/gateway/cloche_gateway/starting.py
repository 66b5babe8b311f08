"""What a gateway wants to be true before it starts: a key that nobody guesses, and rows of its own time."""

from collections.abc import Iterator

import asyncpg
from cloche_kit.credentials import is_local, weakness
from cloche_kit.settings import PostgresSettings
from cloche_kit.start import NotStarted

from cloche_gateway.settings import GatewaySettings

#: The newest of the projector's migrations: what this gateway asks of the database is there from it on.
SCHEMA = "20261126000060"
CONNECT_SECONDS = 5.0
_SETTING = "CLOCHE_POSTGRES_DSN"
# What waiting does not mend.
_REFUSED = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
)


def weak_key(settings: GatewaySettings) -> Iterator[tuple[str, str]]:
    """What is wrong with the first administrator's key where others reach the gateway."""
    why = weakness(settings.api_key.get_secret_value())
    if why and not is_local(settings.host):
        yield "CLOCHE_API_KEY", f"{why}, and CLOCHE_HOST lets other machines in"


async def schema_problem(settings: PostgresSettings) -> str | None:
    """Why these rows cannot be read; None if they can. `NotStarted` if the database refuses us.

    A newer schema is no problem: migrations only expand.
    """
    try:
        connection = await asyncpg.connect(
            settings.postgres_dsn.get_secret_value(), timeout=CONNECT_SECONDS
        )
    except _REFUSED as error:
        raise NotStarted("PostgreSQL", f"{_SETTING}: {error}") from error
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        return f"{_SETTING}: the database does not answer: {str(error) or type(error).__name__}"
    try:
        table = await connection.fetchval("SELECT to_regclass('public.schema_migrations')")
        found = table and await connection.fetchval(
            "SELECT max(version) FROM public.schema_migrations"
        )
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        return f"{_SETTING}: the schema cannot be read: {str(error) or type(error).__name__}"
    finally:
        connection.terminate()
    if found is None or found < SCHEMA:
        return (
            f"{_SETTING}: the schema is {f'of {found}' if found else 'not there'}, this gateway needs that of "
            f"{SCHEMA}: start a projector of this version, which migrates it"
        )
    return None
