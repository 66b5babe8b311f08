"""``GET /v1/evaluations/{id}/output/search``: the lines that hold something, page by page, wherever the bytes lie.

What a request may read is bounded in time, not in size: what is left is searched on from the cursor.
"""

import asyncio
import re
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

from cloche_schemas.views import OutputMatch, OutputMatches
from fastapi import APIRouter, Query
from msgspec import Struct
from starlette.responses import Response

from cloche_gateway.authentication import TheReader
from cloche_gateway.deps import Gateway, TheGateway
from cloche_gateway.evaluations import json_response
from cloche_gateway.openapi import answers
from cloche_gateway.output import PATH, AnAttempt, TheStream, recording_at
from cloche_gateway.planned_route import PlannedRoute
from cloche_gateway.problems import ClientError, at
from cloche_gateway.recordings import Pieces, Recording, read
from cloche_gateway.searching import MOST_PATTERN, BadPattern, Find, Search, finder

router = APIRouter(route_class=PlannedRoute, tags=["evaluations"])
_CURSOR = re.compile(r"(\d{1,18})-(\d{1,18})(-?)")
_PIECE_BYTES = 256 << 10


@router.get(
    PATH + "/search",
    summary="Search what the program wrote",
    responses=answers(200, OutputMatches, 400, 401, 403, 404, 410, 422, 503),
)
async def search(  # noqa: PLR0913, PLR0917 - the parameters of a query
    id: str,  # noqa: A002
    gateway: TheGateway,
    caller: TheReader,
    q: Annotated[str, Query(min_length=1, max_length=MOST_PATTERN, description="what to find")],
    stream: TheStream = "stdout",
    attempt: AnAttempt = None,
    regex: Annotated[bool, Query(description="q is a regular expression as of RE2")] = False,
    ignore_case: Annotated[bool, Query(description="letters match in either case")] = False,
    limit: Annotated[int, Query(ge=1, le=1000, description="lines of a page")] = 100,
    cursor: Annotated[str | None, Query(description="next_cursor of the page before")] = None,
) -> Response:
    """In the order of the lines; also while the program runs, as far as it has come."""
    try:
        find = finder(q, regex=regex, ignore_case=ignore_case)
    except BadPattern as error:
        detail = str(error)
        raise ClientError("invalid_parameter", detail, errors=at("/query/q", detail)) from None
    begin = _begin(cursor)
    recording = await recording_at(gateway, caller.tenant, id, stream, attempt)
    page = await _page(gateway, recording, find, begin, limit)
    return json_response(page, 200)


class _Place(Struct, frozen=True):
    """Where to search on. `known`: the line there has been given already."""

    offset: int = 0
    line: int = 1
    known: bool = False

    def encode(self) -> str:
        return f"{self.offset}-{self.line}{'-' if self.known else ''}"


def _begin(cursor: str | None) -> _Place:
    if cursor is None:
        return _Place()
    match = _CURSOR.fullmatch(cursor)
    if match is None:
        detail = "cursor: it is not one of ours"
        raise ClientError("invalid_cursor", detail, errors=at("/query/cursor", detail))
    return _Place(int(match[1]), max(int(match[2]), 1), bool(match[3]))


async def _page(
    gateway: Gateway, recording: Recording, find: Find, begin: _Place, limit: int
) -> OutputMatches:
    """Up to `limit` matches, or as many as are found in time."""
    until = time.monotonic() + gateway.settings.search_seconds
    looking = Search(find, line=begin.line, offset=begin.offset, known=begin.known)
    found: list[OutputMatch] = []
    following: _Place | None = None
    body = await read(gateway.deps, recording, begin.offset)
    async with aclosing(_pieces(body)) as pieces:
        async for piece in pieces:
            found += looking.feed(piece)
            if len(found) > limit:
                break
            # Not without a step forward, or the client would ask for the same again.
            if time.monotonic() > until and looking.offset > begin.offset:
                following = _Place(looking.offset, looking.line, looking.known)
                break
            await asyncio.sleep(0)
        else:
            found += looking.finish()
    if len(found) > limit:
        last = found[limit - 1]
        following = _Place(last.offset, last.line, known=True)
    return OutputMatches(
        attempt=recording.attempt,
        complete=recording.complete,
        items=tuple(found[:limit]),
        more=following is not None,
        next_cursor=None if following is None else following.encode(),
    )


async def _pieces(body: bytes | Pieces) -> AsyncGenerator[bytes, None]:
    if isinstance(body, bytes):
        for start in range(0, len(body), _PIECE_BYTES):
            yield body[start : start + _PIECE_BYTES]
        return
    async with aclosing(body):
        async for piece in body:
            yield piece
