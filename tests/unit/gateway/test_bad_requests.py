"""Without the key, with a bad id or parameter, or off the routes: a problem, and nothing on the log."""

import httpx2
import pytest
from support.gateway import HELLO, KEY, UNKNOWN, Stage, assert_problem

PATH = "/v1/evaluations"
TAILS = ["", "/events", "/output", "/cases", "/artifacts", "/artifacts/a/b"]

ROUTES = [
    ("GET", "/v1"),
    ("POST", PATH),
    ("GET", PATH),
    ("GET", f"{PATH}/{UNKNOWN}"),
    ("GET", f"{PATH}/{UNKNOWN}/events"),
    ("GET", f"{PATH}/{UNKNOWN}/output"),
    ("GET", f"{PATH}/{UNKNOWN}/cases"),
    ("GET", f"{PATH}/{UNKNOWN}/artifacts"),
    ("GET", f"{PATH}/{UNKNOWN}/artifacts/a"),
    ("GET", "/v1/languages"),
    ("POST", f"{PATH}/{UNKNOWN}/cancel"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize(
    ("header", "challenge"),
    [
        (None, "Bearer"),
        ("", "Bearer"),
        (KEY, "Bearer"),
        (f"Basic {KEY}", "Bearer"),
        ("Bearer", "Bearer"),
        ("Bearer wrong", 'Bearer error="invalid_token"'),
        (f"Bearer {KEY}x", 'Bearer error="invalid_token"'),
        (f"Bearer {KEY[:-1]}", 'Bearer error="invalid_token"'),
        (f"Bearer {KEY.upper()}", 'Bearer error="invalid_token"'),
        ("Bearer ключ", 'Bearer error="invalid_token"'),
    ],
)
async def test_without_the_key_nothing_is_answered(
    stage: Stage, method: str, path: str, header: str | None, challenge: str
) -> None:
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=stage.app), base_url="http://cloche"
    ) as client:
        headers = {} if header is None else {b"Authorization": header.encode()}
        answer = await client.request(method, path, headers=headers, json=HELLO)
    problem = assert_problem(answer, 401, "unauthorized", "/header/Authorization")
    assert answer.headers["www-authenticate"] == challenge
    assert KEY not in str(problem)
    assert await stage.length() == 0


async def test_a_key_in_the_query_is_no_key(stage: Stage) -> None:
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=stage.app), base_url="http://cloche"
    ) as client:
        assert_problem(await client.get(f"/v1?api_key={KEY}&key={KEY}"), 401, "unauthorized")


@pytest.mark.parametrize(
    "id_", ["x", "1", UNKNOWN.upper().replace("0", "A"), f"{UNKNOWN}0", "%00", "*", ">"]
)
@pytest.mark.parametrize("tail", TAILS)
async def test_a_bad_id_is_refused(stage: Stage, id_: str, tail: str) -> None:
    answer = await stage.client.get(f"{PATH}/{id_}{tail}")
    assert_problem(answer, 422, "invalid_id", "/path/id")


async def test_a_bad_id_cannot_be_cancelled(stage: Stage) -> None:
    answer = await stage.client.post(f"{PATH}/x/cancel")
    assert_problem(answer, 422, "invalid_id", "/path/id")
    assert await stage.length() == 0


@pytest.mark.parametrize("tail", TAILS)
async def test_an_id_that_nobody_knows_is_not_found(stage: Stage, tail: str) -> None:
    assert_problem(await stage.client.get(f"{PATH}/{UNKNOWN}{tail}"), 404, "not_found")


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=-1", "limit"),
        ("limit=x", "limit"),
        ("limit=1e2", "limit"),
        ("status=done", "status/0"),
        ("status=", "status/0"),
    ],
)
async def test_a_bad_parameter_of_the_list_is_refused(stage: Stage, query: str, name: str) -> None:
    answer = await stage.client.get(f"{PATH}?{query}")
    assert_problem(answer, 422, "invalid_parameter", f"/query/{name}")


async def test_a_bad_stream_of_output_is_refused(stage: Stage) -> None:
    address = await stage.submit()
    answer = await stage.client.get(f"{PATH}/{address.evaluation}/output?stream=stdin")
    assert_problem(answer, 422, "invalid_parameter", "/query/stream")


@pytest.mark.parametrize("path", ["/", "/v1/", "/v2", f"{PATH}/", "/v1/evaluations/a/b/c", "/.env"])
async def test_an_unknown_route_is_a_problem_too(stage: Stage, path: str) -> None:
    assert_problem(await stage.client.get(path), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", f"{PATH}/{UNKNOWN}"),
        ("PUT", PATH),
        ("OPTIONS", PATH),
        ("GET", f"{PATH}/{UNKNOWN}/cancel"),
    ],
)
async def test_a_wrong_method_is_a_problem_that_lists_the_right_ones(
    stage: Stage, method: str, path: str
) -> None:
    answer = await stage.client.request(method, path)
    assert_problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"]
