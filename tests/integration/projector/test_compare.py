"""What a comparison finds between two schemas, whatever has become of a table; and folding to an exact sequence."""

from collections.abc import AsyncGenerator, AsyncIterator

import pytest
from cloche_kit.bus import Stored
from cloche_kit.memory import MemoryBus
from cloche_kit.telemetry import configure
from cloche_projector import layout
from cloche_projector.batches import Batches
from cloche_projector.compare import EXAMPLES, SHOWN, compare, first_difference
from cloche_projector.connections import connect
from cloche_projector.layout import CURRENT, NAME, NEXT
from cloche_projector.shadow import Shadow
from cloche_projector.tables import Connection
from cloche_schemas.projections import RowDifference
from msgspec.structs import replace
from support.recorded import Recorder, address_of, story


@pytest.fixture
async def connection(postgres_dsn: str) -> AsyncIterator[Connection]:
    async with connect(postgres_dsn, "public") as opened:
        await opened.execute("CREATE SCHEMA a; CREATE SCHEMA b")
        yield opened


async def both(connection: Connection, statements: str) -> None:
    for schema in "ab":
        await connection.execute(statements.replace("@", schema))


async def test_rows_are_matched_by_their_whole_key_and_nulls_are_values(
    connection: Connection,
) -> None:
    await both(
        connection,
        'CREATE TABLE @."odd ""name" (k int, l text, v text, w jsonb, PRIMARY KEY (k, l))',
    )
    await connection.execute(
        """
        INSERT INTO a."odd ""name"
        VALUES (1, 'x', 'same', '{}'), (1, 'y', NULL, '{"p": [1, {"q": 2}]}'), (2, 'x', 'a', '{}');
        INSERT INTO b."odd ""name"
        VALUES (1, 'x', 'same', '{}'), (1, 'y', 'v', '{"p": [1, {"q": 3}]}'), (3, 'x', 'a', '{}')
        """
    )
    found = await compare(connection, "a", "b", 9)
    (table,) = found.tables
    assert (found.equal, found.sequence) == (False, 9)
    assert (table.live, table.rebuilt, table.only_live, table.only_rebuilt) == (3, 3, 1, 1)
    assert [(one.column, one.rows) for one in table.columns] == [("v", 1), ("w", 1)]
    name = 'odd "name'
    assert set(found.examples) == {
        RowDifference(table=name, key=("2", "x"), live="this row"),
        RowDifference(table=name, key=("3", "x"), rebuilt="this row"),
        RowDifference(table=name, key=("1", "y"), column="v", rebuilt="v"),
        RowDifference(
            table=name, key=("1", "y"), column="w", pointer="/p/1/q", live="2", rebuilt="3"
        ),
    }


async def test_of_many_rows_that_differ_all_are_counted_and_some_shown_shortened(
    connection: Connection,
) -> None:
    await both(connection, "CREATE TABLE @.t (k int PRIMARY KEY, v text)")
    await connection.execute("INSERT INTO a.t SELECT n, 'x' FROM generate_series(1, 500) AS n")
    await connection.execute(
        "INSERT INTO b.t SELECT n, repeat('y', 10000) FROM generate_series(1, 500) AS n"
    )
    found = await compare(connection, "a", "b", 1)
    assert [(one.column, one.rows) for one in found.tables[0].columns] == [("v", 500)]
    assert len(found.examples) == EXAMPLES
    assert {len(one.rebuilt or "") for one in found.examples} == {SHOWN}


async def test_tables_that_are_gone_new_or_have_another_key_are_not_taken_for_equal(
    connection: Connection,
) -> None:
    await connection.execute(
        """CREATE TABLE a.gone (k int PRIMARY KEY); INSERT INTO a.gone VALUES (1);
           CREATE TABLE b.new (k int PRIMARY KEY); INSERT INTO b.new VALUES (1), (2);
           CREATE TABLE a.other (k int PRIMARY KEY, l int); CREATE TABLE b.other (k int, l int PRIMARY KEY);
           INSERT INTO a.other VALUES (1, 1); INSERT INTO b.other VALUES (1, 1)"""
    )
    found = await compare(connection, "a", "b", 1)
    assert [(t.table, t.only_live, t.only_rebuilt, t.equal) for t in found.tables] == [
        ("gone", 1, 0, False),
        ("new", 0, 2, False),
        ("other", 1, 1, False),
    ]


async def test_columns_of_another_type_are_compared_as_text_and_new_ones_are_named(
    connection: Connection,
) -> None:
    await connection.execute(
        """CREATE TABLE a.t (k int PRIMARY KEY, v int, gone int); INSERT INTO a.t VALUES (1, 7), (2, 8);
           CREATE TABLE b.t (k int PRIMARY KEY, v text, new int); INSERT INTO b.t VALUES (1, '7'), (2, '9')"""
    )
    (table,) = (await compare(connection, "a", "b", 1)).tables
    assert [(one.column, one.rows) for one in table.columns] == [("v", 1)]
    assert (table.columns_only_live, table.columns_only_rebuilt) == (("gone",), ("new",))


def test_the_first_difference_of_two_documents() -> None:
    assert first_difference({"a": 1}, {"a": 1, "b": None}) == ("/b", None, None)
    assert first_difference({"a": [1, 2]}, {"a": [1]}) == ("/a", [1, 2], [1])
    assert first_difference({"a": {"b": 1}}, {"a": 2}) == ("/a", {"b": 1}, 2)


@pytest.mark.parametrize("to", range(1, 8))
async def test_a_fold_stops_at_the_sequence_that_is_asked_for_also_where_there_is_a_hole(
    postgres_dsn: str, to: int
) -> None:
    recorder = Recorder()
    log = [one for n in range(3) for one in recorder.events(address_of(n), story())]
    # 4 and 7 are gone: nobody has them any more.
    left = [one for one in log if one.sequence not in {4, 7}]
    reached: list[int] = []

    async def source() -> AsyncGenerator[list[Stored], None]:
        yield left[:2]
        yield left[2:]

    async def each() -> None:
        reached.append(shadow.checkpoint.sequence)

    async with connect(postgres_dsn, NEXT) as connection:
        checkpoint = await layout.make(connection, NEXT, CURRENT, "e", live=False)
        telemetry = configure("projector", instance="t")
        batches = Batches(
            connection,
            MemoryBus(),
            telemetry,
            name=NAME,
            checkpoint=checkpoint,
            cache=10,
            again=True,
        )
        shadow = Shadow(NEXT, connection, batches, source())
        await shadow.reach(to, each=each)
        assert reached[-1] == to
        assert await layout.read(connection, NEXT) == replace(checkpoint, sequence=to)
        await shadow.reach(9)
        assert shadow.checkpoint.sequence == 9
        numbers = await connection.fetch("SELECT number FROM evaluations ORDER BY id")
    # The second has lost its first event and so everything, the third its first one, too.
    assert [row[0] for row in numbers] == [3]
