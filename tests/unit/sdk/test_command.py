"""The `cloche` command as a process, against a scripted gateway."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from cloche.cli import main
from cloche_schemas.commands import SubmitEvaluation
from cloche_schemas.events import (
    AttemptFailed,
    AttemptStarted,
    EvaluationCompleted,
    EvaluationQueued,
)
from cloche_schemas.views import FieldError, Problem
from support.command import Ran
from support.fake_answers import ID, KEY
from support.fake_gateway import FakeGateway, chunk, completed


def command(gateway: FakeGateway, *words: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "cloche", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "CLOCHE_URL": gateway.url, "CLOCHE_API_KEY": KEY},
    )


def test_output_arrives_while_the_program_runs(gateway: FakeGateway, program: Path) -> None:
    process = command(gateway, "run", str(program))
    assert process.stdout is not None
    for line in (b"first\n", b"second\n"):
        gateway.add(chunk(0, line))
        # The evaluation is not over: the line can only come from the running feed.
        assert process.stdout.readline() == line
    gateway.add(completed())
    process.communicate(timeout=30)
    assert process.returncode == 0


def test_output_is_byte_exact_over_broken_connections(
    ran: Ran, gateway: FakeGateway, program: Path
) -> None:
    pieces = [b"\xff\xfe\x00", "ä".encode()[:1], "ä".encode()[1:], b"\r\n\x1b[31mred", b""]
    gateway.breaks = {1: "drop", 3: "reconnect"}
    errors = [chunk(9, b"\x80 to stderr", "stderr")]
    gateway.add(*(chunk(n, piece) for n, piece in enumerate(pieces)), *errors, completed())
    code, out, err = ran(gateway, "run", str(program))
    assert (code, out, err) == (0, b"".join(pieces), b"\x80 to stderr")


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (completed("succeeded", 0), 0),
        (completed("failed", 7), 7),
        (completed("failed", None, 11), 139),
        (completed("timed_out", None, 9), 124),
        (completed("out_of_memory", 137, 9), 137),
        (completed("cancelled", None), 130),
        (completed("compile_failed", None), 126),
        (completed("compile_failed", 1), 126),
    ],
)
def test_the_exit_code_is_the_programs(
    ran: Ran, gateway: FakeGateway, program: Path, end: EvaluationCompleted, expected: int
) -> None:
    gateway.add(end)
    assert ran(gateway, "run", str(program))[0] == expected


def test_json_ends_with_the_whole_evaluation_on_a_line(
    ran: Ran, gateway: FakeGateway, program: Path
) -> None:
    gateway.add(chunk(0, b"hello\n"), completed(exit_code=0))
    code, out, _ = ran(gateway, "run", "--json", str(program))
    first, last = out.splitlines()
    assert (code, first) == (0, b"hello")
    assert json.loads(last)["outcome"] == "succeeded"


def test_json_stands_on_a_line_of_its_own_even_after_unfinished_output(
    ran: Ran, gateway: FakeGateway, program: Path
) -> None:
    gateway.add(chunk(0, b"no newline"), completed())
    _, out, _ = ran(gateway, "run", "--json", str(program))
    assert json.loads(out.splitlines()[-1])["id"] == ID


def test_what_is_asked_for_is_submitted(ran: Ran, gateway: FakeGateway, tmp_path: Path) -> None:
    gateway.add(completed())
    (tmp_path / "in.txt").write_text("input")
    words = ["run", "--timeout", "2.5", "--memory", "128MiB", "--engine", "bubblewrap"]
    code, _, err = ran(
        gateway,
        *words,
        "--stdin",
        str(tmp_path / "in.txt"),
        "-",
        "--",
        "-x",
        "y",
        stdin=b"#!/bin/bash\n:",
    )
    assert code == 0, err
    request = msgspec.json.decode(gateway.submitted[0], type=SubmitEvaluation)
    # Which language it is, the server finds out.
    assert (request.language, request.name, request.argv) == ("auto", None, ("-x", "y"))
    assert (request.stdin, request.engine) == ("input", "bubblewrap")
    assert request.limits.wall_seconds == 2.5
    assert request.limits.memory_bytes == 128 << 20


def test_detached_it_prints_the_id_only(ran: Ran, gateway: FakeGateway, program: Path) -> None:
    assert ran(gateway, "run", "--detach", str(program)) == (0, ID.encode() + b"\n", b"")


def test_one_interrupt_cancels_and_waits_for_the_end(gateway: FakeGateway, program: Path) -> None:
    gateway.on_cancel = [completed("cancelled", None)]
    process = command(gateway, "run", str(program))
    gateway.add(chunk(0, b"running\n"))
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert gateway.cancelled.is_set()
    assert process.returncode == 130


def test_a_second_interrupt_leaves(gateway: FakeGateway, program: Path) -> None:
    process = command(gateway, "run", str(program))
    gateway.add(chunk(0, b"running\n"))
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    assert b"cancelling" in process.stderr.readline()
    assert gateway.cancelled.wait(10)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert ID.encode() in err


def test_a_lost_attempt_is_mentioned(ran: Ran, gateway: FakeGateway, program: Path) -> None:
    gateway.add(
        chunk(0, b"one"),
        AttemptFailed(attempt=1, reason="executor_lost\x1b[2J", detail="it vanished"),
        EvaluationQueued(attempt=2),
        AttemptStarted(attempt=2, executor="e", nonce="n", engine="docker"),
        chunk(0, b"two", attempt=2),
        completed(),
    )
    _, out, err = ran(gateway, "run", str(program))
    assert out == b"onetwo"
    assert b"attempt 1 was lost (executor_lost" in err
    assert b": it vanished)\nattempt 2 is queued\nattempt 2 begins" in err
    assert b"\x1b" not in err


def test_a_wrong_key_exits_with_4(ran: Ran, gateway: FakeGateway, program: Path) -> None:
    code, _, err = ran(gateway, "run", str(program), key="wrong")
    assert code == 4
    code, _, err = ran(gateway, "run", str(program), key="")
    assert code == 4
    assert b"does not answer" not in err
    assert b"CLOCHE_API_KEY" in err


def test_a_refusal_is_shown_with_field_and_request(
    ran: Ran, gateway: FakeGateway, program: Path
) -> None:
    gateway.problem = Problem(
        type="t",
        title="Invalid",
        status=422,
        code="invalid_body",
        detail="not \x1b[31mthis",
        request_id="r-1",
        errors=(FieldError(pointer="/limits/wall_seconds", detail="too large"),),
    )
    code, _, err = ran(gateway, "run", str(program))
    assert code == 2
    for words in (b"Invalid", b"invalid_body", b"/limits/wall_seconds: too large", b"request r-1"):
        assert words in err
    assert b"\x1b" not in err


def test_a_server_in_trouble_is_the_platforms_failure(
    ran: Ran, gateway: FakeGateway, program: Path
) -> None:
    gateway.problem = Problem(type="t", title="Full", status=503, code="log_full")
    assert ran(gateway, "run", str(program))[0] == 125


@pytest.mark.parametrize(
    "words",
    [
        ["run"],
        ["run", "missing.py"],
        ["run", "--memory", "much", "-"],
        ["run", "--engine", "none", "-"],
        ["run", "--timeout", "soon", "-"],
        ["nonsense"],
    ],
)
def test_wrong_usage_exits_with_2(ran: Ran, gateway: FakeGateway, words: list[str]) -> None:
    code, out, err = ran(gateway, *words)
    assert (code, out) == (2, b"")
    assert err


def test_without_a_system_it_says_how_to_start_one(
    tmp_path: Path,
    program: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    monkeypatch.delenv("CLOCHE_URL", raising=False)
    monkeypatch.chdir(tmp_path)
    assert main(["run", str(program)]) == 125
    assert b"cloche up" in capfdbinary.readouterr().err


def test_small_commands_show_what_the_log_says(ran: Ran, gateway: FakeGateway) -> None:
    gateway.add(chunk(0, b"out\n"), chunk(1, b"err\n", "stderr"), completed(exit_code=0))
    shown = ran(gateway, "get", ID)[1]
    assert b"succeeded" in shown
    assert re.search(rb"^exit_code +0$", shown, re.MULTILINE)
    # Nothing that says nothing.
    assert b"stdout" not in shown
    assert b"[]" not in shown
    assert json.loads(ran(gateway, "get", "--json", ID)[1])["id"] == ID
    assert ID.encode() in ran(gateway, "ls")[1]
    assert json.loads(ran(gateway, "ls", "--json")[1])["status"] == "completed"
    assert ran(gateway, "output", ID)[1] == b"out\n"
    assert ran(gateway, "output", "--stream", "stderr", ID)[1] == b"err\n"
    assert ran(gateway, "output", "--range", "1-2", ID)[1] == b"ut"
    assert ran(gateway, "output", "--range", "2-", ID)[1] == b"t\n"
    assert ran(gateway, "output", "--tail", "1", ID)[1] == b"out\n"
    assert ran(gateway, "output", "--grep", "ou", ID)[:2] == (0, b"1:out\n")
    assert ran(gateway, "output", "--grep", "none", ID)[:2] == (1, b"")
    assert ran(gateway, "output", "--range", "x", ID)[0] == 2
    assert ran(gateway, "output", "--tail", "1", "--grep", "x", ID)[0] == 2
    assert ran(gateway, "wait", ID)[0] == 0
    lines = [json.loads(line) for line in ran(gateway, "events", ID)[1].splitlines()]
    assert [line["cursor"] for line in lines] == ["e-1", "e-2", "e-3"]
    assert lines[2]["data"]["outcome"] == "succeeded"
    assert ran(gateway, "cancel", ID)[0] == 1


def test_help_and_version_come_at_once(ran: Ran, gateway: FakeGateway) -> None:
    code, out, _ = ran(gateway, "--help")
    assert code == 0
    for word in (b"run", b"cases", b"languages", b"up", b"doctor", b"Exit codes"):
        assert word in out
    assert ran(gateway, "--version")[1].startswith(b"cloche ")
