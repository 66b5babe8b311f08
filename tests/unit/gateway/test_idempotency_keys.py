"""The header Idempotency-Key: what it may be, what counts as the same body, and what its events carry."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from cloche_gateway import submission
from cloche_gateway.read_models import KeyRow
from cloche_schemas.batches import derived_id, member_id
from cloche_schemas.commands import SubmitEvaluation
from cloche_schemas.events import EvaluationQueued
from cloche_schemas.subjects import Address
from cloche_schemas.values import Idempotency
from support.gateway import HELLO, TENANT, Stage, assert_problem, stage_with

PATH = "/v1/evaluations"


def keyed(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}


@pytest.mark.parametrize("key", ["", "a b", "k" * 256, "schlüssel", "tab\tbed"])
@pytest.mark.parametrize("path", [PATH, "/v1/batches"])
async def test_a_key_that_is_none_is_refused(stage: Stage, path: str, key: str) -> None:
    headers = [(b"Idempotency-Key", key.encode("latin-1"))]
    answer = await stage.client.post(path, json={"evaluations": [HELLO]}, headers=headers)
    assert_problem(answer, 422, "invalid_parameter", "/header/Idempotency-Key")
    assert await stage.length() == 0


@pytest.mark.parametrize("key", ["k", "k" * 255, '"8e03978e-40d5-43dd-bc93-6894a57f9324"', "!~"])
async def test_the_key_and_a_digest_of_the_body_lie_on_the_log(stage: Stage, key: str) -> None:
    answer = await stage.client.post(PATH, json=HELLO, headers=keyed(key))
    assert answer.status_code == 202
    evaluation = answer.json()["id"]
    assert evaluation == derived_id("idempotency-key", TENANT, "evaluation", key)
    event = (await stage.executor.read(Address(TENANT, evaluation))).entries[0].event
    assert isinstance(event, EvaluationQueued)
    digest = hashlib.sha256(msgspec.json.encode(SubmitEvaluation(code=HELLO["code"]))).hexdigest()
    assert event.origin.idempotency == Idempotency(key=key, digest=digest)


def test_derived_ids_are_uuids_of_version_8_and_apart() -> None:
    ids = {derived_id("idempotency-key", "main", kind, str(n)) for kind in "ab" for n in range(50)}
    assert len(ids) == 100
    assert {(one[14], one[19] in "89ab") for one in ids} == {("8", True)}
    assert derived_id("a", "b") == derived_id("a", "b") != derived_id("ab", "")
    for one in ids:
        Address("main", one)


async def test_how_a_body_is_spelt_does_not_count(stage: Stage) -> None:
    spellings = [
        b'{"code":"1","env":{"SEED":"1","MODE":"2"}}',
        b' {"env": {"MODE": "2", "SEED": "\\u0031"}, "code": "1"} ',
        b'{"code":"1","env":{"SEED":"1","MODE":"2"},"priority":"normal","argv":[]}',
    ]
    headers = {**keyed("k"), "Content-Type": "application/json"}
    answers = [await stage.client.post(PATH, content=s, headers=headers) for s in spellings]
    assert len({answer.content for answer in answers}) == 1
    assert [a.headers.get("Idempotency-Replayed") for a in answers] == [None, "true", "true"]
    other = await stage.client.post(PATH, json={"code": "2"}, headers=keyed("k"))
    assert_problem(other, 422, "idempotency_key_reused", "/header/Idempotency-Key")
    assert await stage.length() == 1


async def test_a_body_that_was_refused_leaves_its_key_free(stage: Stage) -> None:
    bad = {**HELLO, "limits": {"pids": 99_999}}
    assert (await stage.client.post(PATH, json=bad, headers=keyed("k"))).status_code == 422
    answer = await stage.client.post(PATH, json=HELLO, headers=keyed("k"))
    assert answer.status_code == 202
    assert "Idempotency-Replayed" not in answer.headers


async def test_a_repeat_is_answered_after_the_evaluation_has_moved_on(stage: Stage) -> None:
    first = await stage.client.post(PATH, json=HELLO, headers=keyed("k"))
    address = Address(TENANT, first.json()["id"])
    await stage.start(address)
    await stage.complete(address)
    again = await stage.client.post(PATH, json=HELLO, headers=keyed("k"))
    assert (again.status_code, again.content) == (202, first.content)


async def test_the_key_of_a_batch_lies_with_its_first_evaluation(stage: Stage) -> None:
    body = {"evaluations": [HELLO, HELLO]}
    answer = await stage.client.post("/v1/batches", json=body, headers=keyed("k"))
    batch = answer.json()["id"]
    keys = []
    for index in range(2):
        history = await stage.executor.read(Address(TENANT, member_id(batch, index)))
        event = history.entries[0].event
        assert isinstance(event, EvaluationQueued)
        keys.append(event.origin.idempotency and event.origin.idempotency.key)
    assert keys == ["k", None]


async def test_what_was_projected_between_the_two_looks_is_found_at_the_second(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The beginning of an evaluation was trimmed, and its key was projected after the first look."""
    evaluation = derived_id("idempotency-key", TENANT, "evaluation", "k")
    address = Address(TENANT, evaluation)
    await stage.bus.append(address.log, b"{}", msg_id="later")
    answer = await stage.client.post(PATH, json=HELLO, headers=keyed("k"))
    assert_problem(answer, 503, "unavailable")
    digest = hashlib.sha256(msgspec.json.encode(SubmitEvaluation(code=HELLO["code"]))).hexdigest()
    looks: list[KeyRow | None] = [None, KeyRow(evaluation, digest)]

    async def look(*_: str) -> KeyRow | None:
        return looks.pop(0)

    monkeypatch.setattr(stage.read_models, "idempotency_key", look)
    answer = await stage.client.post(PATH, json=HELLO, headers=keyed("k"))
    assert (answer.status_code, answer.json()["id"]) == (202, evaluation)
    assert answer.headers["Idempotency-Replayed"] == "true"
    assert await stage.length() == 1


