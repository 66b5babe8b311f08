"""Dead letters on their way again: as new evaluations, once each, and nothing lost in between."""

from typing import Any

import pytest
from cloche_kit.bus import BusUnavailable, Parked
from cloche_schemas import codec
from cloche_schemas.codec import Stamp
from cloche_schemas.events import EvaluationQueued
from cloche_schemas.subjects import Address
from msgspec.structs import replace
from support.gateway import TENANT, Stage, assert_problem, stage_with
from support.letters import PATH, given_up, on_log, put_aside
from support.sealing import sealed

EVALUATIONS = "/v1/evaluations"


async def again(stage: Stage, letter: str) -> dict[str, Any]:
    answer = await stage.client.post(f"{PATH}/{letter}/requeue")
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == answer.json()["links"]["self"]
    requeued: dict[str, Any] = answer.json()
    return requeued


async def submitted(stage: Stage, evaluation: str) -> EvaluationQueued:
    (stored,) = await stage.bus.history(TENANT, evaluation)
    _, event = codec.decode(stored.data)
    assert isinstance(event, EvaluationQueued)
    return event


async def test_the_same_submission_runs_as_a_new_evaluation(stage: Stage) -> None:
    address, letter = await given_up(stage, argv=["a"], labels={"k": "v"}, retry={"attempts": 7})
    before = (await stage.executor.read(address)).position
    requeued = await again(stage, letter)
    assert requeued["rerun_of"] == address.evaluation != requeued["evaluation"]
    view = (await stage.client.get(requeued["links"]["self"])).json()
    assert (view["status"], view["rerun_of"]) == ("queued", address.evaluation)
    event = await submitted(stage, requeued["evaluation"])
    assert event.spec is not None
    assert (event.spec.argv, event.spec.labels) == (("a",), {"k": "v"})
    assert (event.attempt, event.max_attempts) == (1, 7)
    assert (await stage.client.get(PATH)).json()["items"] == []
    assert (await stage.executor.read(address)).position == before


async def test_asked_again_the_answer_is_the_same_and_nothing_runs_twice(stage: Stage) -> None:
    _, letter = await given_up(stage)
    first = await again(stage, letter)
    length = await stage.length()
    assert await again(stage, letter) == first
    assert await stage.length() == length


