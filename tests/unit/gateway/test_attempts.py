"""The attempts of an evaluation over REST, and the output of each of them."""

from cloche_schemas.events import AttemptFailed, EvaluationQueued
from cloche_schemas.subjects import Address
from cloche_schemas.values import OutputSummary
from msgspec.structs import replace
from support.gateway import UNKNOWN, Stage, assert_problem

PATH = "/v1/evaluations"


async def lost(stage: Stage) -> Address:
    """An evaluation whose first attempt wrote something and was lost; the second is queued."""
    address = await stage.submit()
    await stage.start(address)
    await stage.print(address, b"of the first")
    await stage.append(address, AttemptFailed(attempt=1, reason="executor_lost", detail="gone"))
    await stage.append(address, EvaluationQueued(attempt=2, spec_sequence=1))
    stage._chunks.clear()
    return address


async def second(stage: Stage, address: Address, said: bytes) -> None:
    await stage.start(address, attempt=2)
    await stage.print(address, said, attempt=2)


async def output(stage: Stage, address: Address, query: str = "") -> tuple[bytes, str, str]:
    answer = await stage.client.get(f"{PATH}/{address.evaluation}/output{query}")
    assert answer.status_code == 200, answer.text
    headers = answer.headers
    return answer.content, headers["cloche-output-attempt"], headers["cloche-output-complete"]


async def test_every_attempt_is_listed_with_where_it_ran_and_how_it_ended(stage: Stage) -> None:
    address = await lost(stage)
    await second(stage, address, b"x")
    listed = (await stage.client.get(f"{PATH}/{address.evaluation}/attempts")).json()
    first, latest = listed["items"]
    assert (first["number"], first["executor"], first["engine"]) == (1, "e1", "bubblewrap")
    assert (first["reason"], first["detail"], first["domain"]) == (
        "executor_lost",
        "gone",
        "infrastructure",
    )
    assert first["queued_at"] <= first["started_at"] <= first["ended_at"] <= latest["queued_at"]
    assert (latest["number"], latest.get("ended_at")) == (2, None)
    assert (listed["counts"], listed["complete"], listed["max_attempts"]) == (2, False, 3)


async def test_what_an_attempt_wrote_that_was_lost_never_mixes_with_what_counts(
    stage: Stage,
) -> None:
    address = await lost(stage)
    assert await output(stage, address) == (b"", "0", "false")
    await second(stage, address, b"of the second")
    assert await output(stage, address) == (b"of the second", "2", "false")
    assert await output(stage, address, "?attempt=1") == (b"of the first", "1", "false")
    assert await output(stage, address, "?attempt=2") == (b"of the second", "2", "false")
    assert (await output(stage, address, "?attempt=1&stream=stderr"))[0] == b""


async def test_the_attempt_that_counts_is_complete_also_when_it_is_asked_for(stage: Stage) -> None:
    address = await stage.submit()
    await stage.start(address)
    await stage.print(address, b"hello")
    summary = OutputSummary(total_bytes=5, head_bytes=5, chunks=1)
    await stage.complete(address, stdout=summary)
    assert await output(stage, address, "?attempt=1") == (b"hello", "1", "true")


async def test_an_attempt_that_was_not_is_not_found(stage: Stage) -> None:
    address = await stage.submit()
    path = f"{PATH}/{address.evaluation}/output"
    assert_problem(await stage.client.get(f"{path}?attempt=2"), 404, "not_found")
    for wrong in ("0", "-1", "x"):
        answer = await stage.client.get(f"{path}?attempt={wrong}")
        assert_problem(answer, 422, "invalid_parameter", "/query/attempt")


async def test_attempts_of_nobody_and_of_another_tenant_are_not_found(stage: Stage) -> None:
    address = await stage.submit()
    theirs = await stage.key(await stage.tenant())
    for path, headers in ((UNKNOWN, {}), (address.evaluation, theirs)):
        answer = await stage.client.get(f"{PATH}/{path}/attempts", headers=headers)
        assert_problem(answer, 404, "not_found")
    assert_problem(await stage.client.get(f"{PATH}/x/attempts"), 422, "invalid_id", "/path/id")


async def test_a_row_from_before_attempts_were_kept_is_told_from_the_log(stage: Stage) -> None:
    address = await lost(stage)
    row = await stage.project(address)
    stage.read_models.rows[address] = replace(row, view=replace(row.view, attempts=()))
    path = f"{PATH}/{address.evaluation}/attempts"
    listed = (await stage.client.get(path)).json()
    assert [one["number"] for one in listed["items"]] == [1, 2]
    stage.bus.available = False
    assert (await stage.client.get(path)).json()["items"] == []


async def test_lists_of_evaluations_are_without_their_attempts(stage: Stage) -> None:
    address = await lost(stage)
    await stage.project(address)
    (item,) = (await stage.client.get(PATH)).json()["items"]
    assert item["attempts"] == []
    whole = (await stage.client.get(f"{PATH}/{address.evaluation}")).json()
    assert len(whole["attempts"]) == 2
