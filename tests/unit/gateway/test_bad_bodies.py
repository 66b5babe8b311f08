"""Every bad body is answered by a problem that points to the field, and leaves nothing on the log."""

import asyncio
from typing import Any

import msgspec
import pytest
from cloche_gateway.bodies import field_error
from support.gateway import HELLO, KEY, Stage, assert_problem, stage_with

PATH = "/v1/evaluations"
JSON = {"Content-Type": "application/json"}


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
        (HELLO | {"language": "C o"}, "/language"),
        (HELLO | {"language": 3}, "/language"),
        (HELLO | {"image": "registry/image:1"}, "/image"),
        (HELLO | {"require": "auto"}, "/require"),
        (HELLO | {"cases": []}, "/cases"),
        (HELLO | {"cases": [{}] * 1001}, "/cases"),
        (HELLO | {"cases": [{}, {"input": "x"}]}, "/cases/1/input"),
        (HELLO | {"cases": [{"name": "a\0"}]}, "/cases/0/name"),
        (HELLO | {"cases": [{"argv": ["a", "\0"]}]}, "/cases/0/argv/1"),
        (HELLO | {"files": [{"name": "a"}]}, "/files/0"),
        (HELLO | {"files": [{"name": "a", "content": "", "data": ""}]}, "/files/0"),
        (HELLO | {"files": [{"name": "a", "data": "no base64"}]}, "/files/0/data"),
        (HELLO | {"files": [{"name": str(n), "content": ""} for n in range(1001)]}, "/files"),
        ({"files": [{"name": "main.py", "content": ""}]}, "/files/0/content"),
        (HELLO | {"env": {"LANG": "\0"}}, "/env/LANG"),
        (HELLO | {"env": {"LANG": "x" * 33_000}}, "/env"),
        (HELLO | {"engine": "host"}, "/engine"),
        (HELLO | {"priority": "urgent"}, "/priority"),
        (HELLO | {"name": 7}, "/name"),
        (HELLO | {"name": "a" * 1025}, "/name"),
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
        ("artifact_files", 1000),
        ("artifact_bytes", 1 << 30),
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
