"""The last lines and bytes of output, and searches in it: finished or running, from wherever it lies."""

import hashlib

import pytest
from cloche_gateway import tails
from cloche_gateway.read_models import OutputRow
from cloche_gateway.tails import MOST_BYTES, Wanted
from cloche_schemas.events import OutputArchived
from cloche_schemas.subjects import Address
from cloche_schemas.values import ArchivedOutput, OutputSummary
from hypothesis import given
from hypothesis import strategies as st
from support.gateway import Stage, assert_problem

LINES = b"".join(b"line %d\n" % n for n in range(1000))


def path_of(address: Address, query: str) -> str:
    return f"/v1/evaluations/{address.evaluation}/output{query}"


async def running(stage: Stage, data: bytes, *, pieces: int = 10) -> Address:
    address = await stage.submit()
    await stage.start(address)
    step = max(len(data) // pieces, 1)
    for start in range(0, len(data), step):
        await stage.print(address, data[start : start + step])
        await stage.print(address, b"noise\n", stream="stderr")
    return address


async def over(stage: Stage, data: bytes, where: str) -> Address:
    address = await running(stage, data if where == "log" else b"")
    size = len(data)
    digest = hashlib.sha256(data).hexdigest()
    summary = OutputSummary(total_bytes=size, head_bytes=size, sha256=digest)
    await stage.complete(address, stdout=summary)
    if where == "row":
        stage.read_models.outputs[(address, 1, "stdout")] = OutputRow(size, data)
    elif where == "s3":
        lies = ArchivedOutput(stream="stdout", bucket="b", key="outputs/k", size=size, sha256="")
        await stage.append(address, OutputArchived(attempt=1, outputs=(lies,)))
        await stage.objects.put("outputs/k", data)
    return address


@pytest.fixture(params=["running", "log", "row", "s3"])
def where(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def made(stage: Stage, data: bytes, where: str) -> Address:
    return await (running(stage, data) if where == "running" else over(stage, data, where))


async def test_the_last_lines(stage: Stage, where: str) -> None:
    address = await made(stage, LINES, where)
    for count, expected in (
        (1, b"line 999\n"),
        (3, b"line 997\nline 998\nline 999\n"),
        (1000, LINES),
        (5000, LINES),
        (0, b""),
    ):
        answer = await stage.client.get(path_of(address, f"?tail_lines={count}"))
        assert (answer.status_code, answer.content) == (200, expected)
        assert answer.headers["cloche-output-complete"] == str(where != "running").lower()
        if where != "running":
            assert answer.headers["cloche-output-offset"] == str(len(LINES) - len(expected))


async def test_the_last_bytes(stage: Stage, where: str) -> None:
    address = await made(stage, LINES, where)
    for count in (0, 1, 7, 4000, len(LINES), len(LINES) + 1):
        answer = await stage.client.get(path_of(address, f"?tail_bytes={count}"))
        expected = LINES[max(len(LINES) - count, 0) :]
        assert (answer.status_code, answer.content) == (200, expected)


async def test_a_line_that_is_not_finished_is_a_line(stage: Stage, where: str) -> None:
    address = await made(stage, b"one\ntwo\nthr", where)
    answer = await stage.client.get(path_of(address, "?tail_lines=2"))
    assert answer.content == b"two\nthr"


async def test_a_running_program_is_read_from_its_end(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tails, "_FIRST_LOOK", 4)
    address = await running(stage, LINES, pieces=100)
    other = await running(stage, b"another", pieces=7)
    assert (await stage.client.get(path_of(other, "?tail_lines=1"))).content == b"another"
    answer = await stage.client.get(path_of(address, "?tail_lines=2"))
    assert answer.content == b"line 998\nline 999\n"


async def test_a_tail_is_bounded_whatever_is_asked_for(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    monkeypatch.setattr(tails, "MOST_BYTES", 1000)
    address = await made(stage, b"x" * 5000, where)
    answer = await stage.client.get(path_of(address, "?tail_lines=3"))
    assert answer.content == b"x" * 1000


async def test_what_has_not_begun_or_wrote_nothing_has_no_tail(stage: Stage) -> None:
    waiting = await stage.submit()
    begun = await stage.submit()
    await stage.start(begun)
    silent = await over(stage, b"", "log")
    for address in (waiting, begun, silent):
        answer = await stage.client.get(path_of(address, "?tail_lines=3"))
        assert (answer.status_code, answer.content) == (200, b"")
        page = (await stage.client.get(path_of(address, "/search?q=x"))).json()
        assert (page["items"], page["more"]) == ([], False)


@pytest.mark.parametrize(
    ("query", "slug", "pointer"),
    [
        ("?tail_lines=-1", "invalid_parameter", "/query/tail_lines"),
        ("?tail_lines=many", "invalid_parameter", "/query/tail_lines"),
        (f"?tail_bytes={MOST_BYTES + 1}", "invalid_parameter", "/query/tail_bytes"),
        (f"?tail_lines={'9' * 400}", "invalid_parameter", "/query/tail_lines"),
        ("?tail_lines=1&tail_bytes=1", "contradiction", "/query/tail_bytes"),
        ("?redirect=perhaps", "invalid_parameter", "/query/redirect"),
        ("?attempt=99999999999999999999", "invalid_parameter", "/query/attempt"),
        ("/search", "invalid_parameter", "/query/q"),
        ("/search?q=", "invalid_parameter", "/query/q"),
        (f"/search?q={'x' * 1001}", "invalid_parameter", "/query/q"),
        ("/search?q=a%0Ab", "invalid_parameter", "/query/q"),
        ("/search?q=(&regex=true", "invalid_parameter", "/query/q"),
        ("/search?q=x&limit=0", "invalid_parameter", "/query/limit"),
        ("/search?q=x&limit=1001", "invalid_parameter", "/query/limit"),
    ],
)
async def test_garbage_is_refused_with_the_place(
    stage: Stage, query: str, slug: str, pointer: str
) -> None:
    address = await running(stage, b"x")
    assert_problem(await stage.client.get(path_of(address, query)), 422, slug, pointer)


@pytest.mark.parametrize("cursor", ["x", "1", "-1-1", "1-1-1", "9" * 30 + "-1", "1.5-2"])
async def test_a_cursor_of_nobody_is_refused(stage: Stage, cursor: str) -> None:
    address = await running(stage, b"x")
    answer = await stage.client.get(path_of(address, f"/search?q=x&cursor={cursor}"))
    assert_problem(answer, 400, "invalid_cursor", "/query/cursor")


async def test_another_tenants_output_is_not_searched(stage: Stage) -> None:
    address = await running(stage, LINES)
    other = await stage.key(await stage.tenant())
    for query in ("/search?q=line", "?tail_lines=1"):
        answer = await stage.client.get(path_of(address, query), headers=other)
        assert_problem(answer, 404, "not_found")


async def test_a_search_gives_lines_in_pages(stage: Stage, where: str) -> None:
    address = await made(stage, LINES, where)
    found, cursor, pages = [], "", 0
    while True:
        answer = await stage.client.get(path_of(address, f"/search?q=9&limit=100{cursor}"))
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += page["items"]
        pages += 1
        assert page["complete"] == (where != "running")
        assert page["more"] == (page["next_cursor"] is not None)
        if not page["more"]:
            break
        cursor = f"&cursor={page['next_cursor']}"
    expected = [n for n in range(1000) if "9" in str(n)]
    assert pages == 3
    assert [(one["line"], one["text"]) for one in found] == [(n + 1, f"line {n}") for n in expected]
    for one in found:
        assert LINES[one["offset"] : one["offset"] + 1] == b"9"


async def test_a_search_by_pattern_and_in_either_case(stage: Stage) -> None:
    address = await running(stage, b"Error: one\nfine\nerror: two\n")
    for query, lines in (
        ("q=error", [3]),
        ("q=error&ignore_case=true", [1, 3]),
        ("q=^error.*o$&regex=true", [3]),
        ("q=ERROR|fine&regex=true&ignore_case=true", [1, 2, 3]),
    ):
        page = (await stage.client.get(path_of(address, f"/search?{query}"))).json()
        assert [one["line"] for one in page["items"]] == lines


async def test_a_search_out_of_time_says_where_it_was(stage: Stage) -> None:
    stage.gateway.settings.__dict__["search_seconds"] = -1.0
    address = await running(stage, LINES, pieces=5)
    lines, cursor, pages = [], "", 0
    while True:
        page = (await stage.client.get(path_of(address, f"/search?q=line{cursor}"))).json()
        lines += [one["line"] for one in page["items"]]
        pages += 1
        if not page["more"]:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert lines == list(range(1, 1001))
    assert pages > 5


@given(st.binary(max_size=40), st.integers(0, 12))
def test_lines_from_the_end_are_those_of_the_whole(data: bytes, count: int) -> None:
    at = Wanted(lines=count).cut(data)
    lines = data.removesuffix(b"\n").split(b"\n") if data else []
    if count == 0:
        assert at == len(data)
    elif count < len(lines):
        assert at is not None
        assert data[at:].removesuffix(b"\n").split(b"\n") == lines[-count:]
    else:
        assert at is None
