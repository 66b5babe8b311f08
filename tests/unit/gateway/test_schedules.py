"""/v1/schedules: made, shown, paused, resumed, triggered and deleted; and what may not be."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cloche_gateway import app, hosting
from cloche_gateway.app import serve
from cloche_schemas import codec
from cloche_schemas.events import EvaluationQueued
from support.gateway import BEARER, HELLO, TENANT, UNKNOWN, Stage, assert_problem, stage_with
from support.waiting import wait_until

PATH = "/v1/schedules"
DAILY = {"name": "daily", "cron": "0 9 * * *", "timezone": "Europe/Berlin", "evaluation": HELLO}
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


async def made(stage: Stage, **fields: Any) -> dict[str, Any]:
    answer = await stage.client.post(PATH, json={**DAILY, **fields})
    assert answer.status_code == 201, answer.text
    view: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"{PATH}/{view['id']}"
    return view


def at(stage: Stage, now: datetime) -> None:
    stage.book.now = lambda: now


async def test_one_is_made_and_shown_with_when_it_is_due_next(stage: Stage) -> None:
    at(stage, NOON)
    view = await made(stage)
    assert view | {"id": ""} == {
        "id": "",
        "name": "daily",
        "cron": "0 9 * * *",
        "timezone": "Europe/Berlin",
        "paused": False,
        "evaluation": {**HELLO, "limits": {}, "retry": {}},
        "created_at": "2026-11-24T12:00:00Z",
        "created_by": "first-key",
        "next_due": "2026-11-25T08:00:00Z",
        "last_due": None,
        "last_evaluation": None,
        "last_late_seconds": 0.0,
        "missed": 0,
        "problem": "",
    }
    assert (await stage.client.get(f"{PATH}/{view['id']}")).json() == view
    second = await made(stage, name="second")
    listed = (await stage.client.get(PATH)).json()["items"]
    assert [one["id"] for one in listed] == [view["id"], second["id"]]
    # Of the program nothing is left in the list.
    assert "code" not in listed[0]["evaluation"]
    assert await stage.length() == 0


async def test_paused_it_is_due_at_no_time_and_resumed_it_goes_on_from_now(stage: Stage) -> None:
    at(stage, NOON)
    path = f"{PATH}/{(await made(stage, cron='@hourly'))['id']}"
    paused = await stage.client.post(f"{path}/pause")
    assert (paused.status_code, paused.json()["paused"], paused.json()["next_due"]) == (
        200,
        True,
        None,
    )
    assert (await stage.client.post(f"{path}/pause")).json() == paused.json()
    at(stage, NOON + timedelta(hours=5, minutes=1))
    resumed = (await stage.client.post(f"{path}/resume")).json()
    assert (resumed["paused"], resumed["next_due"]) == (False, "2026-11-24T18:00:00Z")
    assert (await stage.client.post(f"{path}/resume")).json() == resumed
    assert (await stage.schedules.state()).last == 3


async def test_one_may_be_made_paused(stage: Stage) -> None:
    assert (await made(stage, paused=True))["next_due"] is None


async def test_triggered_it_runs_at_once_and_is_due_as_before(stage: Stage) -> None:
    view = await made(stage, paused=True)
    answer = await stage.client.post(f"{PATH}/{view['id']}/trigger")
    assert (answer.status_code, answer.json()["status"]) == (202, "queued")
    (stored,) = await stage.bus.history(TENANT, answer.json()["id"])
    event = codec.decode(stored.data)[1]
    assert isinstance(event, EvaluationQueued)
    assert (event.origin.schedule, event.due_at) == (view["id"], None)
    one = (await stage.client.get(answer.headers["location"])).json()
    assert one["schedule"] == view["id"]
    assert (await stage.client.get(f"{PATH}/{view['id']}")).json() == view


async def test_deleted_it_is_gone_for_everybody(stage: Stage) -> None:
    view = await made(stage)
    path = f"{PATH}/{view['id']}"
    gone = await stage.client.delete(path)
    assert (gone.status_code, gone.json()) == (200, view)
    for method, suffix in (
        ("GET", ""),
        ("DELETE", ""),
        ("POST", "/pause"),
        ("POST", "/resume"),
        ("POST", "/trigger"),
    ):
        assert_problem(await stage.client.request(method, path + suffix), 404, "not_found")
    assert (await stage.client.get(PATH)).json()["items"] == []


@pytest.mark.parametrize(
    ("fields", "code", "pointer"),
    [
        ({"cron": "61 * * * *"}, "invalid_schedule", "/cron"),
        ({"cron": "0 0 30 2 *"}, "invalid_schedule", "/cron"),
        ({"cron": "@every 1s"}, "invalid_schedule", "/cron"),
        ({"cron": "x" * 201}, "invalid_body", "/cron"),
        ({"cron": ""}, "invalid_body", "/cron"),
        ({"timezone": "Europe/Atlantis"}, "invalid_schedule", "/timezone"),
        ({"name": ""}, "invalid_body", "/name"),
        ({"id": UNKNOWN}, "invalid_body", "/id"),
        ({"evaluation": {**HELLO, "run_at": "2027-01-01T00:00:00Z"}}, "contradiction", None),
        ({"evaluation": {**HELLO, "delay_seconds": 1}}, "contradiction", None),
        ({"evaluation": {**HELLO, "language": "klingon"}}, "unknown_language", None),
        ({"evaluation": {**HELLO, "limits": {"pids": 10**6}}}, "limit_exceeded", None),
        ({"evaluation": {**HELLO, "priority": "now"}}, "invalid_body", "/evaluation/priority"),
    ],
)
async def test_what_cannot_be_is_refused_with_the_place(
    stage: Stage, fields: dict[str, Any], code: str, pointer: str | None
) -> None:
    problem = assert_problem(
        await stage.client.post(PATH, json={**DAILY, **fields}), 422, code, pointer
    )
    assert problem["errors"][0]["pointer"].startswith(pointer or "/evaluation/")
    assert (await stage.schedules.state()).last == 0


async def test_a_tenant_may_have_so_many_and_no_more() -> None:
    async with stage_with(schedules_per_tenant=1) as stage:
        view = await made(stage)
        refused = await stage.client.post(PATH, json=DAILY)
        assert_problem(refused, 409, "too_many_schedules")
        await stage.client.delete(f"{PATH}/{view['id']}")
        await made(stage)


async def test_another_tenant_s_is_answered_like_one_that_is_not_there(stage: Stage) -> None:
    view = await made(stage)
    header = await stage.key(await stage.tenant())
    document = (await stage.client.get("/openapi.json")).json()
    routes = [
        (method, path)
        for path, methods in document["paths"].items()
        for method in methods
        if path.startswith(f"{PATH}/{{id}}")
    ]
    assert len(routes) == 5
    for method, path in routes:
        answers = []
        for id_ in (view["id"], UNKNOWN):
            url = path.replace("{id}", id_)
            answer = await stage.client.request(method, url, headers=header)
            problem = assert_problem(answer, 404, "not_found")
            answers.append((problem["detail"], problem["title"]))
        assert answers[0] == answers[1]
    assert (await stage.client.get(PATH, headers=header)).json()["items"] == []
    assert (await stage.client.get(f"{PATH}/{view['id']}")).json() == view


async def test_a_key_that_may_only_read_changes_nothing(stage: Stage) -> None:
    view = await made(stage)
    header = await stage.key(scopes=["read"])
    path = f"{PATH}/{view['id']}"
    assert (await stage.client.get(path, headers=header)).status_code == 200
    assert (await stage.client.get(PATH, headers=header)).status_code == 200
    for method, url in (
        ("POST", PATH),
        ("DELETE", path),
        ("POST", f"{path}/pause"),
        ("POST", f"{path}/resume"),
        ("POST", f"{path}/trigger"),
    ):
        answer = await stage.client.request(method, url, headers=header, json=DAILY)
        assert_problem(answer, 403, "forbidden")


async def test_before_the_schedules_have_been_read_nothing_is_said_of_any(stage: Stage) -> None:
    view = await made(stage)
    stage.book.ready.clear()
    for path in (PATH, f"{PATH}/{view['id']}", f"{PATH}/{UNKNOWN}"):
        assert_problem(await stage.client.get(path), 503, "unavailable")


async def test_schedules_are_learned_once_their_log_answers_and_known_when_it_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "KNOWN_SECONDS", 0.05)
    monkeypatch.setattr(hosting, "FOLLOW_SECONDS", 0.01)
    file = tmp_path / "port"
    async with stage_with(port_file=file) as stage:
        assert (await stage.client.post(PATH, json=DAILY)).status_code == 201
        stage.schedules.available = False
        stop = asyncio.Event()
        service = asyncio.create_task(serve(stage.deps, stage.settings, stop))
        await wait_until(file.exists)
        async with httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{file.read_text()}".strip(), headers=BEARER
        ) as client:

            async def answered(path: str, status: int) -> bool:
                return (await client.get(path)).status_code == status

            # Whoever asks for no schedule does not wait for them.
            assert await answered("/readyz", 200)
            assert await answered(PATH, 503)
            stage.schedules.available = True
            await wait_until(lambda: answered(PATH, 200))
            stage.schedules.lose()
            await wait_until(lambda: answered("/livez", 503))
            assert len((await client.get(PATH)).json()["items"]) == 1
            assert (await client.post(PATH, json=DAILY)).status_code == 503
        stop.set()
        await asyncio.wait_for(service, 5)
