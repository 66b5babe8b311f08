"""Whose turn it is: shares of tenants, caps, limits of batches; and what never happens."""

from cloche_gateway.turns import Bounds, Counts, Line, line_of, plan
from cloche_kit.queue import Depth
from cloche_kit.weights import Weights
from cloche_schemas.values import EngineChoice
from hypothesis import given
from hypothesis import strategies as st

AUTO: dict[EngineChoice, int] = {"auto": 4}


def held(
    tenant: str, count: int, *, priority: str = "normal", turns: str = "all"
) -> dict[str, int]:
    return {f"held.auto.{priority}.{tenant}.{turns}": count}


def line(tenant: str, *, priority: str = "normal", turns: str = "all") -> Line:
    found = line_of(f"held.auto.{priority}.{tenant}.{turns}")
    assert found is not None
    return found


def test_one_tenant_alone_gets_less_than_twice_the_slots() -> None:
    assert plan(Depth({}, held("a", 10_000)), Bounds(AUTO), {}) == {line("a"): 7}


def test_what_is_in_work_counts_whether_it_was_held_or_not() -> None:
    work = {"work.auto.normal.a": 2, "work.auto.normal.a.all": 3}
    assert plan(Depth(work, held("a", 10)), Bounds(AUTO), {}) == {line("a"): 2}


def test_tenants_share_it_evenly_and_each_gets_one_at_least() -> None:
    many = held("a", 100) | held("b", 100)
    assert plan(Depth({}, many), Bounds(AUTO), {}) == {line("a"): 3, line("b"): 3}
    crowd = {k: v for n in range(50) for k, v in held(f"t{n}", 5).items()}
    assert set(plan(Depth({}, crowd), Bounds(AUTO), {}).values()) == {1}


def test_who_has_something_in_work_only_has_a_share_too() -> None:
    depth = Depth({"work.auto.normal.b": 1}, held("a", 100))
    assert plan(depth, Bounds(AUTO), {}) == {line("a"): 3}


def test_nothing_is_released_for_an_engine_that_nobody_takes_work_for() -> None:
    assert plan(Depth({}, held("a", 5)), Bounds({"docker": 9}), {}) == {}


def test_a_cap_counts_everything_of_the_tenant() -> None:
    work = {"work.auto.high.a.all": 1, "work.docker.low.a.all": 1}
    bounds = Bounds({"auto": 100}, {"a": 5})
    assert plan(Depth(work, held("a", 50)), bounds, {"a": Weights()}) == {line("a"): 3}


def test_under_a_cap_priorities_are_served_by_their_weights() -> None:
    many: dict[str, int] = {}
    for priority in ("high", "normal", "low"):
        many |= held("a", 1000, priority=priority)
    planned = plan(Depth({}, many), Bounds({"auto": 100}, {"a": 21}), {"a": Weights()})
    assert [planned[line("a", priority=p)] for p in ("high", "normal", "low")] == [16, 4, 1]


def test_a_batch_runs_no_more_at_once_than_it_may_and_does_not_hold_up_another() -> None:
    many = held("a", 50, turns="b1") | held("a", 50, turns="b2")
    bounds = Bounds({"auto": 10}, turns={("a", "b1"): 2})
    planned = plan(Depth({"work.auto.normal.a.b1": 1}, many), bounds, {})
    assert planned == {line("a", turns="b1"): 1, line("a", turns="b2"): 17}


def test_foreign_subjects_are_passed_over() -> None:
    assert (
        plan(Depth({"work.x": 3}, {"held.auto.urgent.a.all": 5, "held": 1}), Bounds(AUTO), {}) == {}
    )


_ENGINES: st.SearchStrategy[EngineChoice] = st.sampled_from(["auto", "docker"])
_LINES = st.tuples(
    st.sampled_from(["auto", "docker"]),
    st.sampled_from(["high", "normal", "low"]),
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from(["all", "b1", "b2"]),
)


@given(
    work=st.dictionaries(_LINES, st.integers(1, 9), max_size=12),
    waiting=st.dictionaries(_LINES, st.integers(1, 30), max_size=12),
    slots=st.dictionaries(_ENGINES, st.integers(0, 8)),
    cap=st.integers(1, 12),
    limit=st.integers(1, 5),
)
def test_no_bound_is_ever_overstepped(
    work: dict[tuple[str, ...], int],
    waiting: dict[tuple[str, ...], int],
    slots: dict[EngineChoice, int],
    cap: int,
    limit: int,
) -> None:
    depth = Depth(
        {"work." + ".".join(key): n for key, n in work.items()},
        {"held." + ".".join(key): n for key, n in waiting.items()},
    )
    bounds = Bounds(slots, {"a": cap}, {("b", "b1"): limit})
    planned = plan(depth, bounds, {"a": Weights()})
    before, after = Counts(depth), Counts(depth)
    for one, count in planned.items():
        assert 0 < count <= before.held[one]
        for _ in range(count):
            after.released(one)
    assert after.in_work("a") <= max(cap, before.in_work("a"))
    b1 = Line("auto", "normal", "b", "b1")
    assert after.in_turns(b1) <= max(limit, before.in_turns(b1))
    for one in planned:
        assert slots.get(one.engine, 0) > 0
        assert after.room(one.share, one.tenant, slots) >= 0
