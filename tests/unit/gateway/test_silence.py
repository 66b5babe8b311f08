"""When nothing has been heard for a while: by a clock of the test's."""

import asyncio
from collections.abc import Callable

import pytest
from cloche_gateway.silence import Silence


class Handle:
    def __init__(self, at: float, call: Callable[[], None]) -> None:
        self.at, self.call, self.cancelled = at, call, False

    def cancel(self) -> None:
        self.cancelled = True


class Clock:
    """As much of an event loop as there is to it."""

    def __init__(self) -> None:
        self.now = 100.0
        self.handles: list[Handle] = []

    def time(self) -> float:
        return self.now

    def call_later(self, seconds: float, call: Callable[[], None]) -> Handle:
        self.handles.append(Handle(self.now + seconds, call))
        return self.handles[-1]

    def pass_to(self, now: float) -> None:
        while due := [one for one in self.handles if one.at <= now and not one.cancelled]:
            self.handles.remove(due[0])
            self.now = due[0].at
            due[0].call()
        self.now = now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(asyncio, "get_running_loop", lambda: made)
    return made


def test_it_is_broken_after_so_long_each_time(clock: Clock) -> None:
    said: list[float] = []
    with Silence(10.0, lambda: said.append(clock.now)):
        clock.pass_to(135.0)
    assert said == [110.0, 120.0, 130.0]


def test_what_is_heard_begins_it_anew(clock: Clock) -> None:
    said: list[float] = []
    with Silence(10.0, lambda: said.append(clock.now)) as silence:
        for now in (104.0, 109.0, 118.0):
            clock.pass_to(now)
            silence.heard()
        clock.pass_to(127.0)
        assert said == []
        clock.pass_to(129.0)
        assert said == [128.0]
        # However much is heard, one timer runs.
        assert len(clock.handles) == 1


def test_when_it_is_over_nothing_is_said_any_more(clock: Clock) -> None:
    said: list[float] = []
    with Silence(10.0, lambda: said.append(clock.now)):
        pass
    clock.pass_to(200.0)
    assert said == []
