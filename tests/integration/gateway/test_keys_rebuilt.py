"""PostgreSQL is lost and the log trimmed: an Idempotency-Key still gives what it first gave, from the archive."""

import asyncpg
from cloche_schemas.events import AttemptStarted, EvaluationCompleted
from cloche_schemas.subjects import Address
from support.gateway import HELLO, assert_problem
from support.nats import NatsServer
from support.read_side import read_side
from support.rebuilding import archive_all

PATH = "/v1/evaluations"
KEY = {"Idempotency-Key": "k"}


async def test_the_same_key_gives_the_same_evaluation_after_everything_was_dropped(
    nats_server: NatsServer, postgres_dsn: str
) -> None:
    async with read_side(nats_server.url, postgres_dsn) as world:
        async with world.projector() as projector:
            first = await world.client.post(PATH, json=HELLO, headers=KEY)
            address = Address("main", first.json()["id"])
            started = AttemptStarted(attempt=1, executor="e", nonce="n", engine="bubblewrap")
            ended = EvaluationCompleted(outcome="succeeded", attempt=1, exit_code=0)
            await world.move(address, started, ended)
            await world.projected(projector)
            shown = (await world.client.get(f"{PATH}/{address.evaluation}")).json()
        await archive_all(world.bus, world.objects)
        await world.trim()
        end = (await world.bus.state()).last
        connection = await asyncpg.connect(postgres_dsn)
        await connection.execute("DROP SCHEMA read_models CASCADE")
        await connection.close()
        # Nobody knows it now, so nobody takes it for a new one.
        assert_problem(await world.client.post(PATH, json=HELLO, headers=KEY), 503, "unavailable")
        async with world.projector() as projector:
            await world.projected(projector)
            again = await world.client.post(PATH, json=HELLO, headers=KEY)
            other = await world.client.post(PATH, json={"code": "2"}, headers=KEY)
            assert (await world.client.get(f"{PATH}/{address.evaluation}")).json() == shown
        assert (again.status_code, again.content) == (202, first.content)
        assert again.headers["Idempotency-Replayed"] == "true"
        assert_problem(other, 422, "idempotency_key_reused", "/header/Idempotency-Key")
        assert (await world.bus.state()).last == end
