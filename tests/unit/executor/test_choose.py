"""Which engines an executor has, and what it says of them."""

import asyncio
import json
import socket
from pathlib import Path
from typing import Any

import pytest
from cloche_executor.engines import choose as module
from cloche_executor.engines import (
    docker_opening,
    probing,
)
from cloche_executor.engines.choose import Choice, Wanted, choose, open_docker
from cloche_executor.engines.probing import probe
from cloche_executor.sandbox import EngineUnavailable, ImageMissing, Job
from cloche_executor.status import write_status, write_whole
from cloche_schemas.values import Engine as EngineName
from support.fake_engine import FakeEngine, Write

WANTED = Wanted(installation="test")
NAMES: tuple[EngineName, ...] = ("bubblewrap", "docker", "gvisor")


class Machine:
    """Where `works` says for each engine why it does not work, or that it does."""

    def __init__(self, **works: BaseException | None) -> None:
        self.works = works
        self.engines: dict[str, FakeEngine] = {}
        self.asked: list[str] = []

    def take_place(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in NAMES:
            monkeypatch.setattr(module, f"open_{name}", self._opener(name))

    def _opener(self, name: EngineName) -> Any:
        async def open_(_: Wanted) -> FakeEngine:
            self.asked.append(name)
            if (error := self.works.get(name)) is not None:
                raise error
            engine = self.engines[name] = FakeEngine(name=name)
            return engine

        return open_


@pytest.fixture
def no_daemon(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")


def names(choice: Choice) -> list[str]:
    return [engine.facts.name for engine in choice.engines]


async def says_cloche(_job: Job, write: Write) -> int:
    await write("stdout", b"cloche\n")
    return 0


async def test_every_engine_that_works_is_opened_the_strongest_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine = Machine()
    machine.take_place(monkeypatch)
    choice = await choose(WANTED)
    assert names(choice) == ["gvisor", "docker", "bubblewrap"]
    assert choice.refused == ()


async def test_one_that_does_not_work_keeps_no_other_away_and_its_reason_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine = Machine(gvisor=EngineUnavailable("no runtime"), docker=ImageMissing("no image"))
    machine.take_place(monkeypatch)
    choice = await choose(WANTED)
    assert names(choice) == ["bubblewrap"]
    assert choice.refused == (("gvisor", "no runtime"), ("docker", "no image"))


async def test_an_engine_that_was_asked_for_is_taken_or_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine = Machine(gvisor=EngineUnavailable("no runtime"))
    machine.take_place(monkeypatch)
    assert names(await choose(Wanted(installation="test", engine="docker"))) == ["docker"]
    with pytest.raises(EngineUnavailable, match=r"^gvisor: no runtime$"):
        await choose(Wanted(installation="test", engine="gvisor"))
    assert machine.asked == ["docker", "gvisor"]


async def test_what_is_weaker_than_required_is_not_even_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine = Machine()
    machine.take_place(monkeypatch)
    choice = await choose(Wanted(installation="test", require="docker"))
    assert names(choice) == ["gvisor", "docker"]
    assert choice.refused == (("bubblewrap", "weaker than docker, which is required"),)
    assert machine.asked == ["gvisor", "docker"]


async def test_without_an_engine_as_strong_as_required_there_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine = Machine(gvisor=EngineUnavailable("no runtime"))
    machine.take_place(monkeypatch)
    with pytest.raises(EngineUnavailable, match="gvisor: no runtime; docker: weaker than gvisor"):
        await choose(Wanted(installation="test", require="gvisor"))
    with pytest.raises(EngineUnavailable, match=r"^bubblewrap: weaker than docker"):
        await choose(Wanted(installation="test", engine="bubblewrap", require="docker"))
    assert machine.asked == ["gvisor"]


async def test_what_was_opened_is_closed_when_choosing_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine = Machine(bubblewrap=RuntimeError("a bug"))
    machine.take_place(monkeypatch)
    with pytest.raises(RuntimeError, match="a bug"):
        await choose(WANTED)
    assert [machine.engines[name].closed for name in ("gvisor", "docker")] == [True, True]


@pytest.mark.usefixtures("no_daemon")
async def test_without_a_daemon_bubblewrap_is_taken_and_the_reason_is_said() -> None:
    try:
        choice = await choose(WANTED)
    except EngineUnavailable as error:
        pytest.skip(str(error))
    try:
        assert names(choice) == ["bubblewrap"]
        assert choice.refused == (
            ("gvisor", "no Docker daemon answers"),
            ("docker", "no Docker daemon answers"),
        )
        assert "shares the host's kernel" in choice.engines[0].facts.strength
    finally:
        await choice.engines[0].close()


@pytest.mark.usefixtures("no_daemon")
async def test_docker_that_was_asked_for_without_a_daemon_is_nothing() -> None:
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
        monkeypatch.setattr(docker_opening, "DAEMON_SECONDS", 0.2)
        async with asyncio.timeout(5):
            for open_ in (module.open_docker, module.open_gvisor):
                with pytest.raises(EngineUnavailable, match="no Docker daemon answers"):
                    await open_(WANTED)


async def test_an_engine_that_runs_no_program_is_not_believed_and_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    silent = FakeEngine()

    async def opened(*_: object) -> FakeEngine:
        return silent

    monkeypatch.setattr(module, "open_on_bubblewrap", opened)
    with pytest.raises(EngineUnavailable, match="does not work in the sandbox"):
        await module.open_bubblewrap(WANTED)
    assert silent.closed
    works = silent = FakeEngine(says_cloche)
    assert await module.open_bubblewrap(WANTED) is works
    assert not works.closed


async def test_the_probe_believes_only_programs_that_ran() -> None:
    engine = FakeEngine(says_cloche)
    await probe(engine, "test")
    assert [sandbox.job.image for sandbox in engine.started] == ["python", "python"]
    assert {sandbox.job.labels.installation for sandbox in engine.started} == {"test"}
    assert engine.running == []
    with pytest.raises(EngineUnavailable, match="python does not work in the sandbox"):
        await probe(FakeEngine(), "test")

    async def only_python(job: Job, write: Write) -> int:
        return await says_cloche(job, write) if "python3" in job.command else 127

    with pytest.raises(EngineUnavailable, match=r"bash does not work in the sandbox: .*exit 127"):
        await probe(FakeEngine(only_python), "test")


async def test_the_probe_passes_on_what_the_engine_lacks() -> None:
    engine = FakeEngine(says_cloche)
    engine.error = ImageMissing("no image")
    with pytest.raises(ImageMissing, match="no image"):
        await probe(engine, "test")


async def test_the_probe_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hangs(_job: Job, _write: Write) -> int:
        await asyncio.Event().wait()
        return 0

    monkeypatch.setattr(probing, "PROBE_SECONDS", 0.1)
    engine = FakeEngine(hangs)
    with pytest.raises(EngineUnavailable, match="did not end"):
        await probe(engine, "test")
    assert engine.running == []


def test_the_status_file_says_what_runs_and_why(tmp_path: Path) -> None:
    engines = (FakeEngine(name="docker"), FakeEngine(name="bubblewrap"))
    write_status(tmp_path / "status.json", Choice(engines, (("gvisor", "no runtime"),)))
    assert json.loads((tmp_path / "status.json").read_bytes()) == {
        "engine": "docker",
        "runtime": "fake",
        "strength": "none",
        "reason": "gvisor: no runtime",
        "enforced": ["wall_seconds"],
        "shortfalls": [],
        "others": ["bubblewrap"],
    }
    write_status(
        tmp_path / "status.json", Choice((engines[1],), (("gvisor", "a"), ("docker", "b")))
    )
    seen = json.loads((tmp_path / "status.json").read_bytes())
    assert (seen["reason"], seen["others"]) == ("gvisor: a; docker: b", [])
    write_whole(tmp_path / "port", b"1")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["port", "status.json"]
