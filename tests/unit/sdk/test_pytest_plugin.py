"""The fixture `cloche_local` in a run of pytest of its own: it finds a system, or starts one and ends it."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from cloche.pytest_plugin import DidNotStart, LocalCloche, started
from support.fake_answers import KEY
from support.fake_gateway import FakeGateway, completed

TEST = """
def test_it(cloche_local):
    with cloche_local.client() as client:
        assert "python" in [one.name for one in client.languages().items]
    print("FOUND", cloche_local.found, cloche_local.url)
"""
# A stand-in for `cloche up`: its banner, and an end in order.
UP = """
import json, pathlib, signal, sys, time
def end(*_):
    pathlib.Path(sys.argv[1]).write_text("ended in order")
    raise SystemExit(0)
signal.signal(signal.SIGTERM, end)
print(json.dumps({"state": "ready", "url": "http://127.0.0.1:1", "api_key": "k"}), flush=True)
while True:
    time.sleep(60)
"""


def run(folder: Path, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """pytest over `TEST` in `folder`, without the settings of this repository."""
    (folder / "test_it.py").write_text(textwrap.dedent(TEST))
    (folder / "pytest.ini").write_text("[pytest]\n")
    plugins = ["-p", "no:cacheprovider", "-p", "no:xdist"]
    if "cloche" not in _entry_points():
        plugins += ["-p", "cloche.pytest_plugin"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CLOCHE_")}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rA", *plugins, *words, "test_it.py"],
        cwd=folder,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _entry_points() -> set[str]:
    from importlib.metadata import entry_points

    return {point.name for point in entry_points(group="pytest11")}


def test_a_system_that_runs_is_found(gateway: FakeGateway, tmp_path: Path) -> None:
    done = run(tmp_path, CLOCHE_URL=gateway.url, CLOCHE_API_KEY=KEY)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"FOUND True {gateway.url}" in done.stdout


def test_without_what_starts_one_the_test_is_skipped_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(
        "import cloche.pytest_plugin as plugin\nplugin.find_spec = lambda _name: None\n"
    )
    done = run(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "cloche-local, which starts one, is not installed" in done.stdout


def test_a_new_one_is_started_although_one_runs_if_that_is_asked_for(
    gateway: FakeGateway, tmp_path: Path
) -> None:
    (tmp_path / "conftest.py").write_text(
        "import contextlib, cloche.pytest_plugin as plugin\n"
        "from cloche.discovery import Target\n"
        f"plugin.started = lambda: contextlib.nullcontext(Target({gateway.url!r}, {KEY!r}))\n"
    )
    done = run(tmp_path, "--cloche-fresh", CLOCHE_URL="http://127.0.0.1:9", CLOCHE_API_KEY="x")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"FOUND False {gateway.url}" in done.stdout


def test_what_was_started_is_ended_in_order(tmp_path: Path) -> None:
    (tmp_path / "up.py").write_text(UP)
    ended = tmp_path / "ended"
    with started([sys.executable, str(tmp_path / "up.py"), str(ended)]) as target:
        assert (target.url, target.api_key) == ("http://127.0.0.1:1", "k")
        assert not ended.exists()
    assert ended.read_text() == "ended in order"
    with pytest.raises(DidNotStart, match="started no system"), started([sys.executable, "-c", ""]):
        pass


async def test_it_has_clients_of_both_kinds_and_an_environment(gateway: FakeGateway) -> None:
    system = LocalCloche(gateway.url, KEY, found=True)
    gateway.add(completed())
    async with system.async_client() as client:
        assert (await client.languages()).images
    assert system.environment() == {"CLOCHE_URL": gateway.url, "CLOCHE_API_KEY": KEY}


def test_it_imports_next_to_nothing() -> None:
    code = (
        "import sys, cloche, cloche.pytest_plugin, cloche.discovery; cloche.SubmitEvaluation; "
        "heavy = {'httpx2', 'rich', 'cyclopts', 'asyncio'} & set(sys.modules); print(sorted(heavy))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    # pytest itself may bring asyncio on some versions; what talks HTTP and draws is nobody's but ours.
    assert not {"httpx2", "rich", "cyclopts"} & set(done.stdout.strip("[]\n'").split("', '"))
