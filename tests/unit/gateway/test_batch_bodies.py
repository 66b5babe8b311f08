"""POST /v1/batches: what makes a batch, and what is refused whole, with a pointer to the first thing wrong."""

import base64
import json
from typing import Any

import msgspec
import pytest
from cloche_schemas.batches import member_id, turns_of
from cloche_schemas.events import EvaluationQueued
from cloche_schemas.subjects import Address
from support.gateway import HELLO, TENANT, Stage, assert_problem, stage_with
from support.links import there_and_back

PATH = "/v1/batches"
JSON = {"Content-Type": "application/json"}
GRID = {"template": HELLO, "parameters": {"SEED": ["1"]}}


async def specs(stage: Stage, body: dict[str, Any]) -> list[EvaluationQueued]:
    """What an accepted batch has left on the log, in order."""
    answer = await stage.client.post(PATH, json=body)
    assert answer.status_code == 202, answer.text
    found = []
    for index in range(answer.json()["size"]):
        address = Address(TENANT, member_id(answer.json()["id"], index))
        event = (await stage.executor.read(address)).entries[0].event
        assert isinstance(event, EvaluationQueued)
        found.append(event)
    return found


def some(size: int, **last: object) -> dict[str, Any]:
    return {"evaluations": [HELLO] * (size - 1) + [{**HELLO, **last}]}


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({}, "contradiction", ""),
        ({"evaluations": []}, "invalid_body", "/evaluations"),
        (some(1001), "invalid_body", "/evaluations"),
        (some(8, limits={"pids": 99_999}), "limit_exceeded", "/evaluations/7/limits/pids"),
        (some(3, limits={"pids": "x"}), "invalid_body", "/evaluations/2/limits/pids"),
        (some(3, oops=1), "invalid_body", "/evaluations/2/oops"),
        (some(3, env={"PATH": "x"}), "env_not_allowed", "/evaluations/2/env/PATH"),
        (some(2, language="klingon"), "unknown_language", "/evaluations/1/language"),
        ({**some(1), **GRID}, "contradiction", "/template"),
        ({**some(1), "parameters": {}}, "contradiction", "/parameters"),
        ({"template": HELLO}, "invalid_body", "/parameters"),
        ({"parameters": {"SEED": ["1"]}}, "contradiction", ""),
        ({"template": HELLO, "parameters": {}}, "invalid_body", "/parameters"),
        (
            {"template": HELLO, "parameters": {"SEED": ["1"], "MODE": []}},
            "invalid_body",
            "/parameters/MODE",
        ),
        (
            {"template": HELLO, "parameters": {"SEED": ["1"] * 101, "MODE": ["x"] * 10}},
            "invalid_body",
            "/parameters",
        ),
        (
            {"template": HELLO, "parameters": {"LD_PRELOAD": ["x"]}},
            "env_not_allowed",
            "/parameters/LD_PRELOAD",
        ),
        (
            {"template": {**HELLO, "env": {"MODE": "a"}}, "parameters": {"MODE": ["b"]}},
            "contradiction",
            "/parameters/MODE",
        ),
        (
            {"template": {**HELLO, "limits": {"cpus": 99}}, "parameters": {"SEED": ["1"]}},
            "limit_exceeded",
            "/template/limits/cpus",
        ),
        ({**some(1), "concurrency": 0}, "invalid_body", "/concurrency"),
        ({**some(1), "name": "a\0"}, "invalid_body", "/name"),
        (
            {
                "evaluations": [{**HELLO, "labels": {f"a{n}": "" for n in range(20)}}],
                "labels": {f"b{n}": "" for n in range(20)},
            },
            "invalid_body",
            "/evaluations/0/labels",
        ),
    ],
)
async def test_what_is_wrong_is_named_and_nothing_is_accepted(
    stage: Stage, body: dict[str, Any], code: str, pointer: str
) -> None:
    answer = await stage.client.post(PATH, content=msgspec.json.encode(body), headers=JSON)
    problem = assert_problem(answer, 422, code)
    assert problem["errors"][0]["pointer"] == pointer
    assert await stage.length() == 0


