"""Lists of evaluations, as the projector's rows give them: the statement for PostgreSQL, and the same in memory. Pure.

Every order is one index walked from the cursor on, and what is filtered out on the way is read past. Of a text we say
ourselves which index comes first, after a look at how common it is: the planner takes the tenant of a text and the word
of its tenant in it for two conditions, and so a common word for a rare one. Views are read of the page alone.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import msgspec
from cloche_domain.words import Query
from cloche_schemas.subjects import Address
from cloche_schemas.views import EvaluationView
from msgspec import Struct
from msgspec.structs import replace

from cloche_gateway.filters import Filters, Listing, Sort, Value, value_of

#: The first version of the projection that fills what the newer filters look at.
SEARCHABLE = 2
VERSION = "SELECT version FROM checkpoints WHERE name = 'read-models'"
EVERYTHING = Filters()
#: A text that so many evaluations of the tenant hold is common. To look up and sort as many took about 25 ms; how long
#: the walk takes grows with how many do not hold it.
COMMON = 2_000
_COLUMNS: dict[Sort, str] = {
    "created": "e.submitted_at",
    "finished": "e.completed_at",
    "duration": "e.run_seconds",
}
_views = msgspec.json.Decoder(EvaluationView)


class Listed(Struct, frozen=True):
    """An evaluation of a page, without its lists of attempts and artifacts, and what it is sorted by."""

    view: EvaluationView
    value: Value


class Statement:
    """A query that grows; values are always parameters of it."""

    def __init__(self, tenant: str) -> None:
        self.arguments: list[object] = [tenant]
        self.conditions = ["e.tenant = $1"]

    def bind(self, value: object, type_: str) -> str:
        self.arguments.append(value)
        return f"${len(self.arguments)}::{type_}"

    def where(self, condition: str) -> None:
        self.conditions.append(condition)


def needs_search(listing: Listing) -> bool:
    """Whether it looks at what rows of an older version do not have."""
    asked = listing.filters
    return bool(
        asked.labels or asked.schedule or asked.engine or asked.text or listing.sort == "duration"
    )


def commonness_statement(tenant: str, text: Query) -> tuple[str, list[object]]:
    """The query that says how many hold the text, up to `COMMON`, and its arguments."""
    made = Statement(tenant)
    query = f"""
SELECT count(*) FROM (SELECT FROM texts AS t WHERE {_holds(made, text)} LIMIT {COMMON}) AS found
"""  # noqa: S608 - as of page_statement
    return query, made.arguments


def page_statement(
    tenant: str, listing: Listing, *, common: bool = False
) -> tuple[str, list[object]]:
    """The query of a page, and its arguments. `common`: many hold its text: walk the order, and look at each."""
    made, column = Statement(tenant), _COLUMNS[listing.sort]
    _filter(made, listing.filters)
    first, texts = "", ""
    if listing.filters.text is not None:
        holds = _holds(made, listing.filters.text)
        theirs = "(t.tenant, t.evaluation) = (e.tenant, e.id)"
        if common:
            # OFFSET keeps it where it is: looked at for one after the other.
            texts = (
                f", LATERAL (SELECT FROM texts AS t WHERE {theirs} AND {holds} OFFSET 0) AS held"
            )
        else:
            found = f"SELECT tenant, evaluation FROM texts AS t WHERE {holds}"  # noqa: S608 - as below
            first = f"WITH t AS MATERIALIZED ({found})"
            texts = f" JOIN t ON {theirs}"
    if listing.sort != "created":
        made.where(f"{column} IS NOT NULL")
    direction, beyond = ("DESC", "<") if listing.descending else ("ASC", ">")
    if listing.after is not None:
        value, id_ = listing.after
        type_ = "double precision" if listing.sort == "duration" else "timestamptz"
        place = f"{made.bind(value, type_)}, {made.bind(UUID(id_), 'uuid')}"
        made.where(f"({column}, e.id) {beyond} ({place})")
    limit = made.bind(listing.limit, "integer")
    query = f"""
{first}
SELECT (e.view - '{{attempts,artifacts,skipped_artifacts}}'::text[])::text, place
FROM (
    SELECT e.id, {column} AS place FROM evaluations AS e{texts}
    WHERE {" AND ".join(made.conditions)}
    ORDER BY {column} {direction}, e.id {direction} LIMIT {limit}
) AS page JOIN evaluations AS e ON (e.tenant, e.id) = ($1, page.id)
ORDER BY place {direction}, e.id {direction}
"""  # noqa: S608 - made of our own constants; what clients say are arguments
    return query, made.arguments


def _filter(made: Statement, asked: Filters) -> None:
    """Add the conditions but for the text's."""
    for column, values in (
        ("e.status", asked.status),
        ("e.outcome", asked.outcome),
        ("e.language", asked.language),
        ("coalesce(e.ran_on, e.engine)", asked.engine),
    ):
        if values:
            made.where(f"{column} = ANY({made.bind(list(values), 'text[]')})")
    if asked.batch is not None:
        made.where(f"e.batch = {made.bind(UUID(asked.batch), 'uuid')}")
    if asked.schedule is not None:
        made.where(f"e.schedule = {made.bind(UUID(asked.schedule), 'uuid')}")
    if asked.since is not None:
        made.where(f"e.submitted_at >= {made.bind(asked.since, 'timestamptz')}")
    if asked.until is not None:
        made.where(f"e.submitted_at < {made.bind(asked.until, 'timestamptz')}")
    for key, value in asked.labels:
        # The first condition is that of the index.
        if value is None:
            made.where(f"e.labels <> '{{}}' AND e.labels ? {made.bind(key, 'text')}")
        else:
            pair = msgspec.json.encode({key: value}).decode()
            made.where(f"e.labels <> '{{}}' AND e.labels @> {made.bind(pair, 'jsonb')}")


def _holds(made: Statement, text: Query) -> str:
    """The condition on a row of texts. Each has the word of its tenant (cloche_projector.texts)."""
    words = made.bind(text.websearch, "text")
    return f"t.words @@ (websearch_to_tsquery('simple', {words}) && ('''@' || $1 || '''')::tsquery)"


def listed(rows: Iterable[Any]) -> list[Listed]:
    """What the query gave."""
    return [Listed(_views.decode(view), value) for view, value in rows]


def page_in_memory(
    views: Mapping[Address, EvaluationView],
    texts: Mapping[Address, list[str]],
    tenant: str,
    listing: Listing,
) -> list[Listed]:
    """The same of views in a dictionary; `texts`: the words of each."""
    found: list[Listed] = []
    for address, view in views.items():
        value = value_of(view, listing.sort)
        asked = listing.filters
        if address.tenant != tenant or value is None or not asked.match(view):
            continue
        if asked.text is None or asked.text.matches(texts.get(address, [])):
            slim = replace(view, attempts=(), artifacts=(), skipped_artifacts=())
            found.append(Listed(slim, value))
    found.sort(key=_place, reverse=listing.descending)
    return [one for one in found if _beyond(one, listing)][: listing.limit]


def _place(one: Listed) -> Any:
    """All of one list are of one type, so that they can be told apart."""
    return one.value, one.view.id


def _beyond(one: Listed, listing: Listing) -> bool:
    if listing.after is None:
        return True
    place = _place(one)
    return bool(place < listing.after if listing.descending else place > listing.after)
