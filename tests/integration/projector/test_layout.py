"""Where the read models lie: what migrations have made of an older database is what read_models.sql makes."""

import pytest
from cloche_projector import layout
from cloche_projector.connections import connect
from cloche_projector.layout import CURRENT, LIVE, NEXT
from cloche_projector.migrate import migrate
from cloche_projector.tables import Connection

SHAPES = {
    "columns": """
        SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attgenerated, a.attstorage,
               pg_get_expr(d.adbin, d.adrelid)
        FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
        LEFT JOIN pg_attrdef AS d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
        WHERE c.relkind = 'r' AND c.relnamespace = $1::text::regnamespace AND NOT a.attisdropped
        ORDER BY c.relname, a.attnum
    """,
    "indexes": """
        SELECT replace(indexdef, $1::text || '.', '') FROM pg_indexes WHERE schemaname = $1 ORDER BY indexname
    """,
    "options": """
        SELECT relname, reloptions FROM pg_class
        WHERE relkind = 'r' AND relnamespace = $1::text::regnamespace ORDER BY relname
    """,
}

#: What came after the release that the database is of.
NEWER = """
ALTER TABLE evaluations DROP COLUMN first_sequence, DROP COLUMN labels, DROP COLUMN schedule, DROP COLUMN ran_on,
                        DROP COLUMN run_seconds;
DROP INDEX evaluations_finished;
DROP TABLE texts, tallies;
"""
#: What a release before this one had besides.
OLDER = """
CREATE TABLE checkpoints (name text PRIMARY KEY, epoch text NOT NULL, sequence bigint NOT NULL);
INSERT INTO checkpoints VALUES ('read-models', 'e', 7);
CREATE TABLE schema_migrations (version varchar(255) PRIMARY KEY);
INSERT INTO schema_migrations VALUES ('20261124000001'), ('20261125000001'), ('20261126000002'), ('20261126000003'),
                                     ('20261126000004');
"""


async def shapes(connection: Connection, schema: str) -> dict[str, list[tuple[object, ...]]]:
    return {
        what: [tuple(row) for row in await connection.fetch(query, schema)]
        for what, query in SHAPES.items()
    }


async def test_migrations_and_the_file_make_the_same_tables(postgres_dsn: str) -> None:
    await migrate(postgres_dsn)
    async with connect(postgres_dsn, LIVE) as connection:
        await layout.make(connection, NEXT, CURRENT, "e", live=False)
        migrated, made = await shapes(connection, LIVE), await shapes(connection, NEXT)
    assert migrated["columns"]
    assert migrated == made


async def test_what_is_being_made_is_there_whole_or_not_at_all(postgres_dsn: str) -> None:
    broken = layout.Projection(1, CURRENT.tables + "SELECT nonsense;")
    async with connect(postgres_dsn, LIVE) as connection:
        assert await layout.read(connection, NEXT) is None
        with pytest.raises(Exception, match="nonsense"):
            await layout.make(connection, NEXT, broken, "e", live=False)
        assert not await layout.exists(connection, NEXT)
        one = await layout.make(connection, NEXT, CURRENT, "e", live=False)
        two = await layout.make(connection, NEXT, CURRENT, "e", live=False)
        assert one.build != two.build
        assert await layout.read(connection, NEXT) == two


async def test_the_rows_of_an_older_database_are_live_after_the_migration(
    postgres_dsn: str,
) -> None:
    async with connect(postgres_dsn, "public") as connection:
        # As a release before this one has left it.
        await connection.execute(CURRENT.tables.partition("-- How far a projection")[0])
        await connection.execute(NEWER)
        await connection.execute(OLDER)
    await migrate(postgres_dsn)
    await migrate(postgres_dsn)
    async with connect(postgres_dsn, LIVE) as connection:
        found = await layout.read(connection, LIVE)
        assert found is not None
        assert (found.epoch, found.sequence, found.version) == ("e", 7, 1)
        assert (found.live, found.complete) == (True, True)
