"""Every bad input is answered by a problem that names the field, and leaves nothing on the log."""

import asyncio
from typing import Any

import httpx2
import msgspec
import pytest
from cloche_gateway.bodies import field_error
from support.gateway import HELLO, KEY, UNKNOWN, Stage, stage_with

PATH = "/v1/evaluations"
JSON = {"Content-Type": "application/json"}


def assert_problem(
    answer: httpx2.Response, status: int, code: str, pointer: str | None = None
) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["type"] == f"/problems/{code}"
    assert problem["title"]
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert len(problem["trace_id"]) == 32
    assert "Traceback" not in answer.text
    if pointer is not None:
        assert problem["errors"][0]["pointer"] == pointer
        assert problem["errors"][0]["detail"]
    return problem


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/code"),
        ([], ""),
        ("x", ""),
        (None, ""),
        ({"code": ""}, "/code"),
        ({"code": 1}, "/code"),
        ({"code": None}, "/code"),
        (HELLO | {"tenant": "other"}, "/tenant"),
        (HELLO | {"status": "completed"}, "/status"),
        (HELLO | {"a/b~c": 1}, "/a~1b~0c"),
        (HELLO | {"language": "cobol"}, "/language"),
        (HELLO | {"engine": "host"}, "/engine"),
        (HELLO | {"priority": "urgent"}, "/priority"),
        (HELLO | {"name": "../x"}, "/name"),
        (HELLO | {"name": "a" * 129}, "/name"),
        (HELLO | {"argv": "x"}, "/argv"),
        (HELLO | {"argv": ["x", 1]}, "/argv/1"),
        (HELLO | {"argv": ["x", "a\0b"]}, "/argv/1"),
        (HELLO | {"argv": ["x"] * 257}, "/argv"),
        (HELLO | {"stdin": 7}, "/stdin"),
        (HELLO | {"labels": {"a": 1}}, "/labels"),
        (HELLO | {"labels": {"a" * 129: "b"}}, "/labels"),
        (HELLO | {"labels": {"a": "\0"}}, "/labels"),
        (HELLO | {"limits": None}, "/limits"),
        (HELLO | {"limits": {"gpus": 1}}, "/limits/gpus"),
        (HELLO | {"limits": {"memory_bytes": "1"}}, "/limits/memory_bytes"),
        (HELLO | {"limits": {"memory_bytes": 1}}, "/limits/memory_bytes"),
        (HELLO | {"limits": {"wall_seconds": 0}}, "/limits/wall_seconds"),
        (HELLO | {"limits": {"wall_seconds": -1}}, "/limits/wall_seconds"),
        (HELLO | {"limits": {"pids": True}}, "/limits/pids"),
        (HELLO | {"limits": {"pids": 1.5}}, "/limits/pids"),
    ],
)
async def test_a_body_that_does_not_fit_the_schema_is_refused_with_a_pointer(
    stage: Stage, body: object, pointer: str
) -> None:
    answer = await stage.client.post(PATH, content=msgspec.json.encode(body), headers=JSON)
    assert_problem(answer, 422, "invalid_body", pointer)
    assert await stage.length() == 0


@pytest.mark.parametrize(
    ("name", "maximum"),
    [
        ("wall_seconds", 86_400),
        ("cpu_seconds", 86_400),
        ("cpus", 4),
        ("memory_bytes", 4 << 30),
        ("pids", 512),
        ("output_bytes", 4 << 30),
        ("scratch_bytes", 4 << 30),
        ("scratch_inodes", 1_000_000),
        ("file_bytes", 4 << 30),
        ("open_files", 4096),
    ],
)
async def test_a_limit_over_its_maximum_is_refused_and_the_maximum_told(
    stage: Stage, name: str, maximum: int
) -> None:
    answer = await stage.client.post(PATH, json=HELLO | {"limits": {name: maximum + 1}})
    problem = assert_problem(answer, 422, "limit_exceeded", f"/limits/{name}")
    assert problem["errors"][0]["maximum"] == maximum
    assert str(maximum) in problem["errors"][0]["detail"]
    assert await stage.length() == 0


async def test_every_limit_over_its_maximum_is_named_at_once(stage: Stage) -> None:
    answer = await stage.client.post(
        PATH, json=HELLO | {"limits": {"pids": 10**30, "cpus": 64.0, "wall_seconds": 1}}
    )
    problem = assert_problem(answer, 422, "limit_exceeded")
    assert [e["pointer"] for e in problem["errors"]] == ["/limits/cpus", "/limits/pids"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"code": "x"',
        b'{"code": "x"} x',
        b"code=x",
        b'{"code": "\xff"}',
        b'{"code": "\\ud800"}',
        b'{"limits": {"cpus": NaN}}',
        b"\x00",
    ],
)
async def test_a_body_that_is_no_json_is_refused(stage: Stage, body: bytes) -> None:
    answer = await stage.client.post(PATH, content=body, headers=JSON)
    assert_problem(answer, 400, "malformed_json", "")
    assert await stage.length() == 0


