"""Running an evaluation again: the same, or with changes to what was submitted, from the log or from the archive."""

from typing import Any

import httpx2
import pytest
from cloche_kit.blobs import blob_key
from cloche_kit.objects import ObjectsUnavailable
from cloche_schemas import codec
from cloche_schemas.commands import EvaluationSpec
from cloche_schemas.events import EvaluationQueued, EvaluationScheduled
from cloche_schemas.subjects import Address
from support.gateway import HELLO, TENANT, UNKNOWN, Stage, assert_problem
from support.replaying import archived, run

PATH = "/v1/evaluations"
PATCH = {"Content-Type": "application/merge-patch+json"}


def path_of(address: Address) -> str:
    return f"{PATH}/{address.evaluation}/rerun"


async def event_of(stage: Stage, answer: httpx2.Response) -> EvaluationQueued | EvaluationScheduled:
    assert answer.status_code == 202, answer.text
    (stored,) = await stage.bus.history(TENANT, answer.json()["id"])
    _, event = codec.decode(stored.data)
    assert isinstance(event, EvaluationQueued | EvaluationScheduled)
    return event


async def again(
    stage: Stage, address: Address, patch: dict[str, Any] | None = None
) -> EvaluationSpec:
    """The submission of the rerun."""
    answer = await stage.client.post(path_of(address), json=patch, headers=PATCH if patch else None)
    event = await event_of(stage, answer)
    assert event.origin.rerun_of == address.evaluation
    assert event.spec is not None
    return event.spec


async def spec_of(stage: Stage, address: Address) -> EvaluationSpec:
    history = await stage.executor.read(address)
    event = history.entries[0].event
    assert isinstance(event, EvaluationQueued)
    assert event.spec is not None
    return event.spec


async def test_without_a_body_it_is_the_same_submission_under_a_new_id(stage: Stage) -> None:
    address = await stage.submit(
        labels={"a": "b"}, stdin="1", limits={"pids": 7}, cases=[{"stdin": "2"}], argv=["x"]
    )
    await stage.start(address)
    await stage.complete(address, "failed")
    assert await again(stage, address) == await spec_of(stage, address)
    view = (await stage.client.get(f"{PATH}/{address.evaluation}")).json()
    assert (view["status"], view["rerun_of"]) == ("completed", None)


async def test_of_what_still_runs_there_may_be_another_one(stage: Stage) -> None:
    address = await stage.submit()
    assert (await again(stage, address)).code == HELLO["code"]


async def test_a_patch_changes_what_it_names_and_nothing_else(stage: Stage) -> None:
    address = await stage.submit(
        labels={"keep": "1", "drop": "2"},
        stdin="old",
        limits={"pids": 7, "cpus": 2},
        argv=["x", "y"],
    )
    patch = {
        "stdin": "new",
        "labels": {"drop": None, "more": "3"},
        "limits": {"pids": None, "wall_seconds": 5},
        "argv": ["z"],
        "priority": "high",
    }
    spec = await again(stage, address, patch)
    assert (spec.stdin, spec.argv, spec.priority) == ("new", ("z",), "high")
    assert spec.labels == {"keep": "1", "more": "3"}
    assert (spec.limits.pids, spec.limits.cpus, spec.limits.wall_seconds) == (None, 2, 5)
    assert spec.code == HELLO["code"]


async def test_a_patch_may_say_when(stage: Stage) -> None:
    address = await stage.submit()
    answer = await stage.client.post(path_of(address), json={"delay_seconds": 60})
    assert isinstance(await event_of(stage, answer), EvaluationScheduled)
    assert answer.json()["status"] == "scheduled"


async def test_bytes_come_back_as_they_were(stage: Stage) -> None:
    files = [{"name": "main.py", "content": "1"}, {"name": "b", "data": "AP/+"}]
    answer = await stage.client.post(PATH, json={"files": files})
    address = Address(TENANT, answer.json()["id"])
    spec = await again(stage, address, {"stdin": "x"})
    assert [file.raw for file in spec.files] == [b"1", b"\x00\xff\xfe"]


async def test_code_that_was_moved_into_a_blob_is_run_again_or_replaced(stage: Stage) -> None:
    large = "print(1)\n" + "#" * 300_000
    address = await stage.submit(code=large)
    blob = (await spec_of(stage, address)).code_blob
    assert blob is not None
    assert (await again(stage, address)).code_blob == blob
    short = await again(stage, address, {"code": "print(2)"})
    assert (short.code, short.code_blob) == ("print(2)", None)
    small = await stage.submit()
    back = await again(stage, small, {"code_blob": blob})
    assert (back.code, back.code_blob) == ("", blob)
    assert await stage.objects.head(blob_key(TENANT, blob)) is not None


