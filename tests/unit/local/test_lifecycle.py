"""The life of a supervised process, told without one."""

from cloche_local import lifecycle
from cloche_local.lifecycle import ComponentState, Phase
from hypothesis import given
from hypothesis import strategies as st

NEW = ComponentState(name="nats")


def test_a_start_goes_through_its_phases() -> None:
    state = lifecycle.starting(NEW)
    assert (state.state, state.pid) == ("starting", None)
    state = lifecycle.spawned(state, 7, 99)
    assert (state.pid, state.start_ticks) == (7, 99)
    state = lifecycle.became_ready(state, 0.5, 4222)
    assert (state.state, state.ready_seconds, state.port) == ("ready", 0.5, 4222)


def test_a_lapse_keeps_the_time_of_the_first_readiness() -> None:
    state = lifecycle.became_ready(lifecycle.starting(NEW), 0.5, 1)
    state = lifecycle.became_ready(lifecycle.lapsed(state), 9.0, 1)
    assert (state.state, state.ready_seconds) == ("ready", 0.5)


def test_an_end_is_counted_and_remembered() -> None:
    state = lifecycle.ended(lifecycle.spawned(NEW, 7, 9), "was ended by SIGKILL", 0.0)
    assert (state.state, state.restarts, state.pid) == ("backing_off", 1, None)
    assert state.last_exit == "was ended by SIGKILL"
    assert lifecycle.starting(state).last_exit == "was ended by SIGKILL"


def test_the_pause_doubles_up_to_a_limit_and_begins_anew_after_long_service() -> None:
    state, delays = NEW, []
    for _ in range(9):
        state = lifecycle.ended(state, "exited with 1", 0.0)
        delays.append(lifecycle.delay(state))
    assert delays[:3] == [0.2, 0.4, 0.8]
    assert delays[-1] == lifecycle.LONGEST_DELAY
    state = lifecycle.ended(state, "exited with 1", lifecycle.SETTLED_SECONDS)
    assert lifecycle.delay(state) == 0.2
    assert state.restarts == 10


def test_only_a_first_start_is_given_up() -> None:
    state = NEW
    for _ in range(lifecycle.GIVE_UP_AFTER):
        assert not lifecycle.given_up(state, was_ready=False)
        state = lifecycle.ended(state, "exited with 1", 0.0)
    assert lifecycle.given_up(state, was_ready=False)
    assert not lifecycle.given_up(state, was_ready=True)


def test_a_stop_says_how_it_ended_or_keeps_what_was_known() -> None:
    ended = lifecycle.ended(NEW, "exited with 1", 0.0)
    assert lifecycle.stopped(lifecycle.stopping(ended)).last_exit == "exited with 1"
    assert lifecycle.stopped(ended, "exited with 0").last_exit == "exited with 0"
    assert lifecycle.stopped(ended).state == "stopped"


@given(st.lists(st.floats(0, 100), max_size=30))
def test_a_pause_is_never_longer_than_the_limit_nor_none(served: list[float]) -> None:
    state = NEW
    for seconds in served:
        state = lifecycle.ended(state, "exited with 1", seconds)
        assert lifecycle.FIRST_DELAY <= lifecycle.delay(state) <= lifecycle.LONGEST_DELAY
    phases: set[Phase] = {"waiting", "backing_off"}
    assert state.state in phases
    assert state.restarts == len(served)