@pytest.mark.parametrize("path", [PATH, "/v1/batches"])
async def test_those_that_all_found_the_key_free_are_told_apart_by_the_log(
    monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """Each has looked for the key before any of them appends, and all would go to the same subject."""
    async with stage_with(tenant_max_running=1) as stage:
        await told_apart(stage, monkeypatch, path)


async def told_apart(stage: Stage, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    everybody, admission = asyncio.Barrier(4), stage.app.state.gateway.admission
    sound = admission.admitted

    @asynccontextmanager
    async def together(*arguments: Any, **options: Any) -> AsyncIterator[Any]:
        await everybody.wait()
        async with sound(*arguments, **options) as turns:
            yield turns

    monkeypatch.setattr(admission, "admitted", together)
    bodies: list[dict[str, Any]] = [{"code": code} for code in ("1", "2", "1", "2")]
    if path != PATH:
        bodies = [{"evaluations": [body, body]} for body in bodies]
    answers = await asyncio.gather(
        *(stage.client.post(path, json=body, headers=keyed("k")) for body in bodies)
    )
    accepted = [answer for answer in answers if answer.status_code == 202]
    assert len({answer.content for answer in accepted}) == 1
    replayed = [answer.headers.get("Idempotency-Replayed") for answer in accepted]
    assert sorted(replayed, key=str) == [None, "true"]
    for answer in answers:
        if answer not in accepted:
            assert_problem(answer, 422, "idempotency_key_reused", "/header/Idempotency-Key")
    assert await stage.length() == (1 if path == PATH else 2)


async def test_a_repeat_of_what_is_for_later_says_the_same_also_when_its_time_has_passed(
    stage: Stage,
) -> None:
    body = {**HELLO, "run_at": (datetime.now(UTC) + timedelta(seconds=30)).isoformat()}
    first = await stage.client.post(PATH, json=body, headers=keyed("k"))
    assert first.json()["status"] == "scheduled"
    await stage.project(Address(TENANT, first.json()["id"]))
    monday = datetime.now(UTC) + timedelta(days=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(submission, "utcnow", lambda: monday)
        again = await stage.client.post(PATH, json=body, headers=keyed("k"))
        assert (again.status_code, again.content) == (202, first.content)
        late = await stage.client.post(PATH, json=body, headers=keyed("other"))
        assert_problem(late, 422, "invalid_due_time", "/run_at")
