"""The header Link of a list: to the pages around, and to the first (RFC 8288)."""

from collections.abc import Mapping
from typing import Literal
from urllib.parse import urlencode

from starlette.requests import Request

Way = Literal["prev", "next"]


def ways(*, came: bool, back: bool, more: bool) -> dict[Way, bool]:
    """Where there is another page. `came`: by a cursor, going `back` or not; `more`: there is more that way.

    Where a page was come from, there is one: behind it, or before it if it was gone back to.
    """
    return {"prev": (came and not back) or (back and more), "next": back or more}


def links(request: Request, path: str, cursors: Mapping[Way, str]) -> dict[str, str]:
    """The header, with the query that was asked; none if there is no other page."""
    if not cursors:
        return {}
    asked = [
        (name, value) for name, value in request.query_params.multi_items() if name != "cursor"
    ]
    pages = {"first": asked} | {way: [*asked, ("cursor", one)] for way, one in cursors.items()}
    found = (
        f'<{path}{"?" if query else ""}{urlencode(query)}>; rel="{way}"'
        for way, query in pages.items()
    )
    return {"Link": ", ".join(found)}
