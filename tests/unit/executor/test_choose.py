"""Which engine an executor has, and what it says of it."""

import asyncio
import json
import socket
from pathlib import Path
from typing import Any

import docker.errors
import pytest
from cloche_executor.engines import choose as module
from cloche_executor.engines.choose import (
    Choice,
    Wanted,
    bubblewrap_enforces,
    bubblewrap_shortfalls,
    choose,
    docker_enforces,
    open_docker,
    probe,
)
from cloche_executor.engines.docker_image import Image, default_name, ensure
from cloche_executor.sandbox import EngineUnavailable, ImageMissing, Job
from cloche_executor.status import write_status, write_whole
from support.fake_engine import FakeEngine, Write

WANTED = Wanted(installation="test")


@pytest.fixture
def no_daemon(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")


async def says_cloche(_job: Job, write: Write) -> int:
    await write("stdout", b"cloche\n")
    return 0


@pytest.mark.usefixtures("no_daemon")
async def test_without_a_daemon_bubblewrap_is_taken_and_the_reason_is_said() -> None:
    try:
        choice = await choose(WANTED)
    except EngineUnavailable as error:
        pytest.skip(str(error))
    try:
        assert choice.engine.facts.name == "bubblewrap"
        assert choice.reason == "docker: no Docker daemon answers"
        assert "weaker" in choice.engine.facts.strength
    finally:
        await choice.engine.close()


@pytest.mark.usefixtures("no_daemon")
async def test_an_engine_that_was_asked_for_is_taken_or_nothing() -> None:
    with pytest.raises(EngineUnavailable, match="docker: no Docker daemon answers"):
        await choose(Wanted(installation="test", engine="docker"))


async def test_a_docker_host_that_is_no_socket_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "ssh://somewhere")
    with pytest.raises(EngineUnavailable, match="ssh://somewhere"):
        await open_docker(WANTED)


async def test_a_daemon_that_never_answers_is_no_daemon(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "docker.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
        monkeypatch.setattr(module, "DAEMON_SECONDS", 0.2)
        with pytest.raises(EngineUnavailable, match="no Docker daemon answers"):
            await open_docker(WANTED)


async def test_the_probe_believes_only_a_program_that_ran() -> None:
    await probe(FakeEngine(says_cloche), "test")
    with pytest.raises(EngineUnavailable, match="python does not work in the sandbox"):
        await probe(FakeEngine(), "test")


async def test_the_probe_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hangs(_job: Job, _write: Write) -> int:
        await asyncio.Event().wait()
        return 0

    monkeypatch.setattr(module, "PROBE_SECONDS", 0.1)
    engine = FakeEngine(hangs)
    with pytest.raises(EngineUnavailable, match="did not end"):
        await probe(engine, "test")
    assert engine.running == []


def test_only_what_holds_counts_as_enforced() -> None:
    full = {"MemoryLimit": True, "SwapLimit": True, "CpuCfsQuota": True, "PidsLimit": True}
    assert {"memory_bytes", "cpus", "pids", "scratch_inodes"} <= set(docker_enforces(full))
    assert "memory_bytes" not in docker_enforces(full | {"SwapLimit": False})
    assert "pids" not in docker_enforces({})
    everything = bubblewrap_enforces(frozenset({"memory", "pids", "cpu"}))
    assert "scratch_inodes" not in everything
    assert "memory_bytes" in everything
    nothing = frozenset[str]()
    assert "memory_bytes" not in bubblewrap_enforces(nothing)
    assert any("memory_bytes" in note for note in bubblewrap_shortfalls(nothing))


def test_the_status_file_says_what_runs_and_why(tmp_path: Path) -> None:
    write_status(tmp_path / "status.json", Choice(FakeEngine(), "because"))
    assert json.loads((tmp_path / "status.json").read_bytes()) == {
        "engine": "bubblewrap",
        "runtime": "fake",
        "strength": "none",
        "reason": "because",
        "enforced": ["wall_seconds"],
        "shortfalls": [],
    }
    write_whole(tmp_path / "port", b"1")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["port", "status.json"]


def test_the_image_s_name_changes_with_what_it_is_made_from(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM a")
    before = default_name(tmp_path)
    assert before.startswith("cloche-sandbox:")
    (tmp_path / "Dockerfile").write_text("FROM b")
    assert default_name(tmp_path) != before


class Daemon:
    """The part of the SDK's client that images need. `makes`: what it says when it builds or pulls."""

    def __init__(self, *makes: dict[str, str], there: bool = False) -> None:
        self.makes = makes
        self.there = there
        self.asked: list[str] = []

    def inspect_image(self, name: str) -> dict[str, str]:
        if not self.there:
            raise docker.errors.ImageNotFound(name)
        return {"Id": f"sha256:{name}"}

    def build(self, *, tag: str, **_: Any) -> Any:
        self.asked.append(f"build {tag}")
        return self._make()

    def pull(self, repository: str, tag: str, **_: Any) -> Any:
        self.asked.append(f"pull {repository}:{tag}")
        return self._make()

    def _make(self) -> Any:
        for line in self.makes:
            self.there = self.there or "error" not in line
            yield line


def test_an_image_that_is_there_is_used(tmp_path: Path) -> None:
    daemon: Any = Daemon(there=True)
    assert ensure(daemon, "mine:1", tmp_path) == Image("mine:1", "sha256:mine:1")
    assert daemon.asked == []


def test_an_image_that_is_not_there_is_built_or_pulled(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM a")
    daemon: Any = Daemon({"stream": "Step 1"}, {"status": "done"})
    assert ensure(daemon, None, tmp_path).name == default_name(tmp_path)
    assert daemon.asked == [f"build {default_name(tmp_path)}"]
    pulling: Any = Daemon({"status": "Pulling"})
    ensure(pulling, "registry/mine:2", tmp_path)
    assert pulling.asked == ["pull registry/mine:2"]


def test_an_image_that_cannot_be_had_is_missing_with_the_reason(tmp_path: Path) -> None:
    failing: Any = Daemon({"error": "no route to host"})
    with pytest.raises(ImageMissing, match="no route to host"):
        ensure(failing, "mine:1", tmp_path)
    bare: Any = Daemon()
    with pytest.raises(ImageMissing, match="neither is its Dockerfile"):
        ensure(bare, None, tmp_path)
    with pytest.raises(ImageMissing, match="not there after"):
        ensure(bare, "mine:1", tmp_path)
