"""What the command says when things are not as they should be."""

import socket

import pytest
from cloche.cli import main
from cloche.commands.run import exit_code
from cloche.complaints import complain
from cloche.errors import UnexpectedAnswer
from cloche_schemas.views import EvaluationView
from support.fake_gateway import ID


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