async def test_a_gateway_that_dies_in_between_leaves_the_letter_and_the_next_makes_no_second(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, letter = await given_up(stage)

    async def dies(_: Parked) -> None:
        raise BusUnavailable("gone")

    with monkeypatch.context() as patch:
        patch.setattr(stage.bus.letters, "remove", dies)
        answer = await stage.client.post(f"{PATH}/{letter}/requeue")
        assert_problem(answer, 503, "unavailable")
    length = await stage.length()
    assert len((await stage.client.get(PATH)).json()["items"]) == 1
    requeued = await again(stage, letter)
    assert await stage.length() == length
    assert (await stage.client.get(requeued["links"]["self"])).status_code == 200
    assert (await stage.client.get(PATH)).json()["items"] == []


async def test_nothing_is_removed_that_is_not_on_the_log_yet(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, letter = await given_up(stage)

    async def full(*_: object, **__: object) -> None:
        raise BusUnavailable("maximum bytes exceeded")

    monkeypatch.setattr(stage.bus, "append", full)
    assert_problem(await stage.client.post(f"{PATH}/{letter}/requeue"), 503, "unavailable")
    assert len((await stage.client.get(PATH)).json()["items"]) == 1


async def test_those_of_a_filter_run_again_and_those_that_cannot_stay_with_the_reason(
    stage: Stage,
) -> None:
    evaluations = [(await given_up(stage))[0].evaluation for _ in range(3)]
    poison = await put_aside(stage, Address(TENANT, evaluations[0]).log, b"{not json")
    body: dict[str, Any] = {"limit": 2}
    report = (await stage.client.post(f"{PATH}/requeue", json=body)).json()
    assert (report["requeued"], report["refused"]) == (2, [])
    assert [one["rerun_of"] for one in report["items"]] == evaluations[:2]
    body["cursor"] = report["next_cursor"]
    report = (await stage.client.post(f"{PATH}/requeue", json=body)).json()
    assert [one["rerun_of"] for one in report["items"]] == evaluations[2:]
    assert [(one["letter"], one["code"]) for one in report["refused"]] == [
        (poison, "no_submission")
    ]
    assert report["next_cursor"] is None
    left = (await stage.client.get(PATH)).json()["items"]
    assert [one["id"] for one in left] == [poison]


async def test_work_that_an_executor_could_not_digest_runs_again_by_the_event_it_points_to(
    stage: Stage,
) -> None:
    address = await stage.submit()
    (first,) = await stage.bus.history(TENANT, address.evaluation)
    later = EvaluationQueued(attempt=2, spec_sequence=first.sequence)
    stamp = Stamp(id="x", source="/x", address=address, time=first.time, sequence=4)
    letter = await put_aside(
        stage, address.queued("auto", "normal"), codec.encode(later, stamp), reason="handler_failed"
    )
    assert (await again(stage, letter))["rerun_of"] == address.evaluation


@pytest.mark.parametrize("found", ["archived", "not archived", "damaged"])
async def test_a_submission_that_has_left_the_log_is_read_from_the_archive(
    stage: Stage, found: str
) -> None:
    await stage.submit()
    address = await stage.submit()
    (first,) = await stage.bus.history(TENANT, address.evaluation)
    later = EvaluationQueued(attempt=2, spec_sequence=first.sequence)
    stamp = Stamp(id="x", source="/x", address=address, time=first.time, sequence=4)
    letter = await put_aside(
        stage, address.queued("auto", "normal"), codec.encode(later, stamp), reason="handler_failed"
    )
    if found != "not archived":
        manifest = await sealed(stage.bus, stage.objects)
        if found == "damaged":
            await stage.objects.put(manifest.segment_key(manifest.recent[0]), b"damaged")
    await stage.bus.trim(1000)
    if found == "archived":
        assert (await again(stage, letter))["rerun_of"] == address.evaluation
        return
    answer = await stage.client.post(f"{PATH}/{letter}/requeue")
    assert "archived" in assert_problem(answer, 409, "no_submission")["detail"]


@pytest.mark.parametrize(
    ("subject", "change", "said"),
    [
        ("evaluations.what.ever", lambda data: data, "about no evaluation"),
        (None, lambda _: b"{not json", "cannot be read"),
        (None, lambda data: data.replace(b"queued.v1", b"queued.v9"), "submits nothing"),
        (None, lambda data: data.replace(b'"spec":', b'"speck":'), "submits nothing"),
        (None, lambda data: data.replace(b'"tenant":"main"', b'"tenant":"mine"'), "another"),
    ],
)
async def test_what_carries_no_submission_stays_and_the_answer_says_why(
    stage: Stage, subject: str | None, change: Any, said: str
) -> None:
    address = await stage.submit()
    (first,) = await stage.bus.history(TENANT, address.evaluation)
    letter = await put_aside(stage, subject or address.log, change(first.data))
    length = await stage.length()
    answer = await stage.client.post(f"{PATH}/{letter}/requeue")
    assert said in assert_problem(answer, 409, "no_submission")["detail"]
    assert await stage.length() == length
    assert len((await stage.client.get(PATH)).json()["items"]) == 1


async def test_an_event_that_points_nowhere_or_elsewhere_is_no_submission(stage: Stage) -> None:
    address, other = await stage.submit(), await stage.submit()
    (first,) = await stage.bus.history(TENANT, other.evaluation)
    stamp = Stamp(id="x", source="/x", address=address, time=first.time, sequence=4)
    for sequence in (999, first.sequence):
        event = EvaluationQueued(attempt=2, spec_sequence=sequence)
        letter = await put_aside(stage, address.log, codec.encode(event, stamp))
        answer = await stage.client.post(f"{PATH}/{letter}/requeue")
        assert_problem(answer, 409, "no_submission")


async def test_a_submission_that_asks_for_more_than_is_granted_today_stays() -> None:
    async with stage_with() as stage:
        _, letter = await given_up(stage, limits={"pids": 100})
        stage.app.state.gateway = replace(
            stage.app.state.gateway,
            settings=stage.settings.model_copy(update={"max_pids": 99}),
        )
        answer = await stage.client.post(f"{PATH}/{letter}/requeue")
        assert_problem(answer, 422, "limit_exceeded", "/limits/pids")
        assert len((await stage.client.get(PATH)).json()["items"]) == 1


async def test_a_new_evaluation_takes_turns_if_the_old_one_did(stage: Stage) -> None:
    address = await stage.submit()
    (first,) = await stage.bus.history(TENANT, address.evaluation)
    envelope, event = codec.decode(first.data)
    assert isinstance(event, EvaluationQueued)
    held = replace(event, turns="all")
    stamp = Stamp(id="x", source="/x", address=address, time=envelope.time, sequence=1)
    stored = await on_log(stage, address.held("auto", "normal", "all"), codec.encode(held, stamp))
    await stage.bus.park(stored, handler="attempts", reason="x")
    letter = (await stage.client.get(PATH)).json()["items"][0]["id"]
    assert (await submitted(stage, (await again(stage, letter))["evaluation"])).turns == "all"
