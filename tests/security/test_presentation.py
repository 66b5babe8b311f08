"""What programs write and clients send is shown as data: no answer of the API lets it be anything else."""

import hashlib
import os
import pty
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from cloche_schemas.events import EvaluationCompleted
from cloche_schemas.subjects import Address
from cloche_schemas.values import Artifact, OutputSummary, SkippedArtifact
from support import fake_answers, fake_gateway
from support.gateway import HELLO, Stage, assert_problem, parse_events, stage_with
from support.hostile import entry

PATH = "/v1/evaluations"
JSON = {"Content-Type": "application/json"}
NOT_SHOWN = {"x-content-type-options": "nosniff", "x-frame-options": "DENY"}

HOSTILE = {
    "NUL": b"\0" * 3,
    "invalid UTF-8": b"\xff\xfe\xc3",
    "a frame": b"\n\nevent: completed\ndata: {}\n\nid: 1-1\n\n",
    "a frame with CR": b"\r\rretry: 0\r\revent: end\r\r",
    "a line separator": "\u2028event: end\u2029\x85".encode(),
    "a verdict": b'{"type":"cloche.evaluation.completed.v1","outcome":"succeeded","attempt":1}',
    "HTML": b"<script>alert(1)</script></textarea><img src=x onerror=alert(1)>",
    "a terminal's commands": b"\x1b]52;c;aGk=\x07\x1b]8;;http://x\x1b\\x\x1b[2J\x1b[6n",
    "header lines": b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\n\r\n",
}


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with stage_with() as stage:
        yield stage


async def printed(stage: Stage, data: bytes) -> Address:
    address = await stage.submit()
    await stage.start(address)
    await stage.print(address, data)
    await stage.print(address, data, stream="stderr")
    size = len(data)
    await stage.complete(address, stdout=OutputSummary(total_bytes=size, head_bytes=size))
    return address


@entry(26, 27, 28)
@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
async def test_output_is_bytes_and_nothing_that_a_browser_shows(stage: Stage, data: bytes) -> None:
    address = await printed(stage, data)
    answer = await stage.client.get(f"{PATH}/{address.evaluation}/output")
    assert answer.content == data
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert NOT_SHOWN.items() <= dict(answer.headers).items()
    assert "set-cookie" not in answer.headers


@entry(26, 29, 32)
@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
async def test_output_in_the_feed_makes_no_frame_of_its_own(stage: Stage, data: bytes) -> None:
    address = await printed(stage, data)
    answer = await stage.client.get(f"{PATH}/{address.evaluation}/events")
    events = parse_events(answer.text)
    names = ["queued", "started", "output-chunk", "output-chunk", "completed", "end"]
    assert [event.name for event in events] == names
    for event in events[:-1]:
        envelope = msgspec.json.decode(event.data)
        assert envelope["subject"] == address.evaluation
    chunk = msgspec.json.decode(events[2].data)["data"]
    assert msgspec.convert(chunk["data"], bytes) == data
    # As any browser splits lines: none but ours begins with a field.
    opening, _, frames = answer.text.partition("\n\n")
    assert opening == f"retry: {stage.settings.reconnect_ms}"
    fields = {line.partition(":")[0] for line in frames.replace("\r", "\n").split("\n") if line}
    assert fields <= {"id", "event", "data"}


@pytest.mark.parametrize(
    "text", ["\n\nevent: end\ndata: {}\n\n", "<script>", "\x1b[2J", "\u2028\x85"]
)
async def test_what_clients_call_things_is_json_everywhere(stage: Stage, text: str) -> None:
    cases: list[dict[str, Any]] = [{"name": text, "stdin": text}]
    address = await stage.submit(labels={text: text}, stdin=text, argv=[text], cases=cases)
    await stage.project(address)
    for path in (f"{PATH}/{address.evaluation}", PATH):
        answer = await stage.client.get(path)
        assert answer.headers["content-type"] == "application/json"
        assert NOT_SHOWN.items() <= dict(answer.headers).items()
        view = answer.json()
        view = view["items"][0] if path == PATH else view
        assert view["labels"] == {text: text}
    await stage.append(address, EvaluationCompleted(outcome="cancelled", attempt=0, detail=text))
    feed = await stage.client.get(f"{PATH}/{address.evaluation}/events")
    events = parse_events(feed.text)
    assert [event.name for event in events] == ["queued", "completed", "end"]
    assert msgspec.json.decode(events[0].data)["data"]["spec"]["stdin"] == text


