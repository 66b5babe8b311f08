"""Lists, search, statistics and reruns over a real log and a real PostgreSQL, with the projector between them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from cloche_schemas.events import AttemptStarted, EvaluationCompleted, OutputChunk
from cloche_schemas.subjects import Address
from cloche_schemas.values import Outcome
from support.gateway import assert_problem
from support.nats import NatsServer
from support.read_side import ReadSide, read_side
from support.recorded import summary

PATH = "/v1/evaluations"


@pytest.fixture
async def world(nats_server: NatsServer, postgres_dsn: str) -> AsyncIterator[ReadSide]:
    async with read_side(nats_server.url, postgres_dsn) as world:
        yield world


async def submit(world: ReadSide, code: str, **fields: Any) -> Address:
    answer = await world.client.post(PATH, json={"code": code, **fields})
    assert answer.status_code == 202, answer.text
    return Address("main", answer.json()["id"])


async def end(world: ReadSide, address: Address, output: bytes, outcome: Outcome) -> None:
    """It runs, writes, and is over."""
    await world.move(
        address, AttemptStarted(attempt=1, executor="e", nonce="n", engine="bubblewrap")
    )
    chunk = OutputChunk(attempt=1, stream="stdout", index=0, offset=0, data=output)
    await world.log.append_output(address, chunk, after=0)
    told = summary([chunk], "stdout")
    await world.move(
        address, EvaluationCompleted(outcome=outcome, attempt=1, exit_code=0, stdout=told)
    )


async def found(world: ReadSide, **query: Any) -> list[str]:
    answer = await world.client.get(PATH, params=query)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


async def test_what_was_submitted_and_written_is_found_and_counted(world: ReadSide) -> None:
    async with world.projector() as projector:
        one = await submit(world, "numpy.linalg.solve_many(A)", labels={"model": "m-7"})
        two = await submit(world, "print(solve)", labels={"model": "m-8"})
        await end(world, one, b"Traceback\nKeyError: 'width'\n", "failed")
        await world.projected(projector)
        assert await found(world, q="solve_many") == [one.evaluation]
        assert await found(world, q="solve") == [two.evaluation, one.evaluation]
        assert await found(world, q="keyerror -print") == [one.evaluation]
        assert await found(world, q="m-8 or width", order="asc") == [one.evaluation, two.evaluation]
        assert await found(world, label="model=m-8") == [two.evaluation]
        assert await found(world, engine="bubblewrap") == [one.evaluation]
        assert await found(world, sort="duration", outcome="failed") == [one.evaluation]
        numbers = (await world.client.get("/v1/statistics")).json()
        assert numbers["total"]["by_outcome"] == {"failed": 1}
        assert numbers["total"]["run"]["count"] == 1
        assert sum(bucket["ended"] for bucket in numbers["buckets"]) == 1


async def test_pages_meet_while_others_are_submitted(world: ReadSide) -> None:
    async with world.projector() as projector:
        expected = [(await submit(world, f"print({n})")).evaluation for n in range(7)][::-1]
        await world.projected(projector)
        seen, cursor = [], None
        while True:
            query = {"limit": 3} | ({"cursor": cursor} if cursor else {})
            page = (await world.client.get(PATH, params=query)).json()
            seen += [item["id"] for item in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
            await submit(world, "print('late')")
            await world.projected(projector)
        assert seen == expected


async def test_a_client_waits_for_the_end_without_asking_twice(world: ReadSide) -> None:
    address = await submit(world, "print(1)")
    path = f"{PATH}/{address.evaluation}"
    waiting = asyncio.create_task(world.client.get(path, headers={"Prefer": "wait=20"}))
    await asyncio.sleep(0)
    await end(world, address, b"1\n", "succeeded")
    answer = await asyncio.wait_for(waiting, 15)
    assert (answer.json()["outcome"], answer.headers["etag"]) == ("succeeded", 'W/"3"')


async def test_what_the_log_has_forgotten_and_nobody_archived_cannot_be_run_again(
    world: ReadSide,
) -> None:
    async with world.projector() as projector:
        address = await submit(world, "print(1)", labels={"a": "b"})
        await end(world, address, b"1\n", "succeeded")
        await world.projected(projector)
        answer = await world.client.post(f"{PATH}/{address.evaluation}/rerun", json={"stdin": "x"})
        assert answer.status_code == 202
        again = (await world.client.get(f"{PATH}/{answer.json()['id']}")).json()
        assert (again["rerun_of"], again["labels"]) == (address.evaluation, {"a": "b"})
        await end(world, Address("main", again["id"]), b"1\n", "succeeded")
        await world.projected(projector)
        await world.trim()
        answer = await world.client.post(f"{PATH}/{address.evaluation}/rerun")
        assert answer.status_code == 410, answer.text
        assert_problem(answer, 410, answer.json()["code"])
