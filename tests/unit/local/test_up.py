"""`cloche up` where it cannot begin: said in words, with an exit code, and nothing is left behind."""

import socket
from pathlib import Path

import pytest
from cloche.cli import main
from cloche_local.folder import DataFolder

Captured = pytest.CaptureFixture[str]


def test_a_folder_of_its_own_or_one_that_is_named(tmp_path: Path, capsys: Captured) -> None:
    assert main(["up", "--ephemeral", "--data-dir", str(tmp_path / "x")]) == 2
    assert "--data-dir" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_a_first_program_that_is_not_there(tmp_path: Path, capsys: Captured) -> None:
    missing = tmp_path / "none.py"
    assert main(["up", "--demo", str(missing), "--data-dir", str(tmp_path / "x")]) == 2
    assert f"no program {missing}" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("words", [[], ["--detach"]])
def test_a_folder_that_cannot_be_used(tmp_path: Path, capsys: Captured, words: list[str]) -> None:
    folder = DataFolder(tmp_path / "x")
    folder.prepare()
    (folder.path / "format").write_text("9")
    assert main(["up", *words, "--data-dir", str(folder.path)]) == 1
    assert "has format 9" in capsys.readouterr().err


def test_a_folder_that_somebody_holds_and_does_not_make_ready(
    tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cloche_local.up.OTHERS_START_SECONDS", 0.1)
    folder = DataFolder(tmp_path / "x")
    folder.prepare()
    with folder.locked():
        assert main(["up", "--detach", "--data-dir", str(folder.path)]) == 1
    assert "its system is not ready" in capsys.readouterr().err


def test_a_port_that_is_taken_is_named_with_its_owner(tmp_path: Path, capsys: Captured) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert main(["up", "--port", port, "--data-dir", str(tmp_path / "x")]) == 1
    assert f"port {port} is taken by process" in capsys.readouterr().err
