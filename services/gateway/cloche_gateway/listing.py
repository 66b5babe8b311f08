"""``GET /v1/evaluations``: filtered, searched, sorted, and page by page both ways."""

from typing import Annotated
from urllib.parse import urlencode

from cloche_schemas.views import EvaluationPage
from fastapi import APIRouter, Query, Request
from msgspec.structs import replace
from starlette.responses import Response

from cloche_gateway.authentication import TheReader
from cloche_gateway.cursors import BadCursor, ListCursor, Seals
from cloche_gateway.deps import TheGateway
from cloche_gateway.evaluations import COLLECTION, bad_cursor
from cloche_gateway.filters import Listing, Order, Sort, TheFilters
from cloche_gateway.list_models import Listed
from cloche_gateway.openapi import answers, cached
from cloche_gateway.representations import conditional

router = APIRouter(tags=["evaluations"])


@router.get(
    COLLECTION,
    summary="List, filter and search evaluations",
    responses=cached(answers(200, EvaluationPage, 400, 401, 403, 422, 503)),
)
async def list_evaluations(  # noqa: PLR0913, PLR0917 - the parameters of a query
    request: Request,
    gateway: TheGateway,
    caller: TheReader,
    filters: TheFilters,
    sort: Annotated[
        Sort, Query(description="finished and duration: only what is over is in the list")
    ] = "created",
    order: Annotated[Order, Query(description="desc: newest, last, longest first")] = "desc",
    limit: Annotated[int, Query(ge=1, le=200, description="items of a page")] = 50,
    cursor: Annotated[
        str | None, Query(description="next_cursor or prev_cursor of another page")
    ] = None,
) -> Response:
    """From the read model, so a submission appears a moment after it was accepted. The header Link leads to the pages
    around (RFC 8288). A cursor is good for the filters and the order that it was given with."""
    seals = Seals(gateway.settings.api_key.get_secret_value())
    wish = Listing(filters=filters, sort=sort, order=order, limit=limit + 1)
    scope = wish.scope(caller.tenant)
    if cursor is not None:
        wish = _from(wish, cursor, seals, scope)
    found = await gateway.deps.read_models.page(caller.tenant, wish)
    more, found = len(found) > limit, found[:limit]
    if wish.back:
        found.reverse()
    # Where a page was come from, there is one: behind it, or before it if it was gone back to.
    ways = {
        "prev": (cursor is not None and not wish.back) or (wish.back and more),
        "next": wish.back or more,
    }
    cursors = {
        way: seals.seal(_cursor_of(found, way), scope)
        for way, there in ways.items()
        if there and found
    }
    page = EvaluationPage(
        items=tuple(one.view for one in found),
        next_cursor=cursors.get("next"),
        prev_cursor=cursors.get("prev"),
    )
    return conditional(request, page, headers=_links(request, cursors))


def _from(wish: Listing, cursor: str, seals: Seals, scope: bytes) -> Listing:
    try:
        opened = seals.open(cursor, scope)
    except BadCursor as error:
        raise bad_cursor(str(error)) from error
    return replace(wish, after=(opened.value, opened.id), back=opened.back)


def _cursor_of(found: list[Listed], way: str) -> ListCursor:
    back = way == "prev"
    edge = found[0] if back else found[-1]
    return ListCursor(edge.value, edge.view.id, back)


def _links(request: Request, cursors: dict[str, str]) -> dict[str, str]:
    """The header Link, if there is another page."""
    if not cursors:
        return {}
    asked = [
        (name, value) for name, value in request.query_params.multi_items() if name != "cursor"
    ]
    ways = {"first": asked} | {way: [*asked, ("cursor", one)] for way, one in cursors.items()}
    links = (
        f'<{COLLECTION}{"?" if query else ""}{urlencode(query)}>; rel="{way}"'
        for way, query in ways.items()
    )
    return {"Link": ", ".join(links)}
