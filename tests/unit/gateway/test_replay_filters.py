"""GET /v1/events shows what is asked for: by type, evaluation, label and outcome, with and without output."""

from typing import Any, get_args

import pytest
from cloche_gateway import replay_filter
from cloche_schemas.events import EVENT_TYPES, EventName, name_of, type_of
from support.gateway import Stage
from support.recorded import case
from support.replaying import archived, replayed, run, sequences, types

WHOLE = ["queued", "started", "output-chunk", "output-chunk", "completed"]


def test_every_type_has_its_name() -> None:
    assert set(get_args(EventName)) == {name_of(type_of(cls)) for cls in EVENT_TYPES}


@pytest.mark.parametrize(
    ("params", "shown"),
    [
        ({}, WHOLE),
        ({"output": "false"}, ["queued", "started", "completed"]),
        ({"type": "completed"}, ["completed"]),
        ({"type": ["completed", "queued"]}, ["queued", "completed"]),
        ({"type": "output-chunk"}, ["output-chunk", "output-chunk"]),
        ({"type": "output-chunk", "output": "false"}, []),
        ({"type": "dead-lettered"}, []),
        ({"outcome": "succeeded"}, ["completed"]),
        ({"outcome": ["failed", "succeeded"], "type": "completed"}, ["completed"]),
        ({"outcome": "failed"}, []),
    ],
)
async def test_types_and_outcomes(stage: Stage, params: dict[str, Any], shown: list[str]) -> None:
    address = await run(stage)
    assert types(await replayed(stage, **params)) == shown
    assert types(await replayed(stage, evaluation=address.evaluation, **params)) == shown


async def test_the_end_of_a_case_is_shown_without_the_output_among_which_it_lies(
    stage: Stage,
) -> None:
    address = await stage.submit()
    await stage.start(address)
    await stage.print(address, b"x")
    await stage.settle(address, case(0))
    assert types(await replayed(stage, output="false")) == ["queued", "started", "case-completed"]
    assert types(await replayed(stage, type="case-completed")) == ["case-completed"]


async def test_one_evaluation(stage: Stage) -> None:
    await run(stage)
    address = await run(stage)
    assert sequences(await replayed(stage, evaluation=address.evaluation)) == [6, 7, 8, 9, 10]


@pytest.fixture
async def labelled(stage: Stage) -> Stage:
    """Four evaluations: model=a, model=b with suite=x, none, model=a with suite=x; 20 events."""
    for labels in ({"model": "a"}, {"model": "b", "suite": "x"}, {}, {"model": "a", "suite": "x"}):
        await stage.project(await run(stage, labels=labels))
    return stage


@pytest.mark.parametrize(
    ("label", "which"),
    [
        ("model=a", [0, 3]),
        ("suite", [1, 3]),
        (["suite=x", "model=a"], [3]),
        ("model=", []),
        ("model=c", []),
        ("nothing", []),
        ("suite=x=y", []),
    ],
)
async def test_all_events_of_an_evaluation_follow_its_labels(
    labelled: Stage, label: Any, which: list[int]
) -> None:
    wanted = [5 * n + event for n in which for event in range(1, 6)]
    assert sequences(await replayed(labelled, label=label)) == wanted
    for start in (3, 7, 18, 20):
        rest = [sequence for sequence in wanted if sequence >= start]
        assert sequences(await replayed(labelled, label=label, **{"from": str(start)})) == rest
    ends = [sequence for sequence in wanted if sequence % 5 == 0]
    assert sequences(await replayed(labelled, label=label, outcome="succeeded")) == ends


async def test_labels_are_found_wherever_they_are_known(labelled: Stage) -> None:
    wanted = [3, 4, 5, *range(16, 21)]
    later = {"label": "model=a", "from": "3"}
    # The read model is behind, or away: the log knows.
    rows = labelled.read_models.rows.copy()
    labelled.read_models.rows.clear()
    assert sequences(await replayed(labelled, **later)) == wanted
    labelled.read_models.down = True
    assert sequences(await replayed(labelled, **later)) == wanted
    # The log has forgotten: the read model knows.
    labelled.read_models.down = False
    labelled.read_models.rows = rows
    await archived(labelled, 15)
    labelled.bus.gone = {1, 2, 3}
    assert sequences(await replayed(labelled, **later)) == wanted


async def test_what_is_remembered_is_bounded(
    labelled: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay_filter, "KEPT", 1)
    assert sequences(await replayed(labelled, label="suite")) == [6, 7, 8, 9, 10, *range(16, 21)]


async def test_an_event_of_a_later_version_is_shown_to_who_wants_all(stage: Stage) -> None:
    address = await run(stage)
    first = await stage.bus.get(1)
    assert first is not None
    for type_ in (b"cloche.evaluation.moved.v1", b"cloche.evaluation.completed.v2"):
        data = first.data.replace(b"cloche.evaluation.queued.v1", type_)
        await stage.bus.append(address.log, data, msg_id=type_.decode())
    assert types(await replayed(stage)) == [*WHOLE, "moved", "completed"]
    assert types(await replayed(stage, output="false"))[-2:] == ["moved", "completed"]
    assert types(await replayed(stage, type="completed")) == ["completed", "completed"]
    assert types(await replayed(stage, outcome="succeeded")) == ["completed"]