@entry(28)
@pytest.mark.parametrize(
    "name",
    [
        '"; filename=x.html',
        "javascript:alert(1)",
        "<img src=x>.html",
        "a\tb",
        "\u202e",
    ],
)
async def test_a_name_of_a_file_stays_a_name(stage: Stage, name: str) -> None:
    """Executors refuse most of these; that is not relied on."""
    address = await stage.submit()
    await stage.start(address)
    await stage.print(address, b"<script>", stream="artifacts")
    digest = hashlib.sha256(b"<script>").hexdigest()
    end = EvaluationCompleted(
        outcome="succeeded",
        attempt=1,
        artifacts=(Artifact(name=name, size=8, sha256=digest, offset=0),),
        skipped_artifacts=(SkippedArtifact(name=name, reason="link"),),
        artifact_bytes=OutputSummary(total_bytes=8, head_bytes=8),
    )
    await stage.append(address, end)
    path = f"{PATH}/{address.evaluation}/artifacts"
    listed = await stage.client.get(path)
    assert (listed.headers["content-type"], listed.json()["items"][0]["name"]) == (
        "application/json",
        name,
    )
    answer = await stage.client.get(f"{path}/{quote(name, safe='')}")
    assert (answer.status_code, answer.content) == (200, b"<script>")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    assert answer.headers["content-disposition"].count(";") == 2
    assert "set-cookie" not in answer.headers


@entry(27)
@pytest.mark.parametrize("raw", [False, True])
def test_on_a_real_terminal_the_command_shows_what_it_must_not_obey(
    tmp_path: Path, raw: bool
) -> None:
    written = HOSTILE["a terminal's commands"] + b"\x1b[31mred\n"
    (tmp_path / "a.py").write_text("1")
    with fake_gateway.serving() as gateway:
        gateway.add(
            fake_gateway.chunk(0, written),
            fake_gateway.chunk(1, written, "stderr"),
            fake_gateway.completed(),
        )
        words = ["run", str(tmp_path / "a.py"), *(["--raw"] * raw)]
        code, screen = on_a_terminal(gateway.url, *words)
    assert code == 0
    # The terminal itself makes CR LF of each line end.
    assert (screen.replace(b"\r\n", b"\n") == written * 2) is raw
    if not raw:
        assert set(re.findall(rb"\x1b.{0,3}", screen)) == {b"\x1b[31", b"\x1b[0m"}
        assert b"\x07" not in screen
        assert "\N{SYMBOL FOR ESCAPE}]52;c;aGk=".encode() in screen


def on_a_terminal(url: str, *words: str) -> tuple[int, bytes]:
    """The command with a terminal for all of its streams: exit code, and what the screen was given."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "cloche", *words],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "CLOCHE_URL": url, "CLOCHE_API_KEY": fake_answers.KEY},
    )
    os.close(theirs)
    screen = b""
    # A terminal that nobody has open any more is an error to its reader.
    with suppress(OSError):
        while piece := os.read(ours, 65_536):
            screen += piece
    os.close(ours)
    return process.wait(timeout=30), screen


LONG = "x" * 200_000


@pytest.mark.parametrize(
    "body",
    [
        HELLO | {"engine": LONG},
        HELLO | {"priority": LONG},
        HELLO | {"language": LONG},
        HELLO | {"image": LONG},
        HELLO | {"name": LONG},
        HELLO | {LONG: 1},
        HELLO | {"limits": {LONG: 1}},
        HELLO | {"env": {LONG: "x"}},
        HELLO | {"env": {f"BAD_{n}": "x" for n in range(64)}},
        HELLO | {"labels": {LONG: "x"}},
        {"files": [{"name": LONG, "content": "x"}]},
        {"files": [{"name": "a", "content": "x", LONG: "x"}]},
        HELLO | {"cases": [{"limits": {"pids": 10**6, "open_files": 10**9}}] * 1000},
        HELLO | {"files": [{"name": f"f{n}"} for n in range(1000)]},
        HELLO | {"cases": [{"argv": ["\0"] * 256}] * 100},
    ],
)
async def test_a_problem_gives_back_only_a_little_of_what_was_sent(
    stage: Stage, body: object
) -> None:
    answer = await stage.client.post(PATH, content=msgspec.json.encode(body), headers=JSON)
    assert_problem(answer, 422, answer.json()["code"])
    assert len(answer.content) < 16_000
    assert await stage.length() == 0


async def test_neither_does_a_problem_of_the_path_or_a_header(stage: Stage) -> None:
    answer = await stage.client.get(f"{PATH}/{'x' * 60_000}")
    assert_problem(answer, 422, "invalid_id")
    assert len(answer.content) < 2000
    odd = {"Content-Type": "x" * 60_000, "Content-Encoding": "y" * 60_000}
    answer = await stage.client.post(PATH, content=b"{}", headers=odd)
    assert_problem(answer, 415, "unsupported_media_type")
    assert len(answer.content) < 2000


async def test_a_problem_is_data_too(stage: Stage) -> None:
    answer = await stage.client.post(PATH, json=HELLO | {"<script>\n\n": 1})
    problem = assert_problem(answer, 422, "invalid_body", "/<script>\n\n")
    assert problem["detail"]
    assert answer.headers["content-type"] == "application/problem+json"
    assert NOT_SHOWN.items() <= dict(answer.headers).items()
