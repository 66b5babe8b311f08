"""Routes that are planned once answer as FastAPI's own, and what cannot be planned is refused when it is declared."""

from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any

import pytest
from cloche_gateway.planned_route import PlannedRoute
from fastapi import APIRouter, Body, Cookie, Depends, FastAPI, Header, Path, Query, Request
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, Response

seen: list[str] = []


async def counted(connection: HTTPConnection) -> int:
    seen.append("counted")
    return len(connection.headers.get("x-word", ""))


async def page(
    limit: Annotated[int, Query(ge=1, le=10)] = 5, after: Annotated[str | None, Query()] = None
) -> tuple[int, str | None]:
    seen.append("page")
    return limit, after


async def twice(count: Annotated[int, Depends(counted)], x_word: Annotated[str, Header()]) -> str:
    seen.append("twice")
    return x_word * count


class Doubled:
    async def __call__(self, number: Annotated[float, Query()]) -> float:
        seen.append("doubled")
        return 2 * number


async def everything(
    *,
    request: Request,
    id: Annotated[str, Path(max_length=4)],  # noqa: A002
    word: Annotated[str, Depends(twice)],
    count: Annotated[int, Depends(counted)],
    where: Annotated[tuple[int, str | None], Depends(page)],
    number: Annotated[float, Depends(Doubled())],
    tags: Annotated[list[str] | None, Query(alias="tag")] = None,
    prefer: Annotated[list[str] | None, Header(alias="Prefer")] = None,
    colour: Annotated[str | None, Cookie(pattern="^(blue|green)$")] = None,
    exact: Annotated[bool, Query()] = False,
) -> Response:
    said = [id, word, count, *where, number, tags, prefer, colour, exact]
    return JSONResponse([request.method, *said])


REQUESTS: list[tuple[str, dict[str, str]]] = [
    ("/things/one?number=1", {"x-word": "ab"}),
    ("/things/one?number=1.5&limit=10&after=x&tag=a&tag=b&exact=yes", {"x-word": ""}),
    ("/things/one?number=1&limit=2&limit=3&tag=", {"x-word": "ab", "Prefer": "wait=1"}),
    ("/things/one?number=1", {"X-Word": "ab", "cookie": "colour=blue"}),
    ("/things/one?number=1", {"x-word": "ab", "cookie": "colour=red"}),
    ("/things/one?number=1", {}),
    ("/things/one", {"x-word": "ab"}),
    ("/things/one?number=&limit=0", {"x-word": "ab"}),
    ("/things/longer?number=x&limit=11&exact=perhaps", {"x_word": "ab"}),
    ("/things/%C3%BC?number=-0&after=%00", {"x-word": "~"}),
]


def client_of(kind: type[APIRoute]) -> TestClient:
    router = APIRouter(route_class=kind)
    router.get("/things/{id}")(everything)
    app = FastAPI()
    app.router.routes.extend(router.routes)
    return TestClient(app, raise_server_exceptions=False)


@pytest.mark.parametrize(("path", "headers"), REQUESTS)
def test_answers_are_those_of_fastapi_and_so_is_what_is_called(
    path: str, headers: dict[str, str]
) -> None:
    told = []
    for kind in (APIRoute, PlannedRoute):
        seen.clear()
        answer = client_of(kind).get(path, headers=headers)
        told.append((answer.status_code, answer.json(), list(seen)))
    assert told[0] == told[1]
    assert told[0][0] in {200, 422}


def test_the_route_is_found_wherever_it_is_mounted() -> None:
    app = client_of(PlannedRoute).app
    client = TestClient(app, root_path="/below")
    for path in ("/below/things/one", "/things/one"):
        assert client.get(f"{path}?number=1", headers={"x-word": "a"}).status_code == 200
    assert client.post("/things/one").status_code == 405
    assert client.get("/thing/one").status_code == 404


async def yields() -> AsyncIterator[int]:
    yield 1


def in_a_thread() -> int:
    return 1


async def with_a_body(body: Annotated[dict[str, int], Body()]) -> Response:
    return JSONResponse(body)


async def with_a_model() -> dict[str, int]:
    return {}


async def that_yields(_: Annotated[int, Depends(yields)]) -> Response:
    return Response()


async def in_threads(_: Annotated[int, Depends(in_a_thread)]) -> Response:
    return Response()


async def that_is_given(response: Response) -> Response:
    return response


async def with_what_may_change(names: Annotated[list[str], Query()] = ["a"]) -> Response:  # noqa: B006
    return JSONResponse(names)


@pytest.mark.parametrize(
    "endpoint",
    [with_a_body, with_a_model, that_yields, in_threads, that_is_given, with_what_may_change],
)
def test_what_has_no_plan_is_refused_when_it_is_declared(endpoint: Callable[..., Any]) -> None:
    router = APIRouter(route_class=PlannedRoute)
    with pytest.raises(TypeError):
        router.post("/things")(endpoint)
