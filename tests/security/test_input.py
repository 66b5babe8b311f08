"""What somebody hostile may ask for: refused with the place and the reason, before anything is on the log."""

from collections.abc import AsyncIterator

import msgspec
import pytest
from cloche_gateway.environment import MOST_BYTES
from support.gateway import HELLO, Stage, assert_problem, stage_with
from support.hostile import entry
from support.submitting import JSON, PATH, Body, accepted, files, refused


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with stage_with() as stage:
        yield stage


@pytest.mark.parametrize(
    "name", ["A=B", "", "1A", "A B", "A-B", "Ä", "A\0", "A\n", "$(id)", "A" * 129, "LANG "]
)
async def test_a_variable_with_an_odd_name_is_refused(stage: Stage, name: str) -> None:
    pointer = "/env/" + name[:100].replace("~", "~0").replace("/", "~1")
    await refused(stage, HELLO | {"env": {name: "x"}}, "env_not_allowed", pointer)


@pytest.mark.parametrize(
    "name",
    [
        *("LD_PRELOAD", "LD_LIBRARY_PATH", "PATH", "HOME", "IFS", "BASH_ENV", "PYTHONPATH"),
        *("PYTHONSTARTUP", "NODE_OPTIONS", "RUBYOPT", "JAVA_TOOL_OPTIONS"),
        *("CLOCHE_OUTPUT", "lang", "XAPP_A"),
    ],
)
async def test_a_variable_off_the_list_is_refused(stage: Stage, name: str) -> None:
    await refused(
        stage, HELLO | {"env": {"LANG": "C", name: "x"}}, "env_not_allowed", f"/env/{name}"
    )


async def test_the_servers_list_says_which_variables_may_be_set() -> None:
    async with stage_with(env_allowed="PATH, MY_*_KEY") as stage:
        event = await accepted(stage, HELLO | {"env": {"PATH": "", "MY_OWN_KEY": "\u2713"}})
        assert event.spec is not None
        assert event.spec.env == {"PATH": "", "MY_OWN_KEY": "\u2713"}
        for name in ("LANG", "MY_OWN_KEYS", "CLOCHE_OUTPUT"):
            answer = await stage.client.post(PATH, json=HELLO | {"env": {name: "x"}})
            assert_problem(answer, 422, "env_not_allowed", f"/env/{name}")
    async with stage_with(env_allowed="*") as stage:
        await refused(stage, HELLO | {"env": {"CLOCHE_X": "x"}}, "env_not_allowed", "/env/CLOCHE_X")
        await accepted(stage, HELLO | {"env": {"LD_PRELOAD": "x"}})
    async with stage_with(env_allowed="") as stage:
        await refused(stage, HELLO | {"env": {"LANG": "x"}}, "env_not_allowed", "/env/LANG")


async def test_an_environment_is_small_and_holds_what_a_process_can_take(stage: Stage) -> None:
    await refused(stage, HELLO | {"env": {"LANG": "a\0"}}, "invalid_body", "/env/LANG")
    await refused(stage, HELLO | {"env": {"LANG": 1}}, "invalid_body", "/env")
    many = {f"APP_{n}": "x" for n in range(65)}
    await refused(stage, HELLO | {"env": many}, "invalid_body", "/env")
    await refused(stage, HELLO | {"env": {"LANG": "x" * MOST_BYTES}}, "invalid_body", "/env")
    await accepted(stage, HELLO | {"env": {"LANG": "x" * (MOST_BYTES - 6)}})


INJECTED = ["$(id)", "python;id", "--privileged", "python\n", "../python", "Python", "python ", ""]


@entry(44)
@pytest.mark.parametrize("word", [*INJECTED, "x" * 33, "cobol"])
async def test_a_language_is_a_name_of_the_registry(stage: Stage, word: str) -> None:
    answer = await stage.client.post(PATH, json=HELLO | {"language": word})
    assert answer.json()["code"] in {"invalid_body", "unknown_language"}
    assert_problem(answer, 422, answer.json()["code"], "/language")
    assert await stage.length() == 0


@entry(44)
@pytest.mark.parametrize("word", [*INJECTED, "alpine:3", "host.example/x", "sha256:00", "alpine"])
async def test_an_image_is_a_name_of_the_registry(stage: Stage, word: str) -> None:
    answer = await stage.client.post(PATH, json=HELLO | {"image": word})
    assert answer.json()["code"] in {"invalid_body", "unknown_image"}
    assert_problem(answer, 422, answer.json()["code"], "/image")
    assert await stage.length() == 0


@entry(44)
@pytest.mark.parametrize(
    "field", ["cwd", "user", "network", "privileged", "mounts", "tenant", "id"]
)
async def test_nobody_says_where_and_as_whom_it_runs(stage: Stage, field: str) -> None:
    await refused(stage, HELLO | {field: "/"}, "invalid_body", f"/{field}")


@pytest.mark.parametrize("code", ["", "lorem ipsum dolor", "\0\0\0", "#!/usr/bin/perl\n"])
async def test_a_source_that_tells_no_language_is_refused(stage: Stage, code: str) -> None:
    body = {"files": [{"name": "program", "content": code or "?"}], "language": "auto"}
    detail = await refused(stage, body, "language_not_detected", "/language")
    assert "python" in detail


@pytest.mark.parametrize(
    ("engine", "require"),
    [("bubblewrap", "docker"), ("bubblewrap", "gvisor"), ("docker", "gvisor")],
)
async def test_an_engine_weaker_than_what_is_required_is_refused(
    stage: Stage, engine: str, require: str
) -> None:
    await refused(
        stage, HELLO | {"engine": engine, "require": require}, "contradiction", "/require"
    )


