"""GET /v1/evaluations/{id}/timeline: spans made from events, from wherever those lie."""

from typing import Any

import pytest
from cloche_schemas.events import (
    AttemptFailed,
    CaseCompleted,
    EvaluationCompleted,
    EvaluationQueued,
    OutputArchived,
)
from cloche_schemas.subjects import Address
from cloche_schemas.values import CaseCounts, Usage
from support.gateway import UNKNOWN, Stage, assert_problem
from support.replaying import archived, run

USAGE = Usage(wall_seconds=0.25, start_seconds=0.125, warm=True)


def path_of(address: Address) -> str:
    return f"/v1/evaluations/{address.evaluation}/timeline"


async def told(stage: Stage, address: Address) -> dict[str, Any]:
    answer = await stage.client.get(path_of(address))
    assert answer.status_code == 200, answer.text
    line: dict[str, Any] = answer.json()
    return line


async def end(stage: Stage, address: Address, **fields: Any) -> None:
    await stage.append(address, EvaluationCompleted(attempt=1, **fields))


def by_id(line: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {span["id"]: span for span in line["spans"]}


@pytest.fixture
async def middle(stage: Stage) -> Address:
    """The second of three evaluations: events 6 to 10 and where its output lies, 11; 13 of 16 are archived."""
    await run(stage)
    address = await run(stage)
    await stage.append(address, OutputArchived(attempt=1))
    await stage.project(address)
    await run(stage)
    await archived(stage, 13)
    return address


async def test_it_goes_on_with_the_evaluation(stage: Stage) -> None:
    address = await stage.submit()
    line = await told(stage, address)
    view = (await stage.client.get(f"/v1/evaluations/{address.evaluation}")).json()
    assert (line["trace_id"], line["complete"]) == (view["trace_id"], False)
    assert [span["name"] for span in line["spans"]] == ["evaluation", "dequeue"]
    await stage.start(address)
    spans = by_id(await told(stage, address))
    attempt = spans["attempt-1"]
    assert spans["attempt-1/dequeue"]["ended_at"] == attempt["started_at"]
    assert "ended_at" not in attempt
    await end(stage, address, outcome="succeeded", usage=USAGE, exit_code=0)
    await stage.append(address, OutputArchived(attempt=1))
    line = await told(stage, address)
    spans = by_id(line)
    assert line["complete"]
    assert spans["evaluation"]["attributes"] == {"cloche.evaluation.id": address.evaluation}
    attempt = spans["attempt-1"]
    assert (attempt["parent"], attempt["kind"], attempt["attempt"]) == ("evaluation", "consumer", 1)
    assert attempt["attributes"] == {
        "cloche.attempt": 1,
        "cloche.executor": "e1",
        "cloche.engine": "bubblewrap",
        "cloche.end": "succeeded",
    }
    start = spans["attempt-1/start-sandbox"]
    assert start["attributes"] == {"cloche.warm": True, "cloche.engine": "bubblewrap"}
    program = spans["attempt-1/run-program"]
    assert (program["kind"], program["measured"]) == ("internal", True)
    assert program["attributes"] == {"process.exit.code": 0}
    assert program["started_at"] == start["ended_at"]
    assert spans["archive-output"]["started_at"] == spans["evaluation"]["ended_at"]


async def test_attempts_that_failed_are_in_it(stage: Stage) -> None:
    address = await stage.submit()
    await stage.start(address)
    await stage.append(address, AttemptFailed(attempt=1, reason="executor_lost"))
    await stage.append(address, EvaluationQueued(attempt=2, spec_sequence=1))
    await stage.start(address, attempt=2)
    spans = by_id(await told(stage, address))
    first = spans["attempt-1"]
    assert (first["end"], first["failed"]) == ("executor_lost", True)
    assert spans["back-off-1"]["started_at"] == first["ended_at"]
    assert spans["attempt-2"]["attributes"]["cloche.attempt"] == 2


@pytest.mark.parametrize(
    "gone", [{6, 7, 8, 9, 10, 11}, {6, 7}, {7}, {10}, {11}, set(range(1, 14))], ids=str
)
async def test_it_is_the_same_once_the_log_has_forgotten(
    stage: Stage, middle: Address, gone: set[int]
) -> None:
    whole = await told(stage, middle)
    assert [span["id"] for span in whole["spans"]][-1] == "archive-output"
    stage.bus.gone = gone
    assert await told(stage, middle) == whole


async def test_what_neither_log_nor_archive_has_is_gone(stage: Stage) -> None:
    address = await run(stage)
    await stage.project(address)
    await run(stage)
    stage.bus.gone = {1, 2, 3, 4, 5}
    answer = await stage.client.get(path_of(address))
    assert_problem(answer, 410, "events_trimmed")


async def of_cases(stage: Stage) -> Address:
    address = await stage.submit(cases=[{"name": "one"}, {}])
    await stage.start(address)
    for index, name in enumerate(("one", "")):
        await stage.print(address, b"x" * 1000)
        case = CaseCompleted(
            attempt=1,
            index=index,
            name=name,
            outcome="failed",
            passed=False,
            exit_code=3,
            usage=USAGE,
        )
        await stage.settle(address, case)
    return address


async def test_cases_are_in_it_while_it_runs_and_afterwards(stage: Stage) -> None:
    address = await of_cases(stage)
    spans = by_id(await told(stage, address))
    case = spans["attempt-1/case-0"]
    assert (case["parent"], case["end"], case["failed"]) == ("attempt-1", "failed", True)
    assert case["attributes"] == {
        "cloche.case": 0,
        "cloche.case.name": "one",
        "process.exit.code": 3,
    }
    await end(stage, address, outcome="failed", cases=CaseCounts(total=2, failed=2))
    await stage.project(address)
    whole = await told(stage, address)
    assert set(by_id(whole)) >= {"attempt-1/case-0", "attempt-1/case-1"}
    await run(stage)
    await archived(stage, 9)
    for gone in ({3, 4, 5}, {4}, {1, 2, 3, 4, 5, 6, 7}):
        stage.bus.gone = gone
        assert await told(stage, address) == whole


async def test_nothing_new_is_not_told_again(stage: Stage) -> None:
    address = await stage.submit()
    answer = await stage.client.get(path_of(address))
    tagged = {"If-None-Match": answer.headers["ETag"]}
    assert (await stage.client.get(path_of(address), headers=tagged)).status_code == 304
    await stage.start(address)
    assert (await stage.client.get(path_of(address), headers=tagged)).status_code == 200


async def test_of_others_there_is_nothing(stage: Stage) -> None:
    address = await stage.submit()
    stranger = await stage.key(await stage.tenant())
    foreign = await stage.client.get(path_of(address), headers=stranger)
    assert_problem(foreign, 404, "not_found")
    absent = await stage.client.get(f"/v1/evaluations/{UNKNOWN}/timeline")
    assert_problem(absent, 404, "not_found")
    assert_problem(await stage.client.get("/v1/evaluations/x/timeline"), 422, "invalid_id")
