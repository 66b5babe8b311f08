"""Idempotency-Keys over a real log and a real PostgreSQL: one evaluation for each key, also after the log forgot it."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from cloche_schemas.events import AttemptStarted, EvaluationCompleted
from cloche_schemas.subjects import Address
from support.gateway import HELLO, assert_problem
from support.nats import NatsServer
from support.read_side import ReadSide, read_side

PATHS = {"evaluation": "/v1/evaluations", "batch": "/v1/batches"}
BODIES: dict[str, dict[str, Any]] = {
    "evaluation": HELLO,
    "batch": {"template": HELLO, "parameters": {"SEED": ["1", "2", "3"]}},
}
EVENTS = {"evaluation": 1, "batch": 3}


@pytest.fixture
async def world(nats_server: NatsServer, postgres_dsn: str) -> AsyncIterator[ReadSide]:
    async with read_side(nats_server.url, postgres_dsn) as world:
        yield world


async def submit(
    world: ReadSide, kind: str, key: str, body: object = None, **headers: str
) -> httpx2.Response:
    return await world.client.post(
        PATHS[kind], json=body or BODIES[kind], headers={"Idempotency-Key": key, **headers}
    )


@pytest.mark.parametrize("kind", PATHS)
async def test_the_same_key_at_once_and_again_makes_one_of_it(world: ReadSide, kind: str) -> None:
    async with world.projector() as projector:
        answers = await asyncio.gather(*(submit(world, kind, "k") for _ in range(12)))
        assert {answer.status_code for answer in answers} == {202}
        assert len({answer.content for answer in answers}) == 1
        replayed = Counter(answer.headers.get("Idempotency-Replayed") for answer in answers)
        assert replayed == {None: 1, "true": 11}
        await world.projected(projector)
        again = await submit(world, kind, "k")
    assert again.content == answers[0].content
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["Location"] == answers[0].headers["Location"]
    assert (await world.bus.state()).last == EVENTS[kind]


@pytest.mark.parametrize("kind", PATHS)
async def test_of_two_bodies_under_one_key_at_once_one_is_refused(
    world: ReadSide, kind: str
) -> None:
    async with world.projector():
        bodies = [{**BODIES[kind], "labels": {"n": str(n)}} for n in range(6)]
        answers = await asyncio.gather(*(submit(world, kind, "k", body) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [202, *[422] * 5]
    refused = next(answer for answer in answers if answer.status_code == 422)
    assert_problem(refused, 422, "idempotency_key_reused", "/header/Idempotency-Key")
    assert (await world.bus.state()).last == EVENTS[kind]


@pytest.mark.parametrize("kind", PATHS)
async def test_what_the_log_has_forgotten_is_remembered(world: ReadSide, kind: str) -> None:
    async with world.projector() as projector:
        first = await submit(world, kind, "k")
        if kind == "evaluation":
            address = Address("main", first.json()["id"])
            started = AttemptStarted(attempt=1, executor="e", nonce="n", engine="bubblewrap")
            ended = EvaluationCompleted(outcome="succeeded", attempt=1, exit_code=0)
            await world.move(address, started, ended)
        await world.projected(projector)
        await world.trim()
        end = (await world.bus.state()).last
        again = await submit(world, kind, "k")
        other = await submit(world, kind, "k", {**BODIES[kind], "labels": {"a": "b"}})
    assert (again.status_code, again.content) == (202, first.content)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert_problem(other, 422, "idempotency_key_reused", "/header/Idempotency-Key")
    assert (await world.bus.state()).last == end


async def test_an_evaluation_whose_beginning_is_trimmed_is_known_from_its_row(
    world: ReadSide,
) -> None:
    async with world.projector() as projector:
        first = await submit(world, "evaluation", "k")
        address = Address("main", first.json()["id"])
        await world.projected(projector)
        await world.trim()
        await world.move_on(address)
        again = await submit(world, "evaluation", "k")
    assert (again.status_code, again.content) == (202, first.content)


async def test_keys_of_two_tenants_and_of_two_kinds_are_apart(world: ReadSide) -> None:
    async with world.projector():
        theirs = await world.tenant("theirs")
        other = {**HELLO, "labels": {"whose": "theirs"}}
        answers = [
            await submit(world, "evaluation", "k"),
            await submit(world, "evaluation", "k", other, **theirs),
            await submit(world, "batch", "k"),
        ]
    assert [answer.status_code for answer in answers] == [202, 202, 202]
    assert len({answer.json()["id"] for answer in answers}) == 3
    assert not any("Idempotency-Replayed" in answer.headers for answer in answers)


async def test_without_postgresql_the_log_decides_while_it_holds_everything(
    nats_server: NatsServer,
) -> None:
    async with read_side(nats_server.url, "postgresql://nobody@127.0.0.1:9/none") as world:
        first = await submit(world, "evaluation", "k")
        again = await submit(world, "evaluation", "k")
        assert (first.status_code, again.content) == (202, first.content)
        assert again.headers["Idempotency-Replayed"] == "true"
        other = await submit(world, "evaluation", "k", {"code": "2"})
        assert_problem(other, 422, "idempotency_key_reused")
        await world.trim()
        end = (await world.bus.state()).last
        assert_problem(await submit(world, "evaluation", "k"), 503, "unavailable")
        assert_problem(await submit(world, "batch", "k"), 503, "unavailable")
        assert (await world.client.post("/v1/evaluations", json=HELLO)).status_code == 202
        assert (await world.bus.state()).last == end + 1
