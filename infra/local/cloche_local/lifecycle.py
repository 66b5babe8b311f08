"""The life of one supervised process as a small state machine. Pure: clocks and processes are elsewhere.

waiting → starting → ready ⇄ unready
              ↑          │
              └ backing_off ← its process ended
stopping → stopped          asked to stop, from any state
"""

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

Phase = Literal["waiting", "starting", "ready", "unready", "backing_off", "stopping", "stopped"]

FIRST_DELAY = 0.2
LONGEST_DELAY = 10.0
# A process that served so long has recovered: its next failure is a first one.
SETTLED_SECONDS = 30.0
# Failures in a row before it was ever ready after which the start as a whole is given up.
GIVE_UP_AFTER = 3


class ComponentState(Struct, frozen=True, kw_only=True):
    """What ``cloche status`` tells of one component. Seconds count from the start of its process."""

    name: str
    state: Phase = "waiting"
    pid: int | None = None
    # The kernel's start time of the process in ticks: with the pid it names one process for ever.
    start_ticks: int | None = None
    port: int | None = None
    ready_seconds: float | None = None
    restarts: int = 0
    failures: int = 0
    last_exit: str | None = None
    log: str = ""


def starting(state: ComponentState) -> ComponentState:
    """A process is about to be made."""
    return replace(state, state="starting", pid=None, start_ticks=None, ready_seconds=None)


def spawned(state: ComponentState, pid: int, start_ticks: int | None) -> ComponentState:
    """There is a process."""
    return replace(state, pid=pid, start_ticks=start_ticks)


def became_ready(state: ComponentState, seconds: float, port: int) -> ComponentState:
    """It serves, so many seconds after its start; after a lapse the first figure stays."""
    first = seconds if state.ready_seconds is None else state.ready_seconds
    return replace(state, state="ready", ready_seconds=first, port=port)


def lapsed(state: ComponentState) -> ComponentState:
    """It runs, but says that it cannot serve now."""
    return replace(state, state="unready")


def ended(state: ComponentState, description: str, ready_for: float) -> ComponentState:
    """Its process is gone, after having served for so many seconds."""
    failures = 1 if ready_for >= SETTLED_SECONDS else state.failures + 1
    return replace(
        state,
        state="backing_off",
        pid=None,
        start_ticks=None,
        restarts=state.restarts + 1,
        failures=failures,
        last_exit=description,
    )


def stopping(state: ComponentState) -> ComponentState:
    """It was asked to end."""
    return replace(state, state="stopping")


def stopped(state: ComponentState, description: str | None = None) -> ComponentState:
    """It ended as it was asked to, or never ran."""
    return replace(
        state,
        state="stopped",
        pid=None,
        start_ticks=None,
        last_exit=description or state.last_exit,
    )


def delay(state: ComponentState) -> float:
    """Seconds to wait before the next start: doubled with every failure in a row."""
    return min(LONGEST_DELAY, FIRST_DELAY * 2.0 ** max(0, state.failures - 1))


def given_up(state: ComponentState, *, was_ready: bool) -> bool:
    """Whether the start of the whole system has failed with this component."""
    return not was_ready and state.failures >= GIVE_UP_AFTER
