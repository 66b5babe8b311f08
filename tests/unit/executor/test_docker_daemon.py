"""The way to the daemon: no call waits for one that has fallen silent, and what comes late harms nobody."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from typing import Any

import docker.errors
import pytest
from cloche_executor.engines import docker_daemon as module
from cloche_executor.engines.docker_daemon import Daemon
from cloche_executor.sandbox import EngineUnavailable, ImageMissing, SandboxError, SandboxLost
from support.waiting import wait_until


class FakeApi:
    def close(self) -> None:
        """As the SDK's."""


class Silence:
    """A call that hangs until it is let go, and whether the daemon gives a sign of life meanwhile."""

    def __init__(self) -> None:
        self.answers = True
        self.asked = 0
        self.go_on = threading.Event()

    def ping(self, _host: str, _seconds: float) -> bool:
        self.asked += 1
        return self.answers

    def call(self, result: Any = "done") -> Any:
        self.go_on.wait(10)
        return result


@pytest.fixture
def silence(monkeypatch: pytest.MonkeyPatch) -> Iterator[Silence]:
    made = Silence()
    monkeypatch.setattr(module, "daemon_answers", made.ping)
    monkeypatch.setattr(module, "SLOW_SECONDS", 0.05)
    yield made
    made.go_on.set()


@pytest.fixture
def daemon() -> Daemon:
    api: Any = FakeApi()
    return Daemon(api, "unix:///none", threads=2)


async def test_a_slow_call_is_no_trouble_while_the_daemon_answers(
    daemon: Daemon, silence: Silence
) -> None:
    calling = asyncio.create_task(daemon.call(silence.call))
    await wait_until(lambda: silence.asked > 1)
    assert not calling.done()
    silence.go_on.set()
    assert await calling == "done"


async def test_a_silent_daemon_is_given_up_and_asked_before_the_next_call(
    daemon: Daemon, silence: Silence
) -> None:
    silence.answers = False
    with pytest.raises(EngineUnavailable, match="does not answer any more"):
        await daemon.call(silence.call)
    called: list[int] = []
    with pytest.raises(EngineUnavailable, match="does not answer"):
        await daemon.call(called.append, 1)
    assert called == []
    silence.answers = True
    await daemon.call(called.append, 2)
    assert called == [2]


async def test_who_waits_behind_calls_that_hang_waits_no_longer_than_they(
    daemon: Daemon, silence: Silence
) -> None:
    silence.answers = False
    async with asyncio.timeout(2.0):
        calls = [asyncio.create_task(daemon.call(silence.call)) for _ in range(6)]
        await asyncio.wait(calls)
    assert all(isinstance(one.exception(), EngineUnavailable) for one in calls)
    # The threads come back one day, and then all of them are there again.
    silence.answers = True
    silence.go_on.set()
    assert await asyncio.gather(*(daemon.call(silence.call) for _ in range(6))) == ["done"] * 6


async def test_who_waits_behind_calls_that_are_only_slow_has_its_turn(
    daemon: Daemon, silence: Silence
) -> None:
    calls = [asyncio.create_task(daemon.call(silence.call)) for _ in range(4)]
    await wait_until(lambda: silence.asked > 2)
    assert not any(one.done() for one in calls)
    silence.go_on.set()
    assert await asyncio.gather(*calls) == ["done"] * 4


async def test_a_connection_that_comes_late_is_closed(daemon: Daemon, silence: Silence) -> None:
    ours, theirs = socket.socketpair()
    silence.answers = False
    with theirs:
        with pytest.raises(EngineUnavailable):
            await daemon.call(silence.call, ours)
        silence.go_on.set()
        theirs.setblocking(False)
        assert await asyncio.get_running_loop().sock_recv(theirs, 1) == b""
    assert ours.fileno() == -1


async def test_all_who_want_to_know_at_once_ask_once(daemon: Daemon, silence: Silence) -> None:
    assert await asyncio.gather(*(daemon.answers() for _ in range(5))) == [True] * 5
    assert silence.asked == 1


async def test_a_closed_one_is_not_asked_any_more(daemon: Daemon, silence: Silence) -> None:
    silence.go_on.set()
    assert await daemon.call(silence.call) == "done"
    under_way = asyncio.create_task(daemon.call(silence.call))
    await asyncio.sleep(0)
    daemon.close()
    assert await under_way == "done"
    assert not await daemon.answers()
    with pytest.raises(EngineUnavailable):
        await daemon.call(silence.call)
    assert silence.asked == 0


@pytest.mark.parametrize(
    ("raised", "error"),
    [
        (docker.errors.ImageNotFound("x"), ImageMissing),
        (docker.errors.NotFound("x"), SandboxLost),
        (docker.errors.APIError("x"), SandboxError),
        (docker.errors.DockerException("x"), EngineUnavailable),
        (ConnectionRefusedError("x"), EngineUnavailable),
    ],
)
async def test_its_errors_become_ours(
    daemon: Daemon, raised: Exception, error: type[SandboxError]
) -> None:
    def call() -> None:
        raise raised

    with pytest.raises(error) as caught:
        await daemon.call(call)
    assert type(caught.value) is error
