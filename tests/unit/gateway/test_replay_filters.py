"""GET /v1/events shows what is asked for: by type, evaluation, batch, label, language and outcome, with and without
output."""

from typing import Any, get_args

import pytest
from cloche_gateway import replay_filter
from cloche_schemas.batches import member_id
from cloche_schemas.events import EVENT_TYPES, EventName, name_of, type_of
from cloche_schemas.subjects import Address
from support.gateway import UNKNOWN, Stage, assert_problem, parse_events
from support.recorded import case
from support.replaying import PATH, archived, replayed, run, sequences, types

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


async def test_languages(stage: Stage) -> None:
    for language in ("python", "bash", "ruby"):
        await stage.project(await run(stage, language=language))
    for wanted, first in (("python", 1), ("bash", 6)):
        events = list(range(first, first + 5))
        assert sequences(await replayed(stage, language=wanted)) == events
        # Also where the submission itself is not read: the read model knows, or the log.
        later = {"language": wanted, "from": str(first + 2)}
        assert sequences(await replayed(stage, **later)) == events[2:]
    rows = stage.read_models.rows.copy()
    stage.read_models.rows.clear()
    assert sequences(await replayed(stage, language="ruby", **{"from": "13"})) == [13, 14, 15]
    stage.read_models.rows = rows
    both = await replayed(stage, language=["bash", "ruby"], outcome="succeeded")
    assert sequences(both) == [10, 15]
    assert sequences(await replayed(stage, language="cobol")) == []


async def batch_of(stage: Stage, size: int, headers: Any = None) -> str:
    body = {"evaluations": [{"code": "print(1)", "labels": {"n": str(n)}} for n in range(size)]}
    answer = await stage.client.post("/v1/batches", json=body, headers=headers)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


async def test_one_batch(stage: Stage) -> None:
    await run(stage)
    batch = await batch_of(stage, 3)
    second = Address("main", member_id(batch, 1))
    await stage.start(second)
    await run(stage)
    await stage.print(second, b"x")
    await stage.complete(second)
    assert sequences(await replayed(stage, batch=batch)) == [6, 7, 8, 9, 15, 16]
    assert sequences(await replayed(stage, batch=batch, output="false")) == [6, 7, 8, 9, 16]
    assert sequences(await replayed(stage, batch=batch, label="n=1")) == [7, 9, 15, 16]
    assert sequences(await replayed(stage, batch=batch, evaluation=second.evaluation)) == [
        *(7, 9, 15, 16)
    ]
    assert sequences(await replayed(stage, batch=batch, type="started")) == [9]


async def test_a_batch_that_is_not_there_or_of_another_tenant(stage: Stage) -> None:
    theirs = await stage.key(await stage.tenant())
    batch = await batch_of(stage, 1)
    for headers, id_ in ((None, UNKNOWN), (theirs, batch)):
        answer = await stage.client.get(PATH, params={"batch": id_}, headers=headers)
        assert_problem(answer, 404, "not_found")
    answer = await stage.client.get(PATH, params={"batch": "x"})
    assert_problem(answer, 422, "invalid_id", "/query/batch")


async def test_a_browser_that_comes_back_after_the_end_is_told_to_stay_away(stage: Stage) -> None:
    await run(stage)
    epoch = (await stage.bus.state()).epoch
    headers = {"Accept": "text/event-stream", "Last-Event-ID": f"{epoch}-5"}
    answer = await stage.client.get(PATH, headers=headers)
    assert (answer.status_code, answer.content) == (204, b"")
    # With anything new, shown or not, there is an answer, whose last id leads to the same.
    await run(stage, await stage.tenant())
    answer = await stage.client.get(PATH, headers=headers)
    [end] = parse_events(answer.text)
    assert (end.name, end.id) == ("end", f"{epoch}-10")
    assert await replayed(stage, headers={"Last-Event-ID": f"{epoch}-10"}) == []
