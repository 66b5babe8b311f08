"""``GET /v1/evaluations``: filtered, searched, sorted, and page by page both ways."""

from typing import Annotated

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
from cloche_gateway.openapi import answers, cached, of_rows
from cloche_gateway.paging import Way, links, ways
from cloche_gateway.planned_route import PlannedRoute
from cloche_gateway.representations import conditional

router = APIRouter(route_class=PlannedRoute, tags=["evaluations"])


@router.get(
    COLLECTION,
    summary="List, filter and search evaluations",
    responses=of_rows(cached(answers(200, EvaluationPage, 400, 401, 403, 422, 503))),
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
    lag = await gateway.read_lag.header()
    found = await gateway.deps.read_models.page(caller.tenant, wish)
    more, found = len(found) > limit, found[:limit]
    if wish.back:
        found.reverse()
    cursors = {
        way: seals.seal(_cursor_of(found, way), scope)
        for way, there in ways(came=cursor is not None, back=wish.back, more=more).items()
        if there and found
    }
    page = EvaluationPage(
        items=tuple(one.view for one in found),
        next_cursor=cursors.get("next"),
        prev_cursor=cursors.get("prev"),
    )
    return conditional(request, page, headers=lag | links(request, COLLECTION, cursors))


def _from(wish: Listing, cursor: str, seals: Seals, scope: bytes) -> Listing:
    try:
        opened = seals.open(cursor, scope)
    except BadCursor as error:
        raise bad_cursor(str(error)) from error
    return replace(wish, after=(opened.value, opened.id), back=opened.back)


def _cursor_of(found: list[Listed], way: Way) -> ListCursor:
    back = way == "prev"
    edge = found[0] if back else found[-1]
    return ListCursor(edge.value, edge.view.id, back)
