"""/v1/projections: what may be asked for when, and by whom."""

import pytest
from cloche_schemas.projections import ProjectionState
from msgspec.structs import replace
from support.gateway import Stage, assert_problem

PATH = "/v1/projections"
ONE = f"{PATH}/read-models"


def set_(stage: Stage, state: ProjectionState, previous: int | None = None) -> None:
    models = stage.read_models.projections
    models.view = replace(models.view, state=state, request=None, previous=previous)


async def test_it_is_listed_and_read(stage: Stage) -> None:
    listed = (await stage.client.get(PATH)).json()["items"]
    assert listed == [(await stage.client.get(ONE)).json()]
    assert (listed[0]["name"], listed[0]["state"]) == ("read-models", "idle")


@pytest.mark.parametrize(
    ("action", "state", "status"),
    [
        ("rebuild", "idle", 202),
        ("rebuild", "ready", 202),
        ("rebuild", "failed", 202),
        ("rebuild", "rebuilding", 409),
        ("rebuild", "comparing", 409),
        ("swap", "ready", 202),
        ("swap", "idle", 409),
        ("swap", "swapped", 409),
        ("rollback", "swapped", 202),
        ("rollback", "comparing", 409),
        ("abort", "rebuilding", 202),
        ("abort", "ready", 202),
        ("abort", "idle", 409),
        ("abort", "swapped", 409),
    ],
)
async def test_what_may_be_asked_for_when(
    stage: Stage, action: str, state: ProjectionState, status: int
) -> None:
    set_(stage, state, previous=1)
    answer = await stage.client.post(f"{ONE}/{action}")
    if status == 202:
        assert (answer.status_code, answer.json()["request"]) == (202, action)
        assert answer.headers["location"] == ONE
        if action != "abort":
            # One thing at a time.
            again = await stage.client.post(f"{ONE}/{action}")
            assert_problem(again, 409, "projection_busy")
    else:
        assert_problem(answer, 409, "projection_busy")


async def test_without_anything_to_go_back_to_there_is_no_rollback(stage: Stage) -> None:
    set_(stage, "swapped")
    assert_problem(await stage.client.post(f"{ONE}/rollback"), 409, "projection_busy")


@pytest.mark.parametrize(
    ("body", "status", "code", "pointer"),
    [
        ('{"swap": "always"}', 202, "", ""),
        ('{"swap": "sometimes"}', 422, "invalid_body", "/swap"),
        ('{"swop": "auto"}', 422, "invalid_body", "/swop"),
        ("{", 400, "malformed_json", ""),
    ],
)
async def test_the_body_of_a_rebuild(
    stage: Stage, body: str, status: int, code: str, pointer: str
) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await stage.client.post(f"{ONE}/rebuild", content=body, headers=headers)
    assert answer.status_code == status
    if status != 202:
        assert_problem(answer, status, code, pointer)


async def test_there_is_no_other_projection(stage: Stage) -> None:
    assert_problem(await stage.client.get(f"{PATH}/other"), 404, "not_found")
    for action in ("rebuild", "swap", "rollback", "abort"):
        assert_problem(await stage.client.post(f"{PATH}/other/{action}"), 404, "not_found")


async def test_it_is_for_administrators(stage: Stage) -> None:
    header = await stage.key(role="operator")
    for method, path in (
        ("GET", PATH),
        ("GET", ONE),
        *(("POST", f"{ONE}/{action}") for action in ("rebuild", "swap", "rollback", "abort")),
    ):
        answer = await stage.client.request(method, path, headers=header)
        assert_problem(answer, 403, "forbidden")
        answer = await stage.client.request(method, path, headers={"Authorization": ""})
        assert_problem(answer, 401, "unauthorized")
