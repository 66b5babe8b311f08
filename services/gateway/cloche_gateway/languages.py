"""``GET /v1/languages``: what `language`, `image` and the names in `env` of a submission may be."""

from cloche_schemas.languages import IMAGES, LANGUAGES
from cloche_schemas.views import LanguageList, LanguageView
from fastapi import APIRouter, Request
from starlette.responses import Response

from cloche_gateway.authentication import TheReader
from cloche_gateway.deps import TheGateway
from cloche_gateway.openapi import answers, cached
from cloche_gateway.planned_route import PlannedRoute
from cloche_gateway.representations import conditional

router = APIRouter(route_class=PlannedRoute, tags=["service"])


@router.get(
    "/v1/languages",
    summary="List languages, images and variables",
    responses=cached(answers(200, LanguageList, 401, 403)),
)
async def languages(request: Request, gateway: TheGateway, _caller: TheReader) -> Response:
    """What this server takes; whether an executor has the image now is another question."""
    items = tuple(
        LanguageView(name=name, image=one.image, suffixes=one.suffixes, compiled=one.compiled)
        for name, one in LANGUAGES.items()
    )
    settings = gateway.settings
    images = tuple(sorted({*IMAGES, *settings.extra_images}))
    return conditional(request, LanguageList(items=items, images=images, env=settings.env_allowed))