@pytest.mark.parametrize(
    ("engine", "require"),
    [("auto", "gvisor"), ("gvisor", "docker"), ("docker", "docker"), ("docker", None)],
)
async def test_an_engine_as_strong_as_is_required_is_taken(
    stage: Stage, engine: str, require: str | None
) -> None:
    event = await accepted(stage, HELLO | {"engine": engine, "require": require})
    assert event.spec is not None
    assert (event.spec.engine, event.spec.require) == (engine, require)


async def test_a_case_is_held_to_the_maxima_too(stage: Stage) -> None:
    cases: list[Body] = [{}, {"limits": {"pids": 512}}, {}, {"limits": {"pids": 513}}]
    body = HELLO | {"cases": cases}
    await refused(stage, body, "limit_exceeded", "/cases/3/limits/pids")
    await refused(
        stage,
        HELLO | {"cases": [{"limits": {"pids": 0}}]},
        "invalid_body",
        "/cases/0/limits/pids",
    )


async def test_all_cases_together_are_held_to_a_time() -> None:
    async with stage_with(cases_seconds=100.0) as stage:
        body = HELLO | {"limits": {"wall_seconds": 40}, "cases": [{}, {}]}
        await accepted(stage, body)
    async with stage_with(cases_seconds=100.0) as stage:
        await refused(stage, body | {"cases": [{}] * 3}, "limit_exceeded", "/cases")
        third = {"limits": {"wall_seconds": 21}}
        await refused(stage, body | {"cases": [{}, {}, third]}, "limit_exceeded", "/cases")


async def test_there_are_cases_or_none_but_no_empty_list(stage: Stage) -> None:
    await refused(stage, HELLO | {"cases": []}, "invalid_body", "/cases")


@pytest.mark.parametrize(
    ("case", "pointer"),
    [
        ({"argv": ["a\0"]}, "/cases/1/argv/0"),
        ({"argv": "x"}, "/cases/1/argv"),
        ({"argv": ["x"] * 257}, "/cases/1/argv"),
        ({"name": "\0"}, "/cases/1/name"),
        ({"name": "x" * 129}, "/cases/1/name"),
        ({"stdin": 1}, "/cases/1/stdin"),
        ({"expected": "x"}, "/cases/1/expected"),
    ],
)
async def test_a_bad_case_is_pointed_to(stage: Stage, case: Body, pointer: str) -> None:
    await refused(stage, HELLO | {"cases": [{}, case]}, "invalid_body", pointer)


async def test_what_a_program_reads_may_hold_anything(stage: Stage) -> None:
    cases = [{"stdin": "\0", "expected_stdout": "\0\x1b"}]
    event = await accepted(stage, HELLO | {"stdin": "a\0b", "cases": cases})
    assert event.spec is not None
    assert event.spec.cases is not None
    assert (event.spec.stdin, event.spec.cases[0].stdin) == ("a\0b", "\0")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"limits": {"file_bytes": 10}}, "/limits/file_bytes"),
        (
            {"cases": [{}, {"stdin": "x" * 99, "limits": {"file_bytes": 98}}]},
            "/cases/1/limits/file_bytes",
        ),
        (
            {"limits": {"scratch_inodes": 16}, **files(*(f"{n}/{n}.py" for n in range(9)))},
            "/limits/scratch_inodes",
        ),
    ],
)
async def test_a_program_that_cannot_fit_its_own_limits_is_refused(
    stage: Stage, body: Body, pointer: str
) -> None:
    program = {"code": "#" * 20, "language": "python"}
    await refused(stage, program | body, "program_too_large", pointer)


async def test_a_program_that_cannot_fit_its_scratch_space_is_refused() -> None:
    body: Body = {"code": "#" * 600_000, "language": "python", "limits": {"scratch_bytes": 1 << 20}}
    async with stage_with(body_bytes=8 << 20) as stage:
        too_much = body | {"stdin": "x" * 600_000}
        await refused(stage, too_much, "program_too_large", "/limits/scratch_bytes")
        case = {"stdin": "x" * 600_000}
        too_much = body | {"cases": [{}, case]}
        await refused(stage, too_much, "program_too_large", "/cases/1/limits/scratch_bytes")
        more = case | {"limits": {"scratch_bytes": 2 << 20}}
        await accepted(stage, body | {"cases": [{}, more]})


@entry(46)
@pytest.mark.parametrize(
    "text", [b'{"files":' + b"[" * 100_000, b"[" * 100_000, b'{"cases":' * 100_000]
)
async def test_depth_is_no_way_to_exhaust_us(stage: Stage, text: bytes) -> None:
    answer = await stage.client.post(PATH, content=text, headers=JSON)
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"
    assert await stage.length() == 0


@entry(46)
async def test_ten_megabytes_of_source_are_refused_before_they_are_read(stage: Stage) -> None:
    body = msgspec.json.encode({"code": "x" * (10 << 20)})
    answer = await stage.client.post(PATH, content=body, headers=JSON)
    assert_problem(answer, 413, "body_too_large")
    assert await stage.length() == 0


@entry(46)
@pytest.mark.parametrize("field", ["code", "stdin", "name", "language"])
async def test_half_a_character_is_no_json(stage: Stage, field: str) -> None:
    body = msgspec.json.encode(HELLO | {field: "X"}).replace(b'"X"', b'"\\udc80"')
    answer = await stage.client.post(PATH, content=body, headers=JSON)
    assert_problem(answer, 400, "malformed_json")
    assert await stage.length() == 0
