"""A refused submission says where it is wrong and what would be right, and leaves nothing on the log."""

import base64
import io
import tarfile
from typing import Any

import pytest
from cloche_gateway.settings import ENV_ALLOWED
from cloche_kit.bus import BusError, Conflict
from cloche_schemas.languages import IMAGES, LANGUAGES
from support.gateway import HELLO, Stage, assert_problem, stage_with

PATH = "/v1/evaluations"


def archive() -> str:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz") as packed:
        packed.addfile(tarfile.TarInfo("main.py"), io.BytesIO())
    return base64.b64encode(held.getvalue()).decode()


def files(*names: str) -> dict[str, Any]:
    return {"files": [{"name": name, "content": "print(1)"} for name in names]}


@pytest.mark.parametrize(
    ("body", "code", "pointer", "words"),
    [
        (files("../x.py"), "invalid_file_name", "/files/0/name", ["."]),
        (files("/x.py"), "invalid_file_name", "/files/0/name", ["absolute"]),
        (files("x\0.py"), "invalid_file_name", "/files/0/name", ["control character"]),
        (files("x" * 4096), "invalid_file_name", "/files/0/name", ["1024 bytes"]),
        (files("a.py", "b.py", "a.py"), "invalid_file_name", "/files/2/name", ["/files/0/name"]),
        (files("a.py", "A.py"), "invalid_file_name", "/files/1/name", ["case"]),
        (files("a", "a/b.py"), "invalid_file_name", "/files/1/name", ["/files/0/name", "folder"]),
        (HELLO | {"name": "../x.py"}, "invalid_file_name", "/name", ["."]),
        (
            {"files": [{"name": "a.py", "link": "/etc/passwd"}]},
            "invalid_body",
            "/files/0/link",
            ["unknown field"],
        ),
        (
            {"files": [{"name": "a.tgz", "data": archive()}]},
            "not_source",
            "/files/0/data",
            ["gzip", "source", "files"],
        ),
        ({"code": "PK\x03\x04"}, "not_source", "/code", ["zip", "source"]),
        (HELLO | {"env": {"LD_PRELOAD": "x"}}, "env_not_allowed", "/env/LD_PRELOAD", ["list"]),
        (
            HELLO | {"env": {"CLOCHE_OUTPUT": "/"}},
            "env_not_allowed",
            "/env/CLOCHE_OUTPUT",
            ["belong to the server"],
        ),
        (HELLO | {"language": "perl"}, "unknown_language", "/language", [*LANGUAGES]),
        ({"code": "lorem", "language": "auto"}, "language_not_detected", "/language", [*LANGUAGES]),
        (HELLO | {"image": "alpine"}, "unknown_image", "/image", [*IMAGES]),
        (HELLO | {"limits": {"pids": 513}}, "limit_exceeded", "/limits/pids", ["512"]),
        (
            HELLO | {"cases": [{}, {"limits": {"pids": 513}}]},
            "limit_exceeded",
            "/cases/1/limits/pids",
            ["512"],
        ),
        (HELLO | {"cases": []}, "invalid_body", "/cases", ["length >= 1"]),
        (
            HELLO | {"engine": "bubblewrap", "require": "gvisor"},
            "contradiction",
            "/require",
            ["bubblewrap", "gvisor"],
        ),
        ({}, "invalid_body", "/code", ["code", "files"]),
    ],
)
async def test_a_refusal_names_the_field_and_the_way_out(
    stage: Stage, body: dict[str, Any], code: str, pointer: str, words: list[str]
) -> None:
    answer = await stage.client.post(PATH, json=body)
    problem = assert_problem(answer, 422, code, pointer)
    for word in words:
        assert word in problem["errors"][0]["detail"]
    # Its type leads to a page that anybody can read.
    page = await stage.client.get(problem["type"], headers={"Authorization": ""})
    assert page.status_code == 200
    assert problem["title"] in page.text
    assert await stage.length() == 0


async def test_the_list_of_variables_comes_with_the_refusal(stage: Stage) -> None:
    answer = await stage.client.post(PATH, json=HELLO | {"env": {"A": "1", "LANG": "C", "B": "2"}})
    problem = assert_problem(answer, 422, "env_not_allowed")
    assert [one["pointer"] for one in problem["errors"]] == ["/env/A", "/env/B"]
    assert ", ".join(ENV_ALLOWED) in problem["detail"]
    assert await stage.length() == 0


@pytest.mark.parametrize("wrong", [BusError("maximum payload exceeded"), Conflict(0)])
async def test_what_the_log_does_not_take_is_not_accepted(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, wrong: BusError | Conflict
) -> None:
    async def append(*_args: object, **_named: object) -> Conflict:
        if isinstance(wrong, BusError):
            raise wrong
        return wrong

    monkeypatch.setattr(stage.bus, "append", append)
    answer = await stage.client.post(PATH, json=HELLO)
    if isinstance(wrong, BusError):
        problem = assert_problem(answer, 413, "body_too_large", "")
        assert "shorten" in problem["detail"]
    else:
        assert_problem(answer, 503, "unavailable")
    assert await stage.length() == 0


async def test_a_good_file_among_bad_ones_changes_nothing() -> None:
    async with stage_with(extra_images="science") as stage:
        for body in (files("main.py", ".."), files("..", "main.py"), files("main.py", "MAIN.PY")):
            answer = await stage.client.post(PATH, json=body | {"image": "science"})
            assert_problem(answer, 422, "invalid_file_name")
        assert await stage.length() == 0
        assert stage.read_models.rows == {}
