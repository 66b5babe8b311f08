"""GET /v1/evaluations/{id}/cases: results so far, wherever they lie, none lost and none of another attempt."""

from typing import Any

import httpx2
import msgspec
import pytest
from cloche_domain import case_result
from cloche_gateway.read_models import CaseRows
from cloche_schemas.events import (
    AttemptFailed,
    CaseCompleted,
    EvaluationCompleted,
    EvaluationQueued,
)
from cloche_schemas.subjects import Address
from cloche_schemas.values import CaseCounts
from msgspec.structs import replace
from support.gateway import Stage, parse_events
from support.recorded import case

THREE: list[dict[str, Any]] = [{"name": "case 0"}, {"stdin": "1"}, {}]


async def listed(stage: Stage, address: Address) -> dict[str, Any]:
    answer = await stage.client.get(f"/v1/evaluations/{address.evaluation}/cases")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def indexes(body: dict[str, Any]) -> list[int]:
    return [item["index"] for item in body["items"]]


async def running(stage: Stage) -> Address:
    address = await stage.submit(cases=THREE)
    await stage.start(address)
    return address


async def finish(stage: Stage, address: Address, passed: int, failed: int) -> None:
    counts = CaseCounts(total=3, passed=passed, failed=failed, skipped=3 - passed - failed)
    await stage.append(address, EvaluationCompleted(outcome="failed", attempt=1, cases=counts))


async def keep(stage: Stage, address: Address, upto: int, *found: int) -> None:
    """What the projector has written when it has come to `upto`."""
    epoch = (await stage.bus.state()).epoch
    rows = tuple(case_result(case(n)) for n in found)
    stage.read_models.case_rows[(address, 1)] = CaseRows(rows, epoch, upto)


async def test_results_come_while_the_cases_run(stage: Stage) -> None:
    address = await stage.submit(cases=THREE)
    assert await listed(stage, address) == {
        "attempt": 0,
        "complete": False,
        "total": 3,
        "items": [],
    }
    await stage.start(address)
    assert indexes(await listed(stage, address)) == []
    await stage.print(address, b"output of case 0")
    await stage.settle(address, case(0))
    await stage.print(address, b"output of case 1")
    body = await listed(stage, address)
    assert (body["attempt"], body["complete"], indexes(body)) == (1, False, [0])
    assert body["items"][0]["name"] == "case 0"
    assert body["items"][0]["passed"] is True
    await stage.settle(address, case(1, passed=False))
    await finish(stage, address, 1, 1)
    body = await listed(stage, address)
    assert (body["complete"], body["total"], indexes(body)) == (True, 3, [0, 1])
    assert body["items"][1]["outcome"] == "failed"
    view = (await stage.client.get(f"/v1/evaluations/{address.evaluation}")).json()
    assert view["cases"] == {"total": 3, "passed": 1, "failed": 1, "skipped": 1}


async def test_rows_are_folded_on_from_the_log_beyond_their_checkpoint(stage: Stage) -> None:
    address = await running(stage)
    upto = await stage.settle(address, case(0))
    await stage.settle(address, case(1))
    await keep(stage, address, upto, 0)
    stage.bus.followed.clear()
    assert indexes(await listed(stage, address)) == [0, 1]
    assert stage.bus.followed == [(address.output(1),)]


async def test_rows_that_are_current_spare_the_log(stage: Stage) -> None:
    address = await running(stage)
    upto = await stage.settle(address, case(0))
    await keep(stage, address, upto, 0)
    stage.bus.followed.clear()
    assert indexes(await listed(stage, address)) == [0]
    await stage.settle(address, case(1))
    await finish(stage, address, 2, 0)
    await keep(stage, address, 1, 0, 1)
    # All that there are, whatever the checkpoint says.
    assert indexes(await listed(stage, address)) == [0, 1]
    assert stage.bus.followed == []


async def test_rows_of_another_log_are_not_believed(stage: Stage) -> None:
    address = await running(stage)
    await stage.settle(address, case(1))
    rows = CaseRows((case_result(case(0)),), "another", 10_000)
    stage.read_models.case_rows[(address, 1)] = rows
    assert indexes(await listed(stage, address)) == [1]


async def test_without_postgresql_the_log_has_them_all(stage: Stage) -> None:
    address = await running(stage)
    await stage.settle(address, case(0))
    await stage.bus.append(address.output(1), b"{bad", msg_id="bad")
    stage.read_models.down = True
    assert indexes(await listed(stage, address)) == [0]


async def test_cases_of_an_attempt_that_lost_are_not_shown(stage: Stage) -> None:
    address = await running(stage)
    await stage.settle(address, case(0, passed=False))
    await stage.append(address, AttemptFailed(attempt=1, reason="executor_lost"))
    await stage.append(address, EvaluationQueued(attempt=2, spec_sequence=1))
    body = await listed(stage, address)
    assert (body["attempt"], indexes(body)) == (0, [])
    await stage.start(address, attempt=2)
    assert indexes(await listed(stage, address)) == []


async def test_an_evaluation_without_cases_has_none(stage: Stage) -> None:
    address = await stage.submit()
    await stage.start(address)
    assert await listed(stage, address) == {
        "attempt": 1,
        "complete": False,
        "total": 0,
        "items": [],
    }


async def test_without_the_log_nothing_is_said_of_what_may_be_missing(stage: Stage) -> None:
    address = await running(stage)
    await stage.settle(address, case(0))
    await stage.project(address)
    stage.bus.available = False
    answer = await stage.client.get(f"/v1/evaluations/{address.evaluation}/cases")
    assert answer.status_code == 503


@pytest.mark.parametrize("name", ["plain", "\n\nevent: end\ndata: {}\n\n"])
async def test_each_end_is_a_frame_of_the_feed(stage: Stage, name: str) -> None:
    address = await running(stage)
    await stage.settle(address, called(name))
    await finish(stage, address, 1, 0)
    answer: httpx2.Response = await stage.client.get(f"/v1/evaluations/{address.evaluation}/events")
    events = parse_events(answer.text)
    assert [event.name for event in events] == [
        "queued",
        "started",
        "case-completed",
        "completed",
        "end",
    ]
    assert msgspec.json.decode(events[2].data)["data"]["name"] == name


def called(name: str) -> CaseCompleted:
    return replace(case(0), name=name)
