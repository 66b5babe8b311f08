"""Two builds of the read models, compared: every row and every column of every table, in one snapshot of PostgreSQL.

What differs is counted for each table and column; of the rows that differ some are kept as examples, with the place
where a JSON document differs.
"""

from collections.abc import Iterable

import msgspec
from cloche_schemas.projections import (
    ColumnDifference,
    Differences,
    RowDifference,
    TableDifference,
)
from msgspec import Struct

from cloche_projector.tables import Connection

#: Examples of one column, or of the rows that only one has.
EXAMPLES = 10
MOST_EXAMPLES = 100
SHOWN = 200
# A million rows take a minute or two; nobody waits for it but whoever asked.
SECONDS = 4 * 3600.0
# How far a rebuild has come is not part of what it made.
NOT_COMPARED = "checkpoints"

_COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod) AS type,
       coalesce(a.attnum = ANY(i.indkey), false) AS keyed
FROM pg_class AS c
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_index AS i ON i.indrelid = c.oid AND i.indisprimary
WHERE c.relkind = 'r' AND c.relnamespace = $1::text::regnamespace AND c.relname <> $2
ORDER BY c.relname, a.attnum
"""


class Table(Struct, frozen=True):
    """A table: its columns with their types, and which of them are its primary key."""

    name: str
    columns: dict[str, str]
    key: tuple[str, ...]


class Pair(Struct, frozen=True):
    """The same table twice. `live` and `rebuilt` are the schemas."""

    live: str
    rebuilt: str
    before: Table
    after: Table

    @property
    def compared(self) -> list[str]:
        """The columns that both have, without the key."""
        return [
            name
            for name in self.before.columns
            if name in self.after.columns and name not in self.before.key
        ]

    @property
    def both(self) -> str:
        """Both tables side by side; what one of them lacks is null."""
        using = " AND ".join(f"l.{_q(name)} = n.{_q(name)}" for name in self.before.key)
        return f"{self.live}.{_q(self.before.name)} AS l FULL JOIN {self.rebuilt}.{_q(self.after.name)} AS n ON {using}"

    @property
    def matched(self) -> str:
        """Both have the row."""
        return f"l.{_q(self.before.key[0])} IS NOT NULL AND n.{_q(self.before.key[0])} IS NOT NULL"

    def missing(self, side: str) -> str:
        return f"{side}.{_q(self.before.key[0])} IS NULL"

    def differs(self, column: str) -> str:
        name = _q(column)
        # Where the type has changed, what is written is compared.
        text = "" if self.before.columns[column] == self.after.columns[column] else "::text"
        return f"l.{name}{text} IS DISTINCT FROM n.{name}{text}"


async def compare(connection: Connection, live: str, rebuilt: str, sequence: int) -> Differences:
    """What differs between the tables of two schemas, both as of `sequence`. Run it in one snapshot."""
    before = {table.name: table for table in await _tables(connection, live)}
    after = {table.name: table for table in await _tables(connection, rebuilt)}
    found: list[TableDifference] = []
    examples: list[RowDifference] = []
    for name in sorted(before.keys() | after.keys()):
        if name not in before or name not in after or before[name].key != after[name].key:
            found.append(await _alone(connection, before.get(name), after.get(name), live, rebuilt))
            continue
        pair = Pair(live, rebuilt, before[name], after[name])
        difference = await _counted(connection, pair)
        found.append(difference)
        if not difference.equal:
            examples += await _examples(connection, pair, difference)
    return Differences(
        sequence=sequence,
        equal=all(table.equal for table in found),
        tables=tuple(found),
        examples=tuple(examples[:MOST_EXAMPLES]),
    )


async def _tables(connection: Connection, schema: str) -> list[Table]:
    found: dict[str, list[tuple[str, str, bool]]] = {}
    for table, column, type_, keyed in await connection.fetch(_COLUMNS, schema, NOT_COMPARED):
        found.setdefault(table, []).append((column, type_, keyed))
    return [
        Table(
            name,
            {column: type_ for column, type_, _ in columns},
            tuple(column for column, _, keyed in columns if keyed),
        )
        for name, columns in found.items()
    ]


async def _alone(
    connection: Connection, before: Table | None, after: Table | None, live: str, rebuilt: str
) -> TableDifference:
    """A table that only one has, or that has another key: none of its rows is the same."""
    counts = [
        await connection.fetchval(
            f"SELECT count(*) FROM {schema}.{_q(table.name)}",  # noqa: S608 - ours
            timeout=SECONDS,
        )
        if table is not None
        else 0
        for table, schema in ((before, live), (after, rebuilt))
    ]
    known = before or after
    assert known is not None  # noqa: S101 - one of them has it
    return TableDifference(
        table=known.name,
        live=counts[0],
        rebuilt=counts[1],
        only_live=counts[0],
        only_rebuilt=counts[1],
        columns_only_live=tuple(before.columns if before else ()),
        columns_only_rebuilt=tuple(after.columns if after else ()),
    )


async def _counted(connection: Connection, pair: Pair) -> TableDifference:
    columns = pair.compared
    counts = [
        f"count(*) FILTER (WHERE NOT {pair.missing('l')})",
        f"count(*) FILTER (WHERE NOT {pair.missing('n')})",
        f"count(*) FILTER (WHERE {pair.missing('n')})",
        f"count(*) FILTER (WHERE {pair.missing('l')})",
        *(f"count(*) FILTER (WHERE {pair.matched} AND {pair.differs(name)})" for name in columns),
    ]
    query = f"SELECT {', '.join(counts)} FROM {pair.both}"  # noqa: S608 - names of our own tables
    row = await connection.fetchrow(query, timeout=SECONDS)
    assert row is not None  # noqa: S101 - an aggregate
    live, rebuilt, only_live, only_rebuilt, *differing = row
    before, after = pair.before.columns, pair.after.columns
    return TableDifference(
        table=pair.before.name,
        live=live,
        rebuilt=rebuilt,
        only_live=only_live,
        only_rebuilt=only_rebuilt,
        columns=tuple(
            ColumnDifference(column=name, rows=rows)
            for name, rows in zip(columns, differing, strict=True)
            if rows
        ),
        columns_only_live=tuple(name for name in before if name not in after),
        columns_only_rebuilt=tuple(name for name in after if name not in before),
    )


async def _examples(
    connection: Connection, pair: Pair, difference: TableDifference
) -> Iterable[RowDifference]:
    found: list[RowDifference] = []
    for side, other, count in (
        ("l", "n", difference.only_live),
        ("n", "l", difference.only_rebuilt),
    ):
        if count:
            key = _key_of(pair, side)
            query = f"SELECT {key} FROM {pair.both} WHERE {pair.missing(other)} LIMIT {EXAMPLES}"  # noqa: S608
            rows = await connection.fetch(query, timeout=SECONDS)
            found += [_lone(pair.before.name, tuple(row[0]), side) for row in rows]
    for one in difference.columns:
        json = pair.before.columns[one.column] == "jsonb"
        name = _q(one.column)
        # A document is needed whole to find the place; of anything else the beginning will do.
        shown = "{0}.{1}::text" if json else f"left({{0}}.{{1}}::text, {SHOWN})"
        values = ", ".join(shown.format(side, name) for side in "ln")
        query = (
            f"SELECT {_key_of(pair, 'l')}, {values} FROM {pair.both} "  # noqa: S608
            f"WHERE {pair.matched} AND {pair.differs(one.column)} LIMIT {EXAMPLES}"
        )
        for key_, live, rebuilt in await connection.fetch(query, timeout=SECONDS):
            found.append(_unlike(pair.before.name, tuple(key_), one.column, (live, rebuilt), json))
    return found


def _lone(table: str, key: tuple[str, ...], side: str) -> RowDifference:
    here = "this row"
    if side == "l":
        return RowDifference(table=table, key=key, live=here)
    return RowDifference(table=table, key=key, rebuilt=here)


def _unlike(
    table: str,
    key: tuple[str, ...],
    column: str,
    values: tuple[str | None, str | None],
    json: bool,
) -> RowDifference:
    pointer, (live, rebuilt) = "", values
    if json and live is not None and rebuilt is not None:
        pointer, one, other = first_difference(
            msgspec.json.decode(live), msgspec.json.decode(rebuilt)
        )
        live, rebuilt = (msgspec.json.encode(value).decode() for value in (one, other))
    return RowDifference(
        table=table,
        key=key,
        column=column,
        pointer=pointer,
        live=live and live[:SHOWN],
        rebuilt=rebuilt and rebuilt[:SHOWN],
    )


def first_difference(one: object, other: object, at: str = "") -> tuple[str, object, object]:
    """Where two documents differ first, as a JSON pointer, and what each has there; null where it has nothing."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in sorted(one.keys() | other.keys()):
            if one.get(name) != other.get(name) or (name in one) != (name in other):
                return first_difference(one.get(name), other.get(name), f"{at}/{name}")
    if isinstance(one, list) and isinstance(other, list):
        for index, (left, right) in enumerate(zip(one, other, strict=False)):
            if left != right:
                return first_difference(left, right, f"{at}/{index}")
    return at, one, other


def _key_of(pair: Pair, side: str) -> str:
    return "ARRAY[" + ", ".join(f"{side}.{_q(name)}::text" for name in pair.before.key) + "]"


def _q(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
