"""Keeping a process running: a small program of ours as the component."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cloche_local.ports import free_ports
from cloche_local.process import Command, ComponentError, NotReady
from cloche_local.runner import Policy, Runner
from support.waiting import wait_until

SERVES = "import pathlib, signal; pathlib.Path('ready').touch(); signal.pause()"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + SERVES
FAILS = "print('out of cheese'); raise SystemExit(3)"
NEVER_READY = "import signal; print('thinking', flush=True); signal.pause()"


class Program:
    """A component that is ready when its program has made a file."""

    name = "program"

    def __init__(self, folder: Path, code: str) -> None:
        self.port = 0
        self.code = code
        self.folder = folder
        self.log = folder / "program.log"
        self.sick = False

    def prepare(self) -> None:
        (self.folder / "ready").unlink(missing_ok=True)

    def command(self) -> Command:
        return Command(
            argv=(sys.executable, "-c", self.code),
            cwd=self.folder,
            log=self.log,
            environment=dict(os.environ),
        )

    def ready(self, pid: int) -> bool:
        return not self.sick and pid > 0 and (self.folder / "ready").exists()


class News:
    def __init__(self) -> None:
        self.states: list[str] = []
        self.said: list[str] = []

    def changed(self, runner: Runner) -> None:
        if self.states[-1:] != [runner.state.state]:
            self.states.append(runner.state.state)

    def say(self, line: str) -> None:
        self.said.append(line)


@asynccontextmanager
async def kept(runner: Runner) -> "AsyncIterator[asyncio.Task[None]]":
    task = asyncio.create_task(runner.run())
    try:
        yield task
    finally:
        await runner.stop(force=True)
        await asyncio.wait({task}, timeout=5)
        assert task.done()


@pytest.fixture
def news() -> News:
    return News()


@pytest.fixture
def make(tmp_path: Path, news: News) -> Callable[..., Runner]:
    def runner(code: str, *needs: Runner, **policy: float) -> Runner:
        program = Program(tmp_path, code)
        return Runner(
            program,
            log=program.log,
            needs=needs,
            policy=Policy(**policy),  # type: ignore[arg-type]
            watcher=news,
        )

    return runner


async def test_it_is_started_becomes_ready_and_ends_when_told(
    make: Callable[..., Runner], news: News
) -> None:
    runner = make(SERVES)
    async with kept(runner):
        await asyncio.wait_for(runner.is_ready.wait(), 10)
        assert runner.state.pid is not None
        await runner.stop()
    assert news.states == ["starting", "ready", "stopping", "stopped"]
    assert runner.state.last_exit == "was ended by SIGTERM"


async def test_a_dead_process_is_started_again(make: Callable[..., Runner], news: News) -> None:
    runner = make(SERVES)
    async with kept(runner):
        await asyncio.wait_for(runner.is_ready.wait(), 10)
        first = runner.state.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await wait_until(lambda: runner.state.restarts == 1 and runner.state.state == "ready", 10)
        assert runner.state.pid not in {first, None}
    assert runner.state.restarts == 1
    assert news.said == ["program was ended by SIGKILL; starting it again"]


async def test_a_start_that_always_fails_is_given_up_with_the_last_words(
    make: Callable[..., Runner],
) -> None:
    runner = make(FAILS)
    async with kept(runner) as task:
        with pytest.raises(NotReady, match=r"exited with 3 3 times(?s:.)*out of cheese"):
            await asyncio.wait_for(task, 20)


async def test_a_process_that_does_not_become_ready_is_given_up(
    make: Callable[..., Runner],
) -> None:
    runner = make(NEVER_READY, ready_within=8.0)
    async with kept(runner) as task:
        with pytest.raises(NotReady, match=r"not ready after 8 s(?s:.)*thinking"):
            await asyncio.wait_for(task, 20)
        pid = runner.state.pid
    assert pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_a_process_that_will_not_end_is_killed(make: Callable[..., Runner]) -> None:
    runner = make(STUBBORN, stop_within=0.3)
    async with kept(runner):
        await asyncio.wait_for(runner.is_ready.wait(), 10)
        await runner.stop()
    assert runner.state.last_exit == "was ended by SIGKILL"


async def test_a_sick_process_is_shown_as_unready_until_it_recovers(
    make: Callable[..., Runner], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cloche_local.runner.WATCH_SECONDS", 0.02)
    runner = make(SERVES)
    program = runner.component
    assert isinstance(program, Program)
    async with kept(runner):
        await asyncio.wait_for(runner.is_ready.wait(), 10)
        program.sick = True
        await wait_until(lambda: runner.state.state == "unready")
        program.sick = False
        await wait_until(lambda: runner.state.state == "ready")
    assert runner.state.restarts == 0


async def test_it_waits_for_what_it_needs(
    make: Callable[..., Runner], tmp_path: Path, news: News
) -> None:
    (tmp_path / "needed").mkdir()
    needed_program = Program(tmp_path / "needed", SERVES)
    needed = Runner(
        needed_program, log=needed_program.log, needs=(), policy=Policy(), watcher=News()
    )
    runner = make(SERVES, needed)
    async with kept(runner) as task:
        await asyncio.sleep(0)
        assert news.states == []
        async with kept(needed):
            await asyncio.wait_for(runner.is_ready.wait(), 10)
        assert not task.done()


async def test_a_stop_before_the_start_starts_nothing(
    make: Callable[..., Runner], news: News
) -> None:
    runner = make(SERVES)
    await runner.stop()
    await asyncio.wait_for(runner.run(), 5)
    assert news.states == ["stopped"]


async def test_a_taken_port_is_exchanged_unless_it_was_asked_for(
    make: Callable[..., Runner],
) -> None:
    server = await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", free_ports(1)[0])
    port = server.sockets[0].getsockname()[1]
    async with server:
        runner = make(SERVES)
        runner.component.port = port
        async with kept(runner):
            await asyncio.wait_for(runner.is_ready.wait(), 10)
            assert runner.component.port not in {0, port}
        fixed = make(SERVES, fixed_port=True)
        fixed.component.port = port
        async with kept(fixed) as task:
            with pytest.raises(ComponentError, match=f"port {port} is taken by process"):
                await asyncio.wait_for(task, 10)


async def test_a_program_that_is_not_there_is_said_to_be(make: Callable[..., Runner]) -> None:
    runner = make(SERVES)
    program = runner.component
    assert isinstance(program, Program)
    program.folder = program.folder / "missing"
    async with kept(runner) as task:
        with pytest.raises(ComponentError, match="cannot start"):
            await asyncio.wait_for(task, 10)