async def test_a_grid_makes_every_combination_the_last_name_fastest(stage: Stage) -> None:
    template = {
        "code": "1",
        "env": {"LANG": "C"},
        "argv": ["--seed={{SEED}}", "{{MODE}}{{MODE}}", "{{OTHER}}", "{{seed}}"],
        "stdin": "{{MODE}} {{SEED}}",
        "labels": {"own": "1", "both": "own"},
    }
    parameters = {"SEED": ["1", "2"], "MODE": ["a", "{{SEED}}"]}
    labels = {"both": "batch", "all": "1"}
    events = await specs(
        stage, {"template": template, "parameters": parameters, "labels": labels, "name": "g"}
    )
    made = [event.spec for event in events if event.spec is not None]
    assert [(spec.env["SEED"], spec.env["MODE"]) for spec in made] == [
        ("1", "a"),
        ("1", "{{SEED}}"),
        ("2", "a"),
        ("2", "{{SEED}}"),
    ]
    assert made[0].argv == ("--seed=1", "aa", "{{OTHER}}", "{{seed}}")
    # A value is not read again.
    assert made[1].stdin == "{{SEED}} 1"
    assert made[3].env["LANG"] == "C"
    assert made[0].labels == {"own": "1", "both": "own", "all": "1"}
    # While nobody is there to work, one of a tenant is let through, and the others wait in the tenant's line.
    assert [event.turns for event in events] == [None, "all", "all", "all"]
    assert await stage.length() == 4


async def test_a_batch_may_be_larger_than_one_evaluation_but_none_of_its_evaluations() -> None:
    async with stage_with(body_bytes=2000, batch_bytes=20_000) as stage:
        fits = {"evaluations": [{"code": "x" * 1500}] * 8}
        assert (await stage.client.post(PATH, json=fits)).status_code == 202
        length = await stage.length()
        too_long = {"evaluations": [HELLO, {"code": "x" * 2500}]}
        answer = await stage.client.post(PATH, json=too_long)
        assert_problem(answer, 413, "body_too_large", "/evaluations/1")
        answer = await stage.client.post(PATH, json={"evaluations": [{"code": "x" * 1500}] * 15})
        assert_problem(answer, 413, "body_too_large")
        # A small body that would become a large batch.
        grid = {"template": {"code": "x" * 1500}, "parameters": {"SEED": ["1"] * 15}}
        answer = await stage.client.post(PATH, json=grid)
        assert_problem(answer, 413, "body_too_large", "/template")
        assert await stage.length() == length


async def test_bad_ids_cursors_and_bodies_are_refused(stage: Stage) -> None:
    batch = (await stage.client.post(PATH, json=some(3))).json()["id"]
    for path in ("x", f"{batch.upper()}x/evaluations"):
        answer = await stage.client.get(f"{PATH}/{path}")
        assert_problem(answer, 422, "invalid_id", "/path/id")
    page = await stage.client.get(f"{PATH}/{batch}/evaluations", params={"limit": 1})
    cursor = page.json()["next_cursor"]
    for path, query in (
        (f"{batch}/evaluations", {"cursor": "x"}),
        (f"{batch}/evaluations", {"cursor": cursor, "status": "queued"}),
        (f"{member_id(batch, 0)}/evaluations", {"cursor": cursor}),
        ("", {"cursor": cursor}),
    ):
        answer = await stage.client.get(f"{PATH}/{path}".rstrip("/"), params=query)
        assert_problem(answer, 400, "invalid_cursor", "/query/cursor")
    answer = await stage.client.post(f"{PATH}/{batch}/rerun", json={"only": "some"})
    assert_problem(answer, 422, "invalid_body", "/only")


async def test_lists_lead_both_ways(stage: Stage) -> None:
    """Of batches from the rows, of a batch's evaluations from the rows and from the log."""
    batches = []
    for _ in range(5):
        batch = (await stage.client.post(PATH, json=some(5, name="last"))).json()["id"]
        batches.append(batch)
        from_log = await there_and_back(stage.client, f"{PATH}/{batch}/evaluations?limit=2")
        members = [member_id(batch, index) for index in range(5)]
        assert from_log == [members[:2], members[2:4], members[4:]]
        for member in members:
            await stage.project(Address(TENANT, member))
        url = f"{PATH}/{batch}/evaluations?limit=2&status=queued"
        assert await there_and_back(stage.client, url) == from_log
    newest = batches[::-1]
    pages = await there_and_back(stage.client, f"{PATH}?limit=2")
    assert pages == [newest[:2], newest[2:4], newest[4:]]
    assert await there_and_back(stage.client, f"{PATH}?limit=5") == [newest]


