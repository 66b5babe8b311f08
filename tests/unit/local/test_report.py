"""The banner: what somebody reads who has just started the system, and can copy."""

import io
import json
from pathlib import Path

import pytest
from cloche_local.folder import EngineState, SystemState
from cloche_local.report import ConsoleReporter, engine_line, show_banner, try_next, variables
from msgspec.structs import replace

ENGINE = EngineState(
    engine="gvisor", runtime="runsc", strength="strong", others=("docker", "bubblewrap")
)


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SystemState:
    """Of the folder that is found from here."""
    (tmp_path / ".cloche").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CLOCHE_URL", raising=False)
    monkeypatch.setattr("sys.argv", [str(tmp_path / "bin" / "cloche")])
    return SystemState(
        state="ready",
        version="1",
        pid=1,
        data_dir=str(tmp_path / ".cloche"),
        url="http://127.0.0.1:8080",
        docs_url="http://127.0.0.1:8080/docs",
        api_key="cloche_key",
        engine=ENGINE,
    )


def test_the_banner_has_all_that_is_needed(state: SystemState) -> None:
    to = io.StringIO()
    show_banner(state, "Cloche is running", to)
    lines = [line.rstrip() for line in to.getvalue().splitlines()]
    for words in ("Cloche is running", state.url, state.docs_url, state.api_key, "loopback"):
        assert any(words in line for line in lines)
    assert "Try        bin/cloche run - <<< 'print(6 * 7)'" in lines


def test_what_to_try_works_from_where_one_is(
    state: SystemState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    example = tmp_path / "examples/basic-evaluation/hello.py"
    example.parent.mkdir(parents=True)
    example.touch()
    plain = "bin/cloche run examples/basic-evaluation/hello.py"
    named = f"CLOCHE_URL=http://127.0.0.1:8080 CLOCHE_API_KEY=cloche_key {plain}"
    assert try_next(state) == plain
    # A command beside the client would not find the system in a folder elsewhere by itself.
    assert try_next(replace(state, data_dir="/elsewhere")) == named
    # And the environment wins over what is found.
    monkeypatch.setenv("CLOCHE_URL", "http://other.example")
    assert try_next(state) == named


def test_started_by_another_program_the_command_beside_python_is_named(
    state: SystemState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["/usr/bin/python3"])
    monkeypatch.setattr("sys.executable", "/opt/venv/bin/python")
    assert try_next(state).startswith("/opt/venv/bin/cloche run ")


def test_a_shell_takes_whatever_is_in_the_variables(state: SystemState) -> None:
    odd = replace(state, api_key="a b'$(id)")
    assert variables(odd)[1] == "CLOCHE_API_KEY='a b'\"'\"'$(id)'"


@pytest.mark.parametrize(
    ("engine", "line"),
    [
        (None, "unknown: the executor has not reported"),
        (ENGINE, "gvisor (runsc) · strong · also docker, bubblewrap"),
        (
            EngineState(engine="bubblewrap", strength="weaker", reason="no daemon"),
            "bubblewrap · weaker · no daemon",
        ),
    ],
)
def test_the_sandbox_is_a_line(state: SystemState, engine: EngineState | None, line: str) -> None:
    assert engine_line(replace(state, engine=engine)) == line


def test_news_go_to_stderr_and_the_banner_to_stdout(
    state: SystemState, capsys: pytest.CaptureFixture[str]
) -> None:
    reporter = ConsoleReporter(json=True)
    reporter.say("nats is ready")
    reporter.log("nats", "listening")
    reporter.failed("no room")
    reporter.ready(state)
    out, err = capsys.readouterr()
    assert json.loads(out)["url"] == state.url
    assert err.splitlines() == [
        "· nats is ready",
        "nats      │ listening",
        "Cloche cannot run: no room",
    ]
    ConsoleReporter(json=False).ready(state)
    assert "Cloche is running" in capsys.readouterr().out
