"""Who is let into the queue, who waits for a turn, who is refused; and what the API tells of it."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from cloche_domain import Evaluation
from cloche_gateway.read_models import Row
from cloche_schemas import codec
from cloche_schemas.events import EvaluationQueued
from cloche_schemas.queue import EngineState, ExecutorState
from cloche_schemas.subjects import Address
from cloche_schemas.views import EvaluationView
from msgspec import json
from support.gateway import HELLO, Stage
from support.waiting import wait_until

PATH = "/v1/evaluations"


async def an_executor(stage: Stage, slots: int = 2, **changes: Any) -> None:
    now = datetime.now(UTC)
    fields: dict[str, Any] = {
        "executor": "x",
        "slots": slots,
        "takes": ("docker", "auto"),
        "engines": (EngineState(name="docker"),),
    }
    state = ExecutorState(**(fields | changes), started_at=now, said_at=now)
    await stage.bus.executors.announce(state.executor, json.encode(state))


async def turns_of(stage: Stage, address: Address) -> str | None:
    first = (await stage.bus.history(address.tenant, address.evaluation))[0]
    _, event = codec.decode(first.data)
    assert isinstance(event, EvaluationQueued)
    return event.turns


async def test_what_the_slots_can_take_soon_is_work_and_the_rest_waits_for_its_turn(
    stage: Stage,
) -> None:
    await an_executor(stage, slots=2)
    found = [await turns_of(stage, await stage.submit()) for _ in range(5)]
    assert found == [None, None, None, "all", "all"]
    depth = await stage.bus.queue.depth()
    assert depth.work == {"work.auto.normal.main": 3}
    assert depth.held == {"held.auto.normal.main.all": 2}


async def test_priorities_and_engines_have_shares_of_their_own(stage: Stage) -> None:
    await an_executor(stage, slots=1)
    fields: tuple[dict[str, str], ...] = (
        {},
        {"priority": "high"},
        {"engine": "docker"},
        {"priority": "high"},
    )
    assert [await turns_of(stage, await stage.submit(**one)) for one in fields] == [
        *(None, None, None),
        "all",
    ]


async def test_what_comes_after_something_held_does_not_pass_it_by(stage: Stage) -> None:
    await an_executor(stage, slots=1)
    await stage.submit()
    await stage.submit()
    # Some moments later the counts are looked at again: nothing is in the queue, but somebody waits before it.
    [held] = await stage.bus.queue.held("held.auto.normal.main.all")
    stage.gateway.admission._look = None
    stage.bus._work.clear()
    assert await turns_of(stage, await stage.submit()) == "all"
    await stage.bus.queue.drop(held)


async def test_while_nobody_works_one_is_let_through(stage: Stage) -> None:
    assert [await turns_of(stage, await stage.submit()) for _ in range(2)] == [None, "all"]


async def test_a_tenant_with_a_cap_on_what_runs_always_takes_turns(stage: Stage) -> None:
    await an_executor(stage, slots=8)
    changed = await stage.client.patch("/v1/tenants/main", json={"max_running": 3})
    assert (changed.status_code, changed.json()["max_running"]) == (200, 3)
    assert await turns_of(stage, await stage.submit()) == "all"
    await stage.client.patch("/v1/tenants/main", json={"max_running": None})
    assert (await stage.client.get("/v1/tenants")).json()["items"][0]["max_running"] is None


async def test_more_than_a_tenant_may_have_is_refused_and_says_why(stage: Stage) -> None:
    await stage.client.patch("/v1/tenants/main", json={"max_queued": 2, "max_running": 1})
    answers = [await stage.client.post(PATH, json=HELLO) for _ in range(3)]
    assert [one.status_code for one in answers] == [202, 202, 429]
    problem = answers[2].json()
    assert (problem["code"], problem["queued"], problem["max_queued"]) == (
        "tenant_queue_full",
        2,
        2,
    )
    assert problem["max_running"] == 1
    assert int(answers[2].headers["retry-after"]) > 0
    other = await stage.key(await stage.tenant())
    assert (await stage.client.post(PATH, json=HELLO, headers=other)).status_code == 202


@pytest.mark.parametrize("fresh_seconds", [0.25, 0.001])
async def test_submissions_at_once_never_pass_the_cap(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, fresh_seconds: float
) -> None:
    """The shorter, the more looks at the counts overlap with submissions."""
    monkeypatch.setattr("cloche_gateway.admission.FRESH_SECONDS", fresh_seconds)
    await stage.client.patch("/v1/tenants/main", json={"max_queued": 5})
    answers = await asyncio.gather(*(stage.client.post(PATH, json=HELLO) for _ in range(20)))
    assert sorted(one.status_code for one in answers) == [202] * 5 + [429] * 15


async def test_what_is_on_its_way_to_the_log_counts_when_the_counts_are_looked_at_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.client.patch("/v1/tenants/main", json={"max_queued": 2})
    there, sound = asyncio.Event(), stage.deps.log.append

    async def slowly(*arguments: Any, **options: Any) -> Any:
        await there.wait()
        return await sound(*arguments, **options)

    monkeypatch.setattr(stage.deps.log, "append", slowly)
    first = [asyncio.create_task(stage.client.post(PATH, json=HELLO)) for _ in range(2)]
    await wait_until(lambda: sum(stage.gateway.admission._on_their_way.values()) == 2)
    stage.gateway.admission._look = None
    async with asyncio.timeout(5):
        assert (await stage.client.post(PATH, json=HELLO)).status_code == 429
    there.set()
    assert [(await one).status_code for one in first] == [202, 202]
    assert not stage.gateway.admission._on_their_way
    stage.gateway.admission._look = None
    assert (await stage.client.post(PATH, json=HELLO)).status_code == 429


async def test_caps_out_of_range_and_tenants_that_are_not_there(stage: Stage) -> None:
    for body in ({"max_running": 0}, {"max_queued": -1}, {"max_queued": "many"}, {"colour": 1}):
        assert (await stage.client.patch("/v1/tenants/main", json=body)).status_code == 422
    assert (await stage.client.patch("/v1/tenants/nobody", json={})).status_code == 404
    user = await stage.key()
    answer = await stage.client.patch("/v1/tenants/main", json={}, headers=user)
    assert answer.status_code == 403


# --- what the API tells -----------------------------------------------------------------------------------------------


def row(stage: Stage, address: Address, **fields: Any) -> None:
    """The read model has this evaluation."""
    now = datetime.now(UTC)
    known: dict[str, Any] = {"status": "queued", "submitted_at": now, "queued_at": now}
    view = EvaluationView(id=address.evaluation, **(known | fields))
    stage.read_models.rows[address] = Row(view, Evaluation(), 10**9)


async def test_the_queue_is_told_by_line_and_by_tenant(stage: Stage) -> None:
    await an_executor(stage, slots=1, busy=1)
    first, second, third = [await stage.submit() for _ in range(3)]
    row(stage, first, status="running", started_at=datetime.now(UTC))
    row(stage, second, turns="all")
    row(stage, third, turns="all")
    told = (await stage.client.get("/v1/queue")).json()
    [line] = told["lines"]
    assert (line["waiting"], line["held"], line["running"]) == (2, 2, 1)
    assert 0 <= line["oldest_seconds"] < 60
    assert (told["slots"], told["busy"], told["executors"]) == (1, 1, 1)
    [tenant] = told["tenants"]
    assert (tenant["tenant"], tenant["waiting"], tenant["running"]) == ("main", 2, 1)
    assert told["recent"]["started"] == 1


async def test_an_operator_sees_everybody_a_user_only_its_own(stage: Stage) -> None:
    token = await stage.tenant()
    operator, user = await stage.key(role="operator"), await stage.key(token)
    row(stage, await stage.submit())
    mine = (await stage.client.get("/v1/queue", headers=user)).json()
    assert (mine["lines"], [one["tenant"] for one in mine["tenants"]]) == ([], [token])
    refused = await stage.client.get("/v1/queue?everybody=true", headers=user)
    assert (refused.status_code, refused.json()["required_scope"]) == (403, "operate")
    everybody = await stage.client.get("/v1/queue?everybody=true", headers=operator)
    assert [one["tenant"] for one in everybody.json()["lines"]] == ["main"]


async def test_executors_are_listed_for_operators(stage: Stage) -> None:
    await an_executor(stage, slots=3, busy=2)
    await an_executor(stage, executor="y", draining=True, takes=())
    await stage.bus.executors.announce("z", b"of a later version")
    listed = (await stage.client.get("/v1/executors")).json()
    assert [one["executor"] for one in listed["items"]] == ["x", "y"]
    assert (listed["slots"], listed["busy"]) == (3, 2)
    user = await stage.key()
    assert (await stage.client.get("/v1/executors", headers=user)).status_code == 403


async def test_why_an_evaluation_waits(stage: Stage) -> None:
    async def why(address: Address) -> dict[str, Any]:
        answer = await stage.client.get(f"{PATH}/{address.evaluation}/queue")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    first = await stage.submit()
    row(stage, first)
    assert (await why(first))["reason"] == "no_executor"
    await an_executor(stage, slots=1)
    told = await why(first)
    assert (told["reason"], told["ahead"]) == ("no_free_slot", 0)
    second = await stage.submit()
    row(stage, second, turns="all")
    told = await why(second)
    assert (told["reason"], told["ahead"]) == ("turn", 1)
    assert told["waited_seconds"] >= 0
    await stage.client.patch("/v1/tenants/main", json={"max_running": 1})
    assert (await why(second))["reason"] == "tenant_cap"
    row(stage, first, status="scheduled", due_at=datetime(2027, 1, 1, tzinfo=UTC))
    told = await why(first)
    assert (told["reason"], told["until"]) == ("not_due", "2027-01-01T00:00:00Z")
    row(stage, first, status="retry_pending", attempt=1)
    assert (await why(first))["reason"] == "backing_off"
    row(stage, first, status="running")
    assert (await why(first))["reason"] is None
    stranger = await stage.key(await stage.tenant())
    answer = await stage.client.get(f"{PATH}/{first.evaluation}/queue", headers=stranger)
    assert answer.status_code == 404
