"""``Prefer: wait=N`` and ETags of an evaluation: nobody polls, and nobody waits for longer than was said."""

import asyncio
import time
from collections.abc import Awaitable

import httpx2
import pytest
from cloche_gateway.preferences import MOST_SECONDS, _wait
from cloche_schemas.events import OutputArchived
from cloche_schemas.subjects import Address, parse
from support.gateway import HELLO, TENANT, UNKNOWN, Stage, assert_problem
from support.waiting import wait_until

PATH = "/v1/evaluations"
LONG = {"Prefer": "wait=50"}


async def begun(
    stage: Stage, request: Awaitable[httpx2.Response]
) -> "asyncio.Task[httpx2.Response]":
    """A request under way that waits for events."""
    task = asyncio.ensure_future(request)

    def watching() -> bool:
        return bool(stage.bus.followers) or task.done()

    await wait_until(watching)
    assert not task.done()
    return task


@pytest.mark.parametrize(
    ("prefer", "seconds"),
    [
        (["wait=5"], 5),
        (["respond-async, Wait = 7"], 7),
        (["respond-async", 'return=minimal, wait="3"; x=y'], 3),
        (["wait=1000"], MOST_SECONDS),
        (["wait=5, wait=9"], 5),
        (["wait=-1"], 0),
        (["wait"], 0),
        (["wait=1.5"], 0),
        (["respond-async"], 0),
        ([""], 0),
        (None, 0),
    ],
)
async def test_what_is_preferred(prefer: list[str] | None, seconds: int) -> None:
    assert await _wait(prefer) == seconds


async def test_a_version_that_the_client_has_is_not_sent_again(stage: Stage) -> None:
    address = await stage.submit()
    path = f"{PATH}/{address.evaluation}"
    answer = await stage.client.get(path)
    assert (answer.headers["etag"], answer.headers["cache-control"]) == (
        'W/"1"',
        "private, no-cache",
    )
    for tag in ('W/"1"', '"1"', '"x", W/"1"', "*"):
        again = await stage.client.get(path, headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")
    await stage.start(address)
    changed = await stage.client.get(path, headers={"If-None-Match": 'W/"1"'})
    assert (changed.status_code, changed.headers["etag"]) == (200, 'W/"2"')


async def test_a_get_may_wait_for_the_end(stage: Stage) -> None:
    address = await stage.submit()
    path = f"{PATH}/{address.evaluation}"
    asked = await begun(stage, stage.client.get(path, headers=LONG))
    await stage.start(address)
    await stage.print(address, b"hello")
    await asyncio.sleep(0)
    assert not asked.done()
    await stage.complete(address)
    answer = await asyncio.wait_for(asked, 5)
    assert (answer.status_code, answer.json()["outcome"]) == (200, "succeeded")
    assert answer.headers["preference-applied"] == "wait=50"
    assert not stage.bus.followers
    # What is over is answered at once.
    assert (await asyncio.wait_for(stage.client.get(path, headers=LONG), 5)).status_code == 200


async def test_with_a_version_it_waits_for_anything_but_output(stage: Stage) -> None:
    address = await stage.submit()
    path = f"{PATH}/{address.evaluation}"
    await stage.start(address)
    header = LONG | {"If-None-Match": 'W/"2"'}
    asked = await begun(stage, stage.client.get(path, headers=header))
    await stage.print(address, b"hello")
    await asyncio.sleep(0.05)
    assert not asked.done()
    await stage.complete(address)
    answer = await asyncio.wait_for(asked, 5)
    assert (answer.status_code, answer.headers["etag"]) == (200, 'W/"3"')
    # Also after its end: where its output lies is news.
    header["If-None-Match"] = 'W/"3"'
    asked = await begun(stage, stage.client.get(path, headers=header))
    await stage.append(address, OutputArchived(attempt=1))
    assert (await asyncio.wait_for(asked, 5)).headers["etag"] == 'W/"4"'


async def test_who_has_waited_long_enough_is_told_how_it_is(stage: Stage) -> None:
    address = await stage.submit()
    path = f"{PATH}/{address.evaluation}"
    before = time.monotonic()
    answer = await stage.client.get(path, headers={"Prefer": "wait=1"})
    assert (answer.status_code, answer.json()["status"]) == (200, "queued")
    header = {"Prefer": "wait=1", "If-None-Match": 'W/"1"'}
    assert (await stage.client.get(path, headers=header)).status_code == 304
    assert 2.0 <= time.monotonic() - before < 10.0
    assert not stage.bus.followers


async def test_a_gateway_that_stops_lets_nobody_wait(stage: Stage) -> None:
    address = await stage.submit()
    asked = await begun(stage, stage.client.get(f"{PATH}/{address.evaluation}", headers=LONG))
    stage.stop.set()
    answer = await asyncio.wait_for(asked, 5)
    assert (answer.status_code, answer.json()["status"]) == (200, "queued")


async def test_nobody_waits_for_what_is_not_there(stage: Stage) -> None:
    answer = await asyncio.wait_for(stage.client.get(f"{PATH}/{UNKNOWN}", headers=LONG), 5)
    assert_problem(answer, 404, "not_found")


async def test_a_submission_may_wait_for_its_verdict(stage: Stage) -> None:
    asked = await begun(stage, stage.client.post(PATH, json=HELLO, headers=LONG))
    stored = await stage.bus.get(1)
    assert stored is not None
    address = Address(TENANT, parse(stored.subject).evaluation)
    await stage.start(address)
    await stage.complete(address, "failed")
    answer = await asyncio.wait_for(asked, 5)
    assert (answer.status_code, answer.json()["outcome"]) == (201, "failed")
    assert answer.headers["location"] == f"{PATH}/{address.evaluation}"
    assert answer.headers["preference-applied"] == "wait=50"


async def test_a_submission_that_takes_longer_is_accepted_as_ever(stage: Stage) -> None:
    answer = await stage.client.post(PATH, json=HELLO, headers={"Prefer": "wait=1"})
    assert (answer.status_code, answer.json()["status"]) == (202, "queued")
    assert answer.headers["preference-applied"] == "wait=1"
    plain = await stage.client.post(PATH, json=HELLO, headers={"Prefer": "respond-async"})
    assert plain.status_code == 202
    assert "preference-applied" not in plain.headers


async def test_a_repeat_of_what_is_over_is_answered_with_it(stage: Stage) -> None:
    header = {"Idempotency-Key": "k"}
    first = await stage.client.post(PATH, json=HELLO, headers=header)
    address = Address(TENANT, first.json()["id"])
    await stage.start(address)
    await stage.complete(address)
    again = await stage.client.post(PATH, json=HELLO, headers=header | LONG)
    assert (again.status_code, again.json()["id"]) == (200, address.evaluation)
    assert again.headers["idempotency-replayed"] == "true"
