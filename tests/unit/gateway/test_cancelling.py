"""POST /v1/evaluations/{id}/cancel: what it means in each state."""

import asyncio

import pytest
from cloche_domain import Cancelling, Completed, Refusal, Start, decide, fold
from cloche_kit.log import History, Written
from cloche_schemas.events import (
    AttemptFailed,
    AttemptStarted,
    CancelRequested,
    EvaluationCompleted,
    EvaluationDeadLettered,
    LifecycleEvent,
)
from cloche_schemas.subjects import Address
from support.gateway import UNKNOWN, Stage


def path_of(address: Address) -> str:
    return f"/v1/evaluations/{address.evaluation}/cancel"


async def test_what_waits_is_over_at_once(stage: Stage) -> None:
    address = await stage.submit()
    answer = await stage.client.post(path_of(address), json={"reason": "no longer needed"})
    assert answer.status_code == 202
    view = answer.json()
    assert (view["status"], view["outcome"]) == ("completed", "cancelled")
    assert view["detail"] == "no longer needed"


async def test_what_runs_is_asked_to_end(stage: Stage) -> None:
    address = await stage.submit()
    await stage.start(address)
    answer = await stage.client.post(path_of(address))
    assert (answer.status_code, answer.json()["status"]) == (202, "cancelling")
    event = (await stage.executor.read(address)).entries[-1].event
    assert event == CancelRequested(reason="", requested_by="first-key")


async def test_what_waits_for_another_attempt_is_over_at_once(stage: Stage) -> None:
    address = await stage.submit()
    await stage.start(address)
    await stage.append(address, AttemptFailed(attempt=1, reason="executor_lost"))
    answer = await stage.client.post(path_of(address), json={})
    assert (answer.status_code, answer.json()["outcome"]) == (202, "cancelled")


async def test_asking_again_changes_nothing(stage: Stage) -> None:
    address = await stage.submit()
    await stage.start(address)
    first = await stage.client.post(path_of(address))
    length = await stage.length()
    again = await stage.client.post(path_of(address))
    assert (again.status_code, again.json()) == (202, first.json())
    assert await stage.length() == length


@pytest.mark.parametrize(
    ("end", "status", "outcome"),
    [
        (EvaluationCompleted(outcome="failed", attempt=1, exit_code=3), "completed", "failed"),
        (EvaluationDeadLettered(attempts=1, reason="executor_lost"), "dead_lettered", None),
    ],
)
async def test_what_is_over_stays_as_it_is(
    stage: Stage,
    end: EvaluationCompleted | EvaluationDeadLettered,
    status: str,
    outcome: str | None,
) -> None:
    address = await stage.submit()
    await stage.start(address)
    if isinstance(end, EvaluationDeadLettered):
        await stage.append(address, AttemptFailed(attempt=1, reason="executor_lost"))
    await stage.append(address, end)
    length = await stage.length()
    answer = await stage.client.post(path_of(address))
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (409, "already_over")
    assert (problem["status_of_evaluation"], problem["outcome"]) == (status, outcome)
    assert await stage.length() == length


async def test_nobody_knows_it(stage: Stage) -> None:
    answer = await stage.client.post(f"/v1/evaluations/{UNKNOWN}/cancel")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert await stage.length() == 0


async def test_an_evaluation_that_only_postgresql_knows_is_over(stage: Stage) -> None:
    address = await stage.submit()
    await stage.start(address)
    await stage.complete(address)
    row = await stage.project(address)
    trimmed = Address("main", UNKNOWN)
    stage.read_models.rows[trimmed] = row
    answer = await stage.client.post(path_of(trimmed))
    assert (answer.status_code, answer.json()["code"]) == (409, "already_over")
    assert answer.json()["outcome"] == "succeeded"


async def test_what_the_log_has_lost_the_beginning_of_is_over(stage: Stage) -> None:
    address = await stage.submit()
    await stage.start(address)
    end = await stage.complete(address)
    await stage.project(address)
    for up_to in (1, end - 1, end):
        await stage.bus.trim(up_to)
        answer = await stage.client.post(path_of(address))
        assert (answer.status_code, answer.json()["code"]) == (409, "already_over")
        assert answer.json()["outcome"] == "succeeded"


async def test_of_cancel_and_start_exactly_one_is_first(stage: Stage) -> None:
    claim = Start(AttemptStarted(attempt=1, executor="e1", nonce="n", engine="bubblewrap"))

    def start(history: History) -> LifecycleEvent | Refusal:
        return decide(claim, fold(history.numbered))

    seen = set()
    for turn in range(10):
        address = await stage.submit()

        async def start_late(turn: int = turn, address: Address = address) -> Written | Refusal:
            for _ in range(turn):
                await asyncio.sleep(0)
            return await stage.executor.transact(address, start)

        started, cancelled = await asyncio.gather(start_late(), stage.client.post(path_of(address)))
        assert cancelled.status_code == 202
        evaluation = fold((await stage.executor.read(address)).numbered)
        won = isinstance(started, Written)
        assert isinstance(evaluation.state, Cancelling if won else Completed)
        seen.add(won)
    assert seen == {True, False}