async def test_a_cursor_of_before_there_was_a_way_back_is_good(stage: Stage) -> None:
    """As it was written then, and so for whoever holds one while gateways of two versions answer."""
    batch = (await stage.client.post(PATH, json=some(3))).json()["id"]
    text = json.dumps([batch, 0, None, None], separators=(",", ":")).encode()
    cursor = base64.urlsafe_b64encode(text).decode().rstrip("=")
    url = f"{PATH}/{batch}/evaluations"
    assert (await stage.client.get(url, params={"limit": 1})).json()["next_cursor"] == cursor
    items = (await stage.client.get(url, params={"cursor": cursor})).json()["items"]
    assert [one["batch"]["index"] for one in items] == [1, 2]


async def test_an_evaluation_alone_is_no_batch(stage: Stage) -> None:
    address = await stage.submit()
    answer = await stage.client.get(f"{PATH}/{address.evaluation}")
    assert_problem(answer, 404, "not_found")


async def test_a_reader_may_look_but_not_write(stage: Stage) -> None:
    batch = (await stage.client.post(PATH, json=some(2))).json()["id"]
    reader = await stage.key(scopes=["read"])
    assert (await stage.client.get(f"{PATH}/{batch}", headers=reader)).status_code == 200
    for path in (PATH, f"{PATH}/{batch}/cancel", f"{PATH}/{batch}/rerun"):
        answer = await stage.client.post(path, json={}, headers=reader)
        assert_problem(answer, 403, "forbidden")


async def test_while_postgresql_is_away_a_batch_is_accepted_cancelled_and_run_again(
    stage: Stage,
) -> None:
    stage.read_models.down = True
    batch = (await stage.client.post(PATH, json=some(3))).json()["id"]
    cancelled = await stage.client.post(f"{PATH}/{batch}/cancel")
    assert cancelled.json()["cancelled"] == 3
    again = await stage.client.post(f"{PATH}/{batch}/rerun")
    assert again.json()["size"] == 3
    assert_problem(await stage.client.get(f"{PATH}/{batch}"), 503, "unavailable")


async def test_a_batch_that_a_tenant_has_no_room_for_is_refused_whole() -> None:
    async with stage_with(tenant_max_queued=5) as stage:
        answer = await stage.client.post(PATH, json=some(6))
        problem = assert_problem(answer, 429, "tenant_queue_full")
        assert (problem["submitted"], problem["max_queued"]) == (6, 5)
        assert await stage.length() == 0
        headers = {"Idempotency-Key": "k"}
        first = await stage.client.post(PATH, json=some(5), headers=headers)
        assert first.status_code == 202
        assert_problem(await stage.client.post(PATH, json=some(1)), 429, "tenant_queue_full")
        # What has been accepted is no more for being asked for again, also before it is projected.
        again = await stage.client.post(PATH, json=some(5), headers=headers)
        assert (again.status_code, again.content) == (202, first.content)


async def test_with_bounded_concurrency_all_take_turns_with_one_another(stage: Stage) -> None:
    events = await specs(stage, {**some(3), "concurrency": 2})
    place = events[0].origin.batch
    assert place is not None
    assert {event.turns for event in events} == {turns_of(place.id)}


async def test_evaluations_of_a_batch_may_be_for_later_each_by_itself(stage: Stage) -> None:
    answer = await stage.client.post(PATH, json=some(3, delay_seconds=60))
    batch = answer.json()["id"]
    found = []
    for index in range(3):
        history = await stage.executor.read(Address(TENANT, member_id(batch, index)))
        found.append(type(history.entries[0].event).__name__)
    assert found == ["EvaluationQueued", "EvaluationQueued", "EvaluationScheduled"]
    length = await stage.length()
    for body, pointer in (
        (some(3, delay_seconds=1e9), "/evaluations/2/delay_seconds"),
        ({**GRID, "template": {**HELLO, "delay_seconds": 1e9}}, "/template/delay_seconds"),
    ):
        answer = await stage.client.post(PATH, json=body)
        assert_problem(answer, 422, "invalid_due_time", pointer)
    assert await stage.length() == length