@pytest.mark.parametrize(
    ("patch", "pointer"),
    [
        ({"nmae": "x"}, "/nmae"),
        ({"limits": {"pids": "many"}}, "/limits/pids"),
        ({"code": None}, "/code"),
        ({"code": 7}, "/code"),
        ({"labels": ["a"]}, "/labels"),
        ([], ""),
        ("x", ""),
        (7, ""),
    ],
)
async def test_what_is_no_submission_any_more_is_refused_with_its_place(
    stage: Stage, patch: Any, pointer: str
) -> None:
    address = await stage.submit()
    answer = await stage.client.post(path_of(address), json=patch)
    assert_problem(answer, 422, "invalid_body", pointer)
    assert await stage.length() == 1


async def test_bodies_that_are_none_are_refused(stage: Stage) -> None:
    address = await stage.submit()
    for content, header, status, code in (
        (b"{", PATCH, 400, "malformed_json"),
        (b"null", PATCH, 422, "invalid_body"),
        (b"{}", {"Content-Type": "text/plain"}, 415, "unsupported_media_type"),
        (b'{"labels":' + b'{"a":' * 5000 + b"1" + b"}" * 5001, PATCH, None, None),
        (b"x" * (2 << 20), PATCH, 413, "body_too_large"),
    ):
        answer = await stage.client.post(path_of(address), content=content, headers=header)
        if status is None or code is None:
            assert answer.status_code in {400, 422}, answer.text
        else:
            assert_problem(answer, status, code)
    assert await stage.length() == 1


async def test_a_key_makes_one_rerun_however_often_it_is_asked_for(stage: Stage) -> None:
    address = await stage.submit()
    header = {"Idempotency-Key": "k"}
    first = await stage.client.post(path_of(address), json={"stdin": "1"}, headers=header)
    second = await stage.client.post(path_of(address), json={"stdin": "1"}, headers=header)
    assert first.json()["id"] == second.json()["id"]
    assert second.headers["idempotency-replayed"] == "true"
    other = await stage.client.post(path_of(address), json={"stdin": "2"}, headers=header)
    assert_problem(other, 422, "idempotency_key_reused")


async def test_what_is_not_there_or_another_tenants_is_not_run_again(stage: Stage) -> None:
    address = await stage.submit()
    stranger = await stage.key(await stage.tenant())
    answers = [
        await stage.client.post(f"{PATH}/{UNKNOWN}/rerun", headers=stranger),
        await stage.client.post(path_of(address), headers=stranger),
    ]
    for answer in answers:
        assert_problem(answer, 404, "not_found")
    assert_problem(await stage.client.post(f"{PATH}/x/rerun"), 422, "invalid_id", "/path/id")
    reader = await stage.key(scopes=["read"])
    assert_problem(await stage.client.post(path_of(address), headers=reader), 403, "forbidden")
    assert await stage.length() == 1


async def test_what_the_log_no_longer_holds_comes_from_the_archive(stage: Stage) -> None:
    await run(stage)
    address = await run(stage)
    before = await spec_of(stage, address)
    await stage.project(address)
    last = (await stage.bus.state()).last
    await archived(stage, last)
    stage.bus.gone = set(range(1, last + 1))
    assert await again(stage, address) == before


async def test_what_nobody_holds_any_more_is_gone(stage: Stage) -> None:
    address = await run(stage)
    await stage.project(address)
    last = (await stage.bus.state()).last
    await archived(stage, last)
    stage.bus.gone = set(range(1, last + 1))
    for key in [info.key async for info in stage.objects.list("archive/")]:
        await stage.objects.delete(key)
    answer = await stage.client.post(path_of(address))
    assert answer.json()["code"] in {"submission_trimmed", "events_trimmed"}
    assert answer.status_code == 410


async def test_an_archive_that_is_away_is_said_so(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = await run(stage)
    await stage.project(address)
    last = (await stage.bus.state()).last
    await archived(stage, last)
    stage.bus.gone = set(range(1, last + 1))

    async def away(_key: str) -> None:
        raise ObjectsUnavailable("connection refused: secret=secret")

    monkeypatch.setattr(stage.objects, "get", away)
    assert_problem(await stage.client.post(path_of(address)), 503, "archive_unavailable")
