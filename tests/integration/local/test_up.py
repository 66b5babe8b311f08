"""`cloche up` as users run it: one real system for most of these tests."""

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cloche_local.folder import DataFolder, SystemState
from cloche_local.system import NEEDS
from support.waiting import wait_until

CLOCHE = [sys.executable, "-P", "-m", "cloche"]
pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("cloche-up")]


def cloche(
    *words: str, cwd: Path, code: int | None = 0, timeout: float = 90
) -> "subprocess.CompletedProcess[str]":
    environment = {k: v for k, v in os.environ.items() if k not in {"CLOCHE_URL", "CLOCHE_API_KEY"}}
    done = subprocess.run(
        [*CLOCHE, *words],
        cwd=cwd,
        env={**environment, "CLOCHE_ENGINE": "bubblewrap"},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert code is None or done.returncode == code, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in which a system runs."""
    home = tmp_path_factory.mktemp("home")
    banner = json.loads(cloche("up", "--detach", "--json", cwd=home).stdout)
    assert banner["state"] == "ready"
    yield home
    cloche("down", cwd=home)


def state_of(home: Path) -> SystemState:
    state = DataFolder(home / ".cloche").state()
    assert state is not None
    return state


def pid_of(home: Path, name: str) -> int | None:
    return next(c.pid for c in state_of(home).components if c.name == name)


def status(home: Path, code: int | None = 0) -> Any:
    return json.loads(cloche("status", "--json", cwd=home, code=code).stdout)


def alive(pid: int) -> bool:
    try:
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def test_status_names_every_component_and_no_key(home: Path) -> None:
    answer = status(home)
    assert answer["state"] == "ready"
    assert answer["docs_url"] == answer["url"] + "/docs"
    assert answer["engine"]["engine"] == "bubblewrap"
    assert answer["engine"]["strength"]
    assert {c["name"]: c["state"] for c in answer["components"]} == dict.fromkeys(NEEDS, "ready")
    assert "api_key" not in answer
    table = cloche("status", cwd=home).stdout
    assert all(name in table for name in NEEDS)


def test_the_state_file_is_for_its_owner_only(home: Path) -> None:
    for name in ("state.json", "secrets.json", "archive.key"):
        assert stat.S_IMODE((home / ".cloche" / name).stat().st_mode) == 0o600


def test_the_archive_is_found_and_sound(home: Path) -> None:
    below = home / "below"
    below.mkdir(exist_ok=True)
    assert "sound" in cloche("archive", "verify", cwd=below).stdout


def test_a_program_runs_from_a_folder_below(home: Path) -> None:
    below = home / "below"
    below.mkdir(exist_ok=True)
    (below / "p.py").write_text(
        "import sys\nprint('out')\nprint('err', file=sys.stderr)\nsys.exit(5)"
    )
    done = cloche("run", "p.py", cwd=below, code=5)
    assert (done.stdout, done.stderr) == ("out\n", "err\n")


def test_a_second_up_shows_the_same_system(home: Path) -> None:
    done = cloche("up", "--json", cwd=home)
    assert json.loads(done.stdout)["pid"] == state_of(home).pid
    assert "already running" in cloche("up", cwd=home).stdout
    (home / "proof.py").write_text("print('proof')")
    assert "\nproof\n" in cloche("up", "--demo", "proof.py", cwd=home).stdout
    (home / "fails.py").write_text("raise SystemExit(3)")
    assert "ended with 3" in cloche("up", "--demo", "fails.py", cwd=home, code=1).stderr


def test_the_api_answers_with_the_key_of_the_state_file_only(home: Path) -> None:
    state = state_of(home)
    key = {"Authorization": f"Bearer {state.api_key}"}
    answer = httpx2.get(f"{state.url}/v1", headers=key)
    assert answer.json()["name"] == "cloche"
    assert httpx2.get(f"{state.url}/v1").status_code == 401


def test_logs_are_prefixed_by_their_component(home: Path) -> None:
    lines = cloche("logs", "gateway", "nats", "-n", "3", cwd=home).stdout.splitlines()
    assert {line.partition("│")[0].strip() for line in lines} == {"gateway", "nats"}
    assert "there is no component nonsense" in cloche("logs", "nonsense", cwd=home, code=2).stderr


def test_a_running_system_is_not_reset(home: Path) -> None:
    assert "cloche down first" in cloche("reset", "--yes", cwd=home, code=1).stderr


def test_doctor_says_what_is_there(home: Path) -> None:
    findings = {f["what"]: f for f in json.loads(cloche("doctor", "--json", cwd=home).stdout)}
    assert findings["data folder"]["found"].endswith(f"process {state_of(home).pid}")
    assert findings["servers"]["grade"] == "ok"
    assert "bubblewrap" in cloche("doctor", cwd=home).stdout


async def test_a_dead_child_is_started_again_and_shown(home: Path) -> None:
    first = pid_of(home, "storage")
    assert first is not None
    os.kill(first, signal.SIGKILL)

    def back() -> bool:
        storage = next(c for c in state_of(home).components if c.name == "storage")
        return storage.state == "ready" and storage.pid != first

    await wait_until(back, within=30)
    storage = next(c for c in status(home)["components"] if c["name"] == "storage")
    assert (storage["restarts"], storage["last_exit"]) == (1, "was ended by SIGKILL")


async def test_no_orphan_survives_a_killed_supervisor_and_the_next_start_is_warm(
    home: Path,
) -> None:
    state = state_of(home)
    children = [c.pid for c in state.components if c.pid is not None]
    assert len(children) == len(NEEDS)
    os.kill(state.pid, signal.SIGKILL)
    await wait_until(lambda: not any(alive(pid) for pid in children), within=10)
    assert status(home, code=1)["state"] == "stopped"
    assert "is not running" not in cloche("up", "--detach", cwd=home).stderr
    again = state_of(home)
    assert (again.state, again.api_key) == ("ready", state.api_key)
    assert (again.url, again.data_dir) == (state.url, state.data_dir)


def test_an_ephemeral_system_ends_in_order_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "hello.py").write_text("print('proof')")
    with subprocess.Popen(
        [*CLOCHE, "up", "--ephemeral", "--json", "--demo", "hello.py", "--verbose"],
        cwd=tmp_path,
        env={**os.environ, "CLOCHE_ENGINE": "bubblewrap"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        banner = json.loads(process.stdout.readline())
        assert process.stdout.readline() == "proof\n"
        children = [c["pid"] for c in banner["components"]]
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "gateway   │" in err
    assert not any(alive(pid) for pid in children)
    assert not Path(banner["data_dir"]).exists()


def test_a_taken_port_that_was_asked_for_is_a_clear_failure(tmp_path: Path, home: Path) -> None:
    port = state_of(home).url.rpartition(":")[2]
    for words in (["--ephemeral"], ["--detach"]):
        done = cloche("up", "--port", port, *words, cwd=tmp_path, code=1)
        assert f"port {port} is taken by process" in done.stderr


def test_followed_logs_end_with_an_interrupt(home: Path) -> None:
    with subprocess.Popen(
        [*CLOCHE, "logs", "-f", "nats"], cwd=home, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("nats")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert process.returncode == 0


def test_what_is_not_running_is_said_to_be_that(tmp_path: Path) -> None:
    assert "nothing runs" in cloche("down", cwd=tmp_path).stderr
    assert status(tmp_path, code=1)["state"] == "stopped"
    assert "cloche is stopped" in cloche("status", cwd=tmp_path, code=1).stdout.lower()
    assert "there is no" in cloche("reset", cwd=tmp_path).stderr
    assert "there is no program" in cloche("up", "--demo", "nope.py", cwd=tmp_path, code=2).stderr
    cloche("up", "--ephemeral", "--data-dir", "x", cwd=tmp_path, code=2)


def test_reset_deletes_only_what_up_has_made_and_only_when_told(tmp_path: Path) -> None:
    (tmp_path / ".cloche").mkdir()
    assert "left alone" in cloche("reset", "--yes", cwd=tmp_path, code=2).stderr
    DataFolder(tmp_path / ".cloche").prepare()
    assert "--yes" in cloche("reset", cwd=tmp_path, code=2).stderr
    cloche("reset", "--yes", cwd=tmp_path)
    assert not (tmp_path / ".cloche").exists()
