"""Projections as the projector tells of them, and what is asked of them: PostgreSQL, and one in memory.

The only thing that the gateway writes there: a wish in a row that projectors look at (docs/adr/0013). Whether it is
allowed is decided by the same statement that writes it, so that of two wishes at once one is refused.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import msgspec
from cloche_schemas.projections import (
    PROJECTION_REQUESTS,
    Differences,
    ProjectionRequest,
    ProjectionView,
    SwapWhen,
)
from msgspec.structs import replace


class ProjectionModels(Protocol):
    """Every call may raise `ReadModelsUnavailable`."""

    async def all(self) -> list[ProjectionView]:
        """Every projection, by name."""
        ...

    async def ask(
        self, name: str, request: ProjectionRequest, *, swap: SwapWhen = "auto"
    ) -> ProjectionView | None:
        """The projection with the wish on it; None if there is none, or it cannot be wished for as things are."""
        ...


_ALL = """
SELECT p.name, c.version, c.sequence, c.complete, p.state, p.request, p.building, p.sequence AS progress, p.target,
       p.differences::text, p.previous, p.error, p.started_at, p.finished_at
FROM public.projections AS p LEFT JOIN checkpoints AS c ON c.name = p.name
ORDER BY p.name
"""
# What has to be true of the row for each wish.
_IF = {
    "rebuild": "request IS NULL AND state NOT IN ('rebuilding', 'comparing')",
    "swap": "request IS NULL AND state = 'ready'",
    "rollback": "request IS NULL AND state NOT IN ('rebuilding', 'comparing') AND previous IS NOT NULL",
    "abort": "request IS DISTINCT FROM 'abort' AND (request IS NOT NULL OR state NOT IN ('idle', 'swapped'))",
}
_ASK = {
    request: f"""
    UPDATE public.projections SET
        request = $2, swap = $3, error = '', pinned = CASE WHEN $2 = 'rebuild' THEN NULL ELSE pinned END
    WHERE name = $1 AND {_IF[request]} RETURNING name
    """  # noqa: S608 - made of our own words
    for request in PROJECTION_REQUESTS
}

Fetch = Callable[..., Awaitable[list[Any]]]
_differences = msgspec.json.Decoder(Differences)


class PostgresProjections:
    """`ProjectionModels` over the projector's tables. `fetch` runs a query, `change` one that may write."""

    def __init__(self, fetch: Fetch, change: Fetch) -> None:
        self._fetch = fetch
        self._change = change

    async def all(self) -> list[ProjectionView]:
        return [_view_of(row) for row in await self._fetch(_ALL)]

    async def ask(
        self, name: str, request: ProjectionRequest, *, swap: SwapWhen = "auto"
    ) -> ProjectionView | None:
        if not await self._change(_ASK[request], name, request, swap):
            return None
        return next((one for one in await self.all() if one.name == name), None)


def _view_of(row: Any) -> ProjectionView:
    values = dict(row)
    found = values.pop("differences")
    # Nobody has projected yet: there is nothing, as of nothing.
    unknown = {"version": 1, "sequence": 0, "complete": False}
    known = {name: values.pop(name) for name in unknown}
    return ProjectionView(
        **values,
        **(unknown if known["version"] is None else known),
        differences=None if found is None else _differences.decode(found),
    )


class MemoryProjections:
    """`ProjectionModels` of one projection, whose view tests set; a wish changes nothing but `request`."""

    def __init__(self) -> None:
        self.view = ProjectionView(name="read-models", version=1, sequence=0)

    async def all(self) -> list[ProjectionView]:
        return [self.view]

    async def ask(
        self, name: str, request: ProjectionRequest, *, swap: SwapWhen = "auto"
    ) -> ProjectionView | None:
        view = self.view
        under_way = view.state in {"rebuilding", "comparing"}
        allowed = {
            "rebuild": view.request is None and not under_way,
            "swap": view.request is None and view.state == "ready",
            "rollback": view.request is None and not under_way and view.previous is not None,
            "abort": view.request != "abort"
            and (view.request is not None or view.state not in {"idle", "swapped"}),
        }
        if name != view.name or not allowed[request]:
            return None
        self.view = replace(view, request=request)
        return self.view