async def test_deep_nesting_is_refused_like_any_other_wrong_type(stage: Stage) -> None:
    body = b'{"code": "x", "labels": ' + b"[" * 100_000
    answer = await stage.client.post(PATH, content=body, headers=JSON)
    assert_problem(answer, 422, "invalid_body", "/labels")


async def test_a_body_announced_too_large_is_refused_before_it_is_read(stage: Stage) -> None:
    read = 0

    async def body() -> Any:
        nonlocal read
        read += 1
        yield b"{"

    answer = await stage.client.post(
        PATH, content=body(), headers=JSON | {"Content-Length": str((1 << 20) + 1)}
    )
    problem = assert_problem(answer, 413, "body_too_large")
    assert "1048576" in problem["detail"]
    assert await stage.length() == 0


async def test_a_body_that_grows_too_large_is_refused_while_it_is_read(stage: Stage) -> None:
    async def body() -> Any:
        for _ in range(40):
            yield b" " * (64 << 10)

    async with stage.listening() as client:
        answer = await client.post(PATH, content=body(), headers=JSON)
        assert_problem(answer, 413, "body_too_large", "")
        assert (await client.get("/v1")).status_code == 200
    assert await stage.length() == 0


async def test_a_body_that_never_ends_is_given_up() -> None:
    async with stage_with(body_seconds=0.05) as stage, stage.listening() as client:
        port = client.base_url.port

        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            f"POST {PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\n"
            "Content-Type: application/json\r\nContent-Length: 10\r\n\r\n{".encode()
        )
        assert b" 408 " in await reader.readline()
        writer.close()
        assert await stage.length() == 0


@pytest.mark.parametrize(
    ("headers", "pointer"),
    [
        ({}, "/header/Content-Type"),
        ({"Content-Type": "text/plain"}, "/header/Content-Type"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, "/header/Content-Type"),
        (JSON | {"Content-Encoding": "gzip"}, "/header/Content-Encoding"),
    ],
)
async def test_a_body_that_is_not_plain_json_is_refused(
    stage: Stage, headers: dict[str, str], pointer: str
) -> None:
    answer = await stage.client.post(PATH, content=msgspec.json.encode(HELLO), headers=headers)
    assert_problem(answer, 415, "unsupported_media_type", pointer)
    assert await stage.length() == 0


ROUTES = [
    ("GET", "/v1"),
    ("POST", PATH),
    ("GET", PATH),
    ("GET", f"{PATH}/{UNKNOWN}"),
    ("GET", f"{PATH}/{UNKNOWN}/events"),
    ("GET", f"{PATH}/{UNKNOWN}/output"),
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
@pytest.mark.parametrize("tail", ["", "/events", "/output"])
async def test_a_bad_id_is_refused(stage: Stage, id_: str, tail: str) -> None:
    answer = await stage.client.get(f"{PATH}/{id_}{tail}")
    assert_problem(answer, 422, "invalid_id", "/path/id")


async def test_a_bad_id_cannot_be_cancelled(stage: Stage) -> None:
    answer = await stage.client.post(f"{PATH}/x/cancel")
    assert_problem(answer, 422, "invalid_id", "/path/id")
    assert await stage.length() == 0


@pytest.mark.parametrize("tail", ["", "/events", "/output"])
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
        ("status=done", "status"),
        ("status=", "status"),
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


@pytest.mark.parametrize(
    ("body", "pointer"),
    [({"reason": 1}, "/reason"), ({"why": "x"}, "/why"), ({"reason": "\0"}, "/reason")],
)
async def test_a_bad_reason_cancels_nothing(
    stage: Stage, body: dict[str, object], pointer: str
) -> None:
    address = await stage.submit()
    answer = await stage.client.post(f"{PATH}/{address.evaluation}/cancel", json=body)
    assert_problem(answer, 422, "invalid_body", pointer)
    assert await stage.length() == 1


@pytest.mark.parametrize(
    ("message", "pointer", "detail"),
    [
        ("Expected `int`, got `str` - at `$.a.b`", "/a/b", "Expected `int`, got `str`"),
        ("Expected `str` - at `$[3].x[...]`", "/3/x", "Expected `str`"),
        ("Expected `str` - at `key` in `$.labels`", "/labels", "Expected `str`"),
        (
            "Object missing required field `x` - at `$.a`",
            "/a/x",
            "Object missing required field `x`",
        ),
        ("something that msgspec never said", "", "something that msgspec never said"),
    ],
)
def test_the_words_of_msgspec_become_pointers(message: str, pointer: str, detail: str) -> None:
    wrong = field_error(message)
    assert (wrong.pointer, wrong.detail) == (pointer, detail)


async def test_a_very_long_unknown_field_is_not_echoed_whole(stage: Stage) -> None:
    answer = await stage.client.post(PATH, json=HELLO | {"x" * 100_000: 1})
    assert_problem(answer, 422, "invalid_body")
    assert len(answer.content) < 2000
