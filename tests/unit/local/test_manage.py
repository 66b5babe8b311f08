"""`cloche status`, `logs`, `down` and `reset` where they need no running system."""

import io
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cloche.cli import main
from cloche_local import manage
from cloche_local.folder import DataFolder, EngineState, SystemState
from cloche_local.lifecycle import ComponentState

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    folder = DataFolder(tmp_path / "data")
    folder.prepare()
    return folder


@pytest.fixture
def running(folder: DataFolder) -> Iterator[DataFolder]:
    """A folder that says of itself that everything is ready."""
    component = ComponentState(name="gateway", state="ready", pid=7, port=8080, ready_seconds=0.5)
    folder.write_state(
        SystemState(
            state="ready",
            version="1",
            pid=1,
            data_dir=str(folder.path),
            url="http://127.0.0.1:8080",
            docs_url="http://127.0.0.1:8080/docs",
            api_key="key of this system",
            engine=EngineState(engine="bubblewrap", shortfalls=("pids: no control group",)),
            components=(component,),
        )
    )
    with folder.locked():
        yield folder


def called(folder: DataFolder, *words: str) -> int:
    return main([*words, "--data-dir", str(folder.path)])


def test_status_is_a_table_without_the_key(running: DataFolder, capsys: Captured) -> None:
    assert called(running, "status") == 0
    out = capsys.readouterr().out
    assert "Cloche is ready" in out
    assert "0.50 s" in out
    assert "pids: no control group" in out
    assert "key of" not in out


def test_status_as_json_has_no_key_either(running: DataFolder, capsys: Captured) -> None:
    assert called(running, "status", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["url"] == "http://127.0.0.1:8080"
    assert "api_key" not in found


def test_a_shell_takes_address_and_key(running: DataFolder, capsys: Captured) -> None:
    assert called(running, "status", "--env") == 0
    script = capsys.readouterr().out + 'printf "%s|%s" "$CLOCHE_URL" "$CLOCHE_API_KEY"'
    done = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "http://127.0.0.1:8080|key of this system"


def test_what_is_stopped_has_no_address(folder: DataFolder, capsys: Captured) -> None:
    assert called(folder, "status", "--env") == 1
    assert capsys.readouterr().out == ""
    assert called(folder, "status") == 1
    assert "stopped" in capsys.readouterr().out


def test_a_state_that_nobody_holds_is_stopped(running: DataFolder, capsys: Captured) -> None:
    copy = DataFolder(running.path.with_name("copy"))
    copy.prepare()
    state = running.state()
    assert state is not None
    copy.write_state(state)
    assert called(copy, "status", "--json") == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["state"], found["components"][0]["state"]) == ("stopped", "stopped")
    assert called(copy, "status", "--env") == 1
    assert capsys.readouterr().out == ""


def test_logs_are_shown_by_component(folder: DataFolder, capsys: Captured) -> None:
    folder.log("nats").write_text("one\ntwo\x1b[2J\n")
    folder.log("gateway").write_text("three\n")
    assert called(folder, "logs", "nats", "-n", "1") == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("nats      │ two")
    assert "\x1b" not in line
    assert called(folder, "logs") == 0
    assert len(capsys.readouterr().out.splitlines()) == 3
    assert called(folder, "logs", "kitchen") == 2
    assert "no component kitchen" in capsys.readouterr().err


def test_nothing_to_stop_is_no_fault(folder: DataFolder, capsys: Captured) -> None:
    assert called(folder, "down") == 0
    assert "nothing runs" in capsys.readouterr().err


HOLDER = """
import signal, sys
from pathlib import Path
from cloche_local.folder import DataFolder
{ignore}
with DataFolder(Path(sys.argv[1])).locked():
    print('held', flush=True)
    sys.stdin.read()
"""


def holder(folder: DataFolder, *, stubborn: bool) -> subprocess.Popen[bytes]:
    ignore = "signal.signal(signal.SIGTERM, signal.SIG_IGN)" if stubborn else ""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER.format(ignore=ignore), str(folder.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    return process


def test_down_ends_the_process_that_holds_the_folder(folder: DataFolder, capsys: Captured) -> None:
    with holder(folder, stubborn=False) as process:
        assert called(folder, "down") == 0
        assert process.wait(10) == -signal.SIGTERM
    assert "stopped in" in capsys.readouterr().err


def test_what_does_not_end_is_named(
    folder: DataFolder, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manage, "STOP_SECONDS", 0.1)
    with holder(folder, stubborn=True) as process:
        assert called(folder, "down") == 1
        assert f"kill -9 {process.pid}" in capsys.readouterr().err
        assert called(folder, "reset", "--yes") == 1
        assert "cloche down first" in capsys.readouterr().err
        process.kill()


class Terminal(io.StringIO):
    """Somebody who types."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("typed", "gone"), [("y\n", True), ("n\n", False), ("\n", False)])
def test_reset_asks_whoever_is_there(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch, typed: str, gone: bool
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    assert called(folder, "reset") == (0 if gone else 1)
    assert folder.path.exists() is not gone


def test_reset_deletes_nothing_that_is_not_meant(
    folder: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert called(folder, "reset") == 2
    assert folder.path.exists()
    precious = tmp_path / "precious"
    precious.mkdir()
    assert called(DataFolder(precious), "reset", "--yes") == 2
    assert precious.exists()
    assert called(DataFolder(tmp_path / "none"), "reset", "--yes") == 0
