"""What the command says when things are not as they should be."""

import socket
from typing import Any

import pytest
from cloche import Client
from cloche.cli import main
from cloche.commands.watching import exit_code, watch
from cloche.complaints import complain
from cloche.errors import UnexpectedAnswer, error_of
from cloche_schemas.events import AttemptFailed, EvaluationCompleted
from cloche_schemas.values import OutputSummary
from cloche_schemas.views import EvaluationView, FieldError, Problem
from msgspec.structs import replace
from support.fake_answers import ID, KEY
from support.fake_gateway import completed, serving


def test_an_answer_of_something_else_is_the_platforms_failure(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        monkeypatch.setenv("CLOCHE_URL", f"http://127.0.0.1:{reserved.getsockname()[1]}")
        assert main(["get", ID]) == 125
    assert b"does not answer" in capfdbinary.readouterr().err
    assert complain(UnexpectedAnswer("odd \x1b[2J")) == 125
    assert b"\x1b" not in capfdbinary.readouterr().err
    assert complain(ValueError("ours")) is None


def test_dropped_output_and_lost_attempts_are_told_at_the_end(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    view = EvaluationView(id=ID, status="dead_lettered", detail="no sandbox")
    assert exit_code(view) == 125
    assert b"no sandbox" in capfdbinary.readouterr().err


def test_what_is_wrong_with_a_field_is_said_once(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    refusal = Problem(
        type="t",
        title="No such language",
        status=422,
        code="unknown_language",
        detail="say one of c, go",
        errors=(FieldError(pointer="/language", detail="say one of c, go"),),
    )
    assert complain(error_of(refusal)) == 2
    said = capfdbinary.readouterr().err
    assert said.count(b"say one of") == 1
    assert b"/language: say one of c, go" in said
    assert complain(error_of(replace(refusal, errors=()))) == 2
    assert b"say one of" in capfdbinary.readouterr().err


@pytest.mark.parametrize(
    ("status", "code", "after", "exit_code", "said"),
    [
        (429, "rate_limited", 5.2, 1, b"Try again in 6 s"),
        (429, "too_many_failures", 60.0, 1, b"Try again in 60 s"),
        (503, "overloaded", 0.4, 125, b"Try again in 1 s"),
        (401, "signature_required", None, 4, b"cloche login --sign"),
        (401, "signature_expired", None, 4, b"clock"),
        (401, "signature_invalid", None, 4, b"key may be wrong"),
        (401, "signature_replayed", None, 4, b"sent the request twice"),
        (401, "content_digest_mismatch", None, 4, b"changed the request"),
        (401, "unauthorised", None, 4, b"CLOCHE_API_KEY"),
    ],
)
def test_what_to_do_is_said_by_what_is_the_case(
    capfdbinary: pytest.CaptureFixture[bytes],
    status: int,
    code: str,
    after: float | None,
    exit_code: int,
    said: bytes,
) -> None:
    refusal = Problem(type="t", title="Not now", status=status, code=code)
    assert complain(error_of(refusal, after)) == exit_code
    assert said in capfdbinary.readouterr().err


def test_dropped_output_is_told(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    with serving() as gateway, Client(gateway.url, KEY) as client:
        gateway.add(
            EvaluationCompleted(
                outcome="succeeded",
                attempt=1,
                exit_code=0,
                stdout=OutputSummary(total_bytes=9, head_bytes=2, dropped_bytes=7),
                stderr=OutputSummary(total_bytes=5, dropped_bytes=5),
            )
        )
        watch(client, ID, lambda _stream, _data: None, lambda _case: None)
    assert capfdbinary.readouterr().err == (
        b"12 bytes of output were over the limit and not recorded\n"
    )


@pytest.mark.parametrize(("number", "name"), [(11, "SIGSEGV"), (9, "SIGKILL"), (63, "signal 63")])
def test_a_signal_is_called_by_its_name(
    capfdbinary: pytest.CaptureFixture[bytes], number: int, name: str
) -> None:
    view = EvaluationView(id=ID, status="completed", outcome="failed", signal=number)
    assert exit_code(view) == 128 + number
    assert capfdbinary.readouterr().err.decode() == f"it was ended by {name}\n"


def test_attempts_that_are_lost_in_the_same_way_are_told_once(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    lost = AttemptFailed(attempt=1, reason="image_missing", detail="there is no go")
    with serving() as gateway, Client(gateway.url, KEY) as client:
        gateway.add(lost, replace(lost, attempt=2), replace(lost, attempt=3, detail="gone"))
        gateway.add(completed())
        watch(client, ID, lambda _stream, _data: None, lambda _case: None)
    assert capfdbinary.readouterr().err.decode().splitlines() == [
        "attempt 1 was lost (image_missing: there is no go)",
        "attempt 2 was lost again",
        "attempt 3 was lost (image_missing: gone)",
    ]


@pytest.mark.parametrize(
    ("detail", "hint"),
    [
        ("image_missing: no go", b"cloche images build"),
        ("engine_refused: docker is required", b"cloche doctor"),
        ("executor_lost", b""),
    ],
)
def test_what_can_be_done_is_said(
    capfdbinary: pytest.CaptureFixture[bytes], detail: str, hint: bytes
) -> None:
    assert exit_code(EvaluationView(id=ID, status="dead_lettered", detail=detail)) == 125
    first, *more = capfdbinary.readouterr().err.splitlines()
    assert detail.encode() in first
    assert [hint in line for line in more] == [True] * bool(hint)


def ended(**fields: Any) -> EvaluationView:
    return EvaluationView(id=ID, status="completed", **fields)


@pytest.mark.parametrize(
    ("view", "said"),
    [
        (ended(outcome="timed_out", limit="wall_seconds"), b"out of time"),
        (ended(outcome="timed_out", limit="cpu_seconds"), b"out of CPU time"),
        (
            ended(outcome="failed", exit_code=1, reached=("pids", "file_bytes")),
            b"its limit of pids, file_bytes",
        ),
        (ended(outcome="succeeded", exit_code=0, reached=("pids",)), b""),
        (ended(outcome="failed", exit_code=1), b""),
    ],
)
def test_the_limit_that_it_ran_into_is_told(
    capfdbinary: pytest.CaptureFixture[bytes], view: EvaluationView, said: bytes
) -> None:
    exit_code(view)
    err = capfdbinary.readouterr().err
    assert said in err
    assert bool(err) is bool(said)
