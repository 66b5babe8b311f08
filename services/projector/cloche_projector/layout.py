"""Where read models lie: one PostgreSQL schema for each time that they were made, found by its name.

    read_models            the live ones, which everybody reads and the projector writes
    read_models_next       made anew, beside them
    read_models_previous   what was live before the last swap, to go back to
    read_models_retired    what was to go back to before that; it is dropped

The checkpoint in each says which version of the projection made the rows, and which build of it they are, so that
nobody writes into rows that have become other ones under the same name.
"""

from pathlib import Path

from cloche_kit.progress import READ_MODELS
from msgspec import Struct

from cloche_projector.tables import Checkpoint, Connection, begin, checkpoint_of

#: Counted up with every change of read_models.sql or of what is folded into it.
PROJECTION_VERSION = 2
#: Of the only projection that there is so far.
NAME = READ_MODELS

LIVE = "read_models"
NEXT = "read_models_next"
PREVIOUS = "read_models_previous"
RETIRED = "read_models_retired"


class Projection(Struct, frozen=True):
    """A version of the read models. `tables`: the statements that make them in an empty schema."""

    version: int
    tables: str


CURRENT = Projection(PROJECTION_VERSION, (Path(__file__).parent / "read_models.sql").read_text())


async def exists(connection: Connection, schema: str) -> bool:
    found = await connection.fetchval("SELECT 1 FROM pg_namespace WHERE nspname = $1", schema)
    return found is not None


async def read(connection: Connection, schema: str) -> Checkpoint | None:
    """The checkpoint in `schema`; None if there is none, or no such schema."""
    table = f"{schema}.checkpoints"
    if await connection.fetchval("SELECT to_regclass($1)", table) is None:
        return None
    return await checkpoint_of(connection, NAME, table)


async def make(
    connection: Connection, schema: str, projection: Projection, epoch: str, *, live: bool
) -> Checkpoint:
    """Empty tables of `projection` in `schema`, instead of what is there; all or nothing."""
    async with connection.transaction():
        await drop(connection, schema)
        await connection.execute(f"CREATE SCHEMA {schema}")
        await connection.execute(f"SET LOCAL search_path TO {schema}")
        await connection.execute(projection.tables)
        await begin(connection, NAME, epoch)
        await connection.execute(
            f"UPDATE {schema}.checkpoints SET version = $2, live = $3 WHERE name = $1",  # noqa: S608 - ours
            NAME,
            projection.version,
            live,
        )
        made = await read(connection, schema)
    assert made is not None  # noqa: S101 - begun above
    return made


async def drop(connection: Connection, schema: str) -> None:
    await connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")


async def rename(connection: Connection, schema: str, name: str) -> None:
    await connection.execute(f"ALTER SCHEMA {schema} RENAME TO {name}")
