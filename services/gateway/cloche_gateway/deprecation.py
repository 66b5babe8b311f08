"""Routes on their way out: they go on as they are, and every answer says since when, and until when.

The headers are Deprecation (RFC 9745), Sunset (RFC 8594) and Link; OpenAPI marks the operation. Nothing of v1 is
deprecated; it is here, and tested, for the day that v2 comes::

    @router.get("/v1/things", …)
    @deprecated(Deprecation(since=…, sunset=…, successor="/v2/things", about="https://…"))
    async def things(…) -> Response: …
"""

import functools
from collections.abc import Awaitable, Callable
from datetime import datetime
from email.utils import format_datetime
from typing import Any, ParamSpec

from msgspec import Struct
from starlette.responses import Response

from cloche_gateway.problems import ClientError

P = ParamSpec("P")
_MARK = "cloche_deprecation"


class Deprecation(Struct, frozen=True, kw_only=True):
    """`since`, `sunset`: times in UTC; there may be no end yet. `successor`: what takes its place; `about`: a page."""

    since: datetime
    sunset: datetime | None = None
    successor: str = ""
    about: str = ""

    @property
    def headers(self) -> dict[str, str]:
        headers = {"Deprecation": f"@{int(self.since.timestamp())}"}
        if self.sunset is not None:
            headers["Sunset"] = format_datetime(self.sunset, usegmt=True)
        links = [(self.successor, "successor-version"), (self.about, "deprecation")]
        if said := ", ".join(f'<{where}>; rel="{rel}"' for where, rel in links if where):
            headers["Link"] = said
        return headers


def deprecated(
    deprecation: Deprecation,
) -> Callable[[Callable[P, Awaitable[Response]]], Callable[P, Awaitable[Response]]]:
    """Make every answer of a route say so, problems of the route itself included."""

    def mark(endpoint: Callable[P, Awaitable[Response]]) -> Callable[P, Awaitable[Response]]:
        @functools.wraps(endpoint)
        async def answered(*args: P.args, **kwargs: P.kwargs) -> Response:
            try:
                response = await endpoint(*args, **kwargs)
            except ClientError as error:
                error.headers |= _beside(error.headers.get("Link", ""), deprecation)
                raise
            response.headers.update(_beside(response.headers.get("Link", ""), deprecation))
            return response

        setattr(answered, _MARK, deprecation)
        return answered

    return mark


def deprecation_of(endpoint: Callable[..., Any]) -> Deprecation | None:
    """What `deprecated` said of an endpoint."""
    found: Deprecation | None = getattr(endpoint, _MARK, None)
    return found


def _beside(link: str, deprecation: Deprecation) -> dict[str, str]:
    """The headers to be set where there is a header Link already, which may be empty."""
    more = deprecation.headers
    if link and "Link" in more:
        more["Link"] = f"{link}, {more['Link']}"
    return more
