"""`cloche batch` and `cloche batches`, against a scripted gateway."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from cloche import SubmitBatch
from cloche.batches import Batches
from cloche.choices import Choices, chosen
from cloche.commands.batch_results import WIDTH, Bar
from cloche_schemas.batches import BatchView
from cloche_schemas.views import EvaluationView
from msgspec.structs import replace
from support.command import Ran
from support.fake_answers import ID, KEY
from support.fake_batches import BATCH, look, member
from support.fake_gateway import FakeGateway, completed


@pytest.fixture
def programs(tmp_path: Path) -> list[str]:
    for number in range(2):
        (tmp_path / f"p{number}.py").write_text(f"print({number})\n")
    return [str(tmp_path / f"p{number}.py") for number in range(2)]


def submitted(gateway: FakeGateway) -> SubmitBatch:
    return msgspec.json.decode(gateway.batches.submitted[0], type=SubmitBatch)


def test_the_command_runs_programs_and_fails_if_one_failed(
    ran: Ran, gateway: FakeGateway, programs: list[str]
) -> None:
    gateway.batches.looks = [
        look({"queued": 2}, {}),
        look({"completed": 2}, {"succeeded": 1, "failed": 1}),
    ]
    gateway.batches.members = (member(0, "succeeded"), member(1, "failed"))
    options = ["--name", "n", "--concurrency", "2", "--timeout", "5", "--idempotency-key", "k"]
    code, out, err = ran(gateway, "batch", *programs, *options)
    body = submitted(gateway)
    assert body.evaluations is not None
    assert [one.name for one in body.evaluations] == ["p0.py", "p1.py"]
    assert [one.limits.wall_seconds for one in body.evaluations] == [5, 5]
    assert (body.name, body.concurrency, gateway.keys) == ("n", 2, ["k"])
    assert code == 1
    assert [line.split()[-1] for line in out.decode().splitlines()] == ["p0.py", "p1.py"]
    assert err.decode().splitlines() == [
        f"batch {BATCH}: 2 evaluations",
        "0 of 2 over, 2 queued",
        "2 of 2 over, 1 succeeded, 1 failed",
    ]


def test_the_command_takes_a_body_and_gives_json(
    ran: Ran, gateway: FakeGateway, tmp_path: Path
) -> None:
    body = {"template": {"code": "1"}, "parameters": {"SEED": ["1", "2"]}, "name": "grid"}
    (tmp_path / "b.json").write_text(json.dumps(body))
    gateway.batches.members = (member(0, "succeeded"), member(1, "succeeded"))
    code, out, _ = ran(gateway, "batch", str(tmp_path / "b.json"), "--json")
    assert code == 0
    assert submitted(gateway).parameters == {"SEED": ("1", "2")}
    views = [msgspec.json.decode(line, type=EvaluationView) for line in out.splitlines()]
    assert tuple(views) == gateway.batches.members


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["b.json"], b"oops"),
        (["none.py"], b"No such file"),
        (["p.py", "--limit", "x=1"], b"no limit"),
    ],
)
def test_the_command_says_what_it_cannot_make_a_batch_of(
    ran: Ran,
    gateway: FakeGateway,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    text: bytes,
) -> None:
    (tmp_path / "b.json").write_text('{"oops": 1}')
    (tmp_path / "p.py").write_text("1")
    monkeypatch.chdir(tmp_path)
    code, _, err = ran(gateway, "batch", *words)
    assert code == 2
    assert text in err
    assert gateway.batches.submitted == []


def test_the_first_that_fails_ends_the_rest_if_that_is_asked_for(
    ran: Ran, gateway: FakeGateway, programs: list[str]
) -> None:
    gateway.batches.looks = [look({"running": 1, "completed": 1}, {"failed": 1})]
    gateway.batches.after_cancel = [look({"completed": 2}, {"failed": 1, "cancelled": 1})]
    running = replace(member(1, "succeeded"), status="running", outcome=None)
    gateway.batches.members = (member(0, "failed"), running)
    gateway.batches.members_after_cancel = (member(0, "failed"), member(1, "cancelled"))
    code, out, err = ran(gateway, "batch", *programs, "--fail-fast", "--json")
    views = [msgspec.json.decode(line, type=EvaluationView) for line in out.splitlines()]
    assert [view.outcome for view in views] == ["failed", "cancelled"]
    assert code == 1
    assert b"cancelling the rest" in err
    cancels = [address for address, _ in gateway.batches.asked if address.endswith("/cancel")]
    assert len(cancels) == 1


def test_a_bar_is_drawn_on_a_terminal_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("NO_COLOR", "1")
    bar = Bar()
    half = look({"running": 1, "completed": 1}, {"failed": 1})
    bar(half)
    bar(half)
    drawn = capsys.readouterr().err
    assert drawn.count("1 of 2 over, 1 failed, 1 running") == 1
    assert drawn.count("\N{BOX DRAWINGS HEAVY HORIZONTAL}") == WIDTH // 2
    bar.make_room()
    bar(half)
    assert "1 of 2" in capsys.readouterr().err
    bar.finish()
    assert capsys.readouterr().err == "\n"
    with chosen(Choices(quiet=True)):
        Bar()(half)
    assert capsys.readouterr().err == ""


def test_detached_the_command_prints_the_id(
    ran: Ran, gateway: FakeGateway, programs: list[str]
) -> None:
    code, out, err = ran(gateway, "batch", *programs, "--detach")
    assert (code, out, err) == (0, f"{BATCH}\n".encode(), b"")


def test_ctrl_c_cancels_the_rest_and_waits(gateway: FakeGateway, programs: list[str]) -> None:
    gateway.batches.looks = [look({"running": 2}, {})]
    gateway.batches.after_cancel = [look({"completed": 2}, {"succeeded": 1, "cancelled": 1})]
    gateway.batches.members = (
        replace(member(0, "succeeded"), status="running", outcome=None),
        member(1, "succeeded"),
    )
    gateway.batches.members_after_cancel = (member(0, "cancelled"), member(1, "succeeded"))
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "cloche", "batch", *programs],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "CLOCHE_URL": gateway.url, "CLOCHE_API_KEY": KEY},
    )
    assert process.stderr is not None
    while b"2 running" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert b"cancelling" in err
    assert b"1 cancelled" in err
    # Its feed is asked for beside it, sooner or later.
    assert f"POST /v1/batches/{BATCH}/cancel" in [asked for asked, *_ in gateway.batches.asked]


def test_interrupted_again_the_command_leaves(
    ran: Ran, gateway: FakeGateway, programs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> BatchView:
        raise KeyboardInterrupt

    monkeypatch.setattr(Batches, "results", interrupted)
    code, _, err = ran(gateway, "batch", *programs)
    assert code == 130
    assert f"cloche batches get {BATCH}".encode() in err


def test_commands_of_batches(ran: Ran, gateway: FakeGateway) -> None:
    code, out, err = ran(gateway, "batches", "ls")
    assert (code, err) == (0, b"more: --cursor more\n")
    line = f"{BATCH}  2026-01-01 12:00:00  2 of 2 over, 2 succeeded  b\n".encode()
    assert out == line
    assert ran(gateway, "batches", "get", BATCH)[:2] == (0, line)
    for words in (["ls", "--json"], ["get", BATCH, "--json"]):
        shown = msgspec.json.decode(ran(gateway, "batches", *words)[1], type=BatchView)
        assert shown == gateway.batches.looks[0]
    assert ran(gateway, "batches", "cancel", BATCH)[:2] == (0, b"1 cancelled, 1 were over\n")
    assert ran(gateway, "batches", "rerun", BATCH)[:2] == (0, f"{BATCH}\n".encode())
    assert ran(gateway, "batches", "rerun", BATCH, "--all")[0] == 0
    assert gateway.batches.asked[-2:] == [
        (f"POST /v1/batches/{BATCH}/rerun", b"{}"),
        (f"POST /v1/batches/{BATCH}/rerun", b'{"only":"all"}'),
    ]


def test_run_passes_its_key_on(ran: Ran, gateway: FakeGateway, programs: list[str]) -> None:
    gateway.add(completed())
    assert ran(gateway, "run", "--idempotency-key", "k", programs[0])[0] == 0
    assert gateway.keys[0] == "k"
    assert gateway.view().id == ID
