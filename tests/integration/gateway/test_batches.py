"""Batches over a real log and a real PostgreSQL: all or nothing, read at once, cancelled, run again."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from cloche_schemas.batches import member_id, turns_of
from cloche_schemas.events import (
    AttemptFailed,
    AttemptStarted,
    EvaluationCompleted,
    EvaluationDeadLettered,
    EvaluationQueued,
)
from cloche_schemas.subjects import Address
from cloche_schemas.values import Outcome
from support.gateway import assert_problem
from support.nats import NatsServer
from support.read_side import ReadSide, read_side
from support.waiting import wait_until

PATH = "/v1/batches"
STARTED = AttemptStarted(attempt=1, executor="e", nonce="n", engine="bubblewrap")


def body(size: int, **fields: object) -> dict[str, Any]:
    return {"evaluations": [{"code": f"print({n})"} for n in range(size)], **fields}


async def accepted(world: ReadSide, **fields: Any) -> str:
    answer = await world.client.post(PATH, json=body(**fields))
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


async def get(world: ReadSide, path: str, **query: object) -> dict[str, Any]:
    answer = await world.client.get(f"{PATH}/{path}", params=query)  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def event_of(world: ReadSide, address: Address) -> EvaluationQueued:
    event = (await world.log.read(address)).entries[0].event
    assert isinstance(event, EvaluationQueued)
    return event


async def end(world: ReadSide, batch: str, index: int, outcome: Outcome | None) -> None:
    """Run one evaluation to its end; None gives it up."""
    address = Address("main", member_id(batch, index))
    if outcome is None:
        failed = AttemptFailed(attempt=1, reason="executor_lost")
        dead = EvaluationDeadLettered(attempts=1, reason="executor_lost")
        await world.move(address, STARTED, failed, dead)
    else:
        await world.move(address, STARTED, EvaluationCompleted(outcome=outcome, attempt=1))


@pytest.fixture
async def world(nats_server: NatsServer, postgres_dsn: str) -> AsyncIterator[ReadSide]:
    async with read_side(nats_server.url, postgres_dsn) as world:
        yield world


async def test_a_thousand_are_accepted_at_once_and_counted(world: ReadSide) -> None:
    async with world.projector() as projector:
        answer = await world.client.post(PATH, json=body(1000, name="all", labels={"b": "1"}))
        assert answer.status_code == 202, answer.text
        batch = answer.json()["id"]
        assert answer.json()["size"] == 1000
        assert answer.headers["Location"] == f"{PATH}/{batch}"
        assert (await world.bus.state()).last == 1000
        # Whatever the projector has got to by now.
        assert (await get(world, batch))["by_status"] == {"queued": 1000}
        await world.projected(projector)
        view = await get(world, batch)
        assert (view["name"], view["size"], view["by_status"]) == ("all", 1000, {"queued": 1000})
        assert view["completed_at"] is None
        items: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            page = await get(world, f"{batch}/evaluations", limit=150, **cursor)
            items += page["items"]
            if page["next_cursor"] is None:
                break
            cursor = {"cursor": page["next_cursor"]}
        assert [item["batch"]["index"] for item in items] == list(range(1000))
        assert items[7]["id"] == member_id(batch, 7)
        assert items[7]["labels"] == {"b": "1"}
        listed = await world.client.get(
            "/v1/evaluations", params={"batch": batch, "limit": 3, "status": "queued"}
        )
        assert len(listed.json()["items"]) == 3
        assert f"batch={batch}" in listed.headers["Link"]


async def test_progress_and_filters_follow_what_becomes_of_them(world: ReadSide) -> None:
    async with world.projector() as projector:
        batch = await accepted(world, size=4)
        for index, outcome in enumerate(("succeeded", "failed", None)):
            await end(world, batch, index, outcome)  # type: ignore[arg-type]
        await world.projected(projector)
        view = await get(world, batch)
        assert view["by_status"] == {"completed": 2, "dead_lettered": 1, "queued": 1}
        assert view["by_outcome"] == {"succeeded": 1, "failed": 1}
        assert view["completed_at"] is None
        failed = await get(world, f"{batch}/evaluations", outcome="failed")
        assert [item["batch"]["index"] for item in failed["items"]] == [1]
        waiting = await get(world, f"{batch}/evaluations", status="queued")
        assert [item["batch"]["index"] for item in waiting["items"]] == [3]
        await end(world, batch, 3, "succeeded")
        await world.projected(projector)
        over = await get(world, batch)
        last = await get(
            world, f"{batch}/evaluations", limit=1, outcome="succeeded", status="completed"
        )
        assert over["completed_at"] >= last["items"][0]["completed_at"]
        assert last["next_cursor"] is not None


async def test_what_is_not_projected_yet_is_read_from_the_log(world: ReadSide) -> None:
    async with world.projector():
        pass
    batch = await accepted(world, size=3, name="fresh", concurrency=2)
    await end(world, batch, 0, "failed")
    view = await get(world, batch)
    assert (view["name"], view["size"], view["concurrency"]) == ("fresh", 3, 2)
    assert view["by_status"] == {"completed": 1, "queued": 2}
    assert view["by_outcome"] == {"failed": 1}
    page = await get(world, f"{batch}/evaluations", limit=2)
    assert [item["batch"]["index"] for item in page["items"]] == [0, 1]
    rest = await get(world, f"{batch}/evaluations", limit=2, cursor=page["next_cursor"])
    assert [item["batch"]["index"] for item in rest["items"]] == [2]
    queued = await get(world, f"{batch}/evaluations", status="queued")
    assert [item["batch"]["index"] for item in queued["items"]] == [1, 2]


async def test_batches_are_listed_newest_first_page_by_page(world: ReadSide) -> None:
    async with world.projector() as projector:
        batches = [await accepted(world, size=2) for _ in range(5)]
        await accepted_by(world, await world.tenant("theirs"))
        await world.projected(projector)
        found: list[str] = []
        query: dict[str, object] = {"limit": 2}
        while True:
            answer = await world.client.get(PATH, params=query)  # type: ignore[arg-type]
            page = answer.json()
            found += [item["id"] for item in page["items"]]
            if page["next_cursor"] is None:
                break
            assert page["next_cursor"] in answer.headers["Link"]
            query["cursor"] = page["next_cursor"]
    assert found == batches[::-1]


async def accepted_by(world: ReadSide, headers: dict[str, str]) -> str:
    answer = await world.client.post(PATH, json=body(2), headers=headers)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


async def test_with_bounded_concurrency_all_are_held_to_take_turns(world: ReadSide) -> None:
    async with world.projector():
        batch = await accepted(world, size=3, concurrency=2)

        async def all_held() -> bool:
            return sum((await world.bus.queue.depth()).held.values()) == 3

        await wait_until(all_held)
        depth = await world.bus.queue.depth()
        assert depth.work == {}
        event = await event_of(world, Address("main", member_id(batch, 2)))
    assert event.turns == turns_of(batch) == "b" + batch.replace("-", "")
    place = event.origin.batch
    assert place is not None
    assert (place.id, place.index, place.size, place.concurrency) == (batch, 2, 3, 2)
    (held,) = await world.bus.queue.held(next(iter(depth.held)), most=1)
    # What is released goes on as a message of its own, not as part of a batch.
    assert not [name for name in held.stored.headers if name.startswith("Nats-")]
    await world.bus.queue.release(held)
    assert sum((await world.bus.queue.depth()).work.values()) == 1


async def test_what_is_left_is_cancelled_and_what_is_over_stays(world: ReadSide) -> None:
    async with world.projector() as projector:
        batch = await accepted(world, size=40)
        await end(world, batch, 0, "succeeded")
        await world.projected(projector)
        # Not yet known to the read models.
        await end(world, batch, 1, "failed")
        await world.move(Address("main", member_id(batch, 2)), STARTED)
        answer = await world.client.post(f"{PATH}/{batch}/cancel", json={"reason": "enough"})
        assert answer.status_code == 202
        assert answer.json() == {"id": batch, "cancelled": 38, "already_over": 2}
        again = await world.client.post(f"{PATH}/{batch}/cancel")
        assert again.json()["id"] == batch
        await world.projected(projector)
        view = await get(world, batch)
    assert view["by_status"] == {"completed": 39, "cancelling": 1}
    assert view["by_outcome"] == {"succeeded": 1, "failed": 1, "cancelled": 37}


async def test_what_failed_is_run_again_as_a_new_batch(world: ReadSide) -> None:
    async with world.projector() as projector:
        batch = await accepted(world, size=5, name="n", concurrency=3, labels={"a": "b"})
        nothing = await world.client.post(f"{PATH}/{batch}/rerun")
        assert_problem(nothing, 409, "nothing_to_rerun")
        for index, outcome in enumerate(("succeeded", "failed", None, "cancelled")):
            await end(world, batch, index, outcome)  # type: ignore[arg-type]
        answer = await world.client.post(f"{PATH}/{batch}/rerun", json={"only": "failed"})
        assert answer.status_code == 202, answer.text
        fresh = answer.json()["id"]
        assert (fresh != batch, answer.json()["size"]) == (True, 3)
        for index, before in enumerate((1, 2, 3)):
            event = await event_of(world, Address("main", member_id(fresh, index)))
            assert event.origin.rerun_of == member_id(batch, before)
            assert event.spec is not None
            assert (event.spec.code, event.spec.labels) == (f"print({before})", {"a": "b"})
            assert event.turns == turns_of(fresh)
        await world.projected(projector)
        view = await get(world, fresh)
        assert (view["name"], view["concurrency"], view["size"]) == ("n", 3, 3)
        everything = await world.client.post(f"{PATH}/{batch}/rerun", json={"only": "all"})
        assert everything.json()["size"] == 5


async def test_what_the_log_no_longer_holds_cannot_be_run_again_but_read(world: ReadSide) -> None:
    async with world.projector() as projector:
        batch = await accepted(world, size=2)
        await end(world, batch, 0, "succeeded")
        await end(world, batch, 1, "failed")
        await world.projected(projector)
        await world.trim()
        answer = await world.client.post(f"{PATH}/{batch}/rerun")
        problem = assert_problem(answer, 410, "submission_trimmed")
        assert "index 1" in problem["detail"]
        assert (await get(world, batch))["by_outcome"] == {"succeeded": 1, "failed": 1}
        cancelled = await world.client.post(f"{PATH}/{batch}/cancel")
        assert cancelled.json() == {"id": batch, "cancelled": 0, "already_over": 2}


@pytest.mark.parametrize("projected", [False, True])
async def test_another_tenant_finds_nothing_of_it(world: ReadSide, projected: bool) -> None:
    async with world.projector() as projector:
        batch = await accepted(world, size=2)
        theirs = await world.tenant("theirs")
        if projected:
            await world.projected(projector)
        for method, path in (
            ("GET", ""),
            ("GET", "/evaluations"),
            ("POST", "/cancel"),
            ("POST", "/rerun"),
        ):
            answer = await world.client.request(method, f"{PATH}/{batch}{path}", headers=theirs)
            assert_problem(answer, 404, "not_found")
        listed = await world.client.get(PATH, headers=theirs)
        assert listed.json()["items"] == []
        mine = await world.client.get("/v1/evaluations", params={"batch": batch}, headers=theirs)
        assert mine.json()["items"] == []
    assert (await world.bus.state()).last == 2
