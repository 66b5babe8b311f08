"""A route on its way out says so in every answer, and in the description. None of v1 is."""

from datetime import UTC, datetime

import httpx2
import pytest
from cloche_gateway.deprecation import Deprecation, deprecated, deprecation_of
from cloche_gateway.failures import on_error
from cloche_gateway.openapi import describe
from cloche_gateway.problems import ClientError
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.responses import PlainTextResponse, Response
from support.gateway import Stage

ENDS = Deprecation(
    since=datetime(2027, 1, 1, tzinfo=UTC),
    sunset=datetime(2027, 12, 31, 23, 59, 59, tzinfo=UTC),
    successor="/v2/things",
    about="https://example.com/v1-ends",
)


@pytest.fixture
def app() -> FastAPI:
    app = FastAPI(docs_url=None, exception_handlers={ClientError: on_error})

    @app.get("/v1/things/{name}", summary="A thing")
    @deprecated(ENDS)
    async def thing(name: str, upper: bool = False) -> Response:
        if name == "none":
            raise ClientError("not_found", "there is no such thing")
        return PlainTextResponse(
            name.upper() if upper else name, headers={"Link": '</x>; rel="next"'}
        )

    @app.get("/v1/other", summary="Another one")
    async def other() -> Response:
        return PlainTextResponse("other")

    describe(app)
    return app


async def get(app: FastAPI, path: str) -> httpx2.Response:
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.get(path)


async def test_every_answer_says_since_when_and_until_when(app: FastAPI) -> None:
    for path, status, text in (
        ("/v1/things/a?upper=true", 200, "A"),
        ("/v1/things/none", 404, ""),
    ):
        answer = await get(app, path)
        assert answer.status_code == status
        assert not text or answer.text == text
        assert answer.headers["deprecation"] == "@1798761600"
        assert answer.headers["sunset"] == "Fri, 31 Dec 2027 23:59:59 GMT"
        link = answer.headers["link"]
        assert '</v2/things>; rel="successor-version"' in link
        assert '<https://example.com/v1-ends>; rel="deprecation"' in link
        assert link.startswith('</x>; rel="next", ') == (status == 200)


async def test_what_is_not_deprecated_says_nothing(app: FastAPI) -> None:
    headers = (await get(app, "/v1/other")).headers
    assert not {"deprecation", "sunset", "link"} & set(headers)


async def test_the_description_marks_it(app: FastAPI) -> None:
    paths = (await get(app, "/openapi.json")).json()["paths"]
    assert paths["/v1/things/{name}"]["get"]["deprecated"] is True
    assert [one["name"] for one in paths["/v1/things/{name}"]["get"]["parameters"]] == [
        "name",
        "upper",
    ]
    assert "deprecated" not in paths["/v1/other"]["get"]


def test_an_end_and_links_may_be_missing() -> None:
    assert Deprecation(since=datetime(2027, 1, 1, tzinfo=UTC)).headers == {
        "Deprecation": "@1798761600"
    }


def test_nothing_of_v1_is_deprecated(stage: Stage) -> None:
    routes = [context.original_route for context in iter_route_contexts(stage.app.routes)]
    ours = [route for route in routes if isinstance(route, APIRoute)]
    assert len(ours) > 30
    assert not [route.path for route in ours if deprecation_of(route.endpoint)]
