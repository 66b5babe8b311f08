"""Edges that die or fall silent under a running gateway: 503 in its time, then at once, and no restart to recover."""

import asyncio
from urllib.parse import urlsplit

import httpx2
import pytest
from cloche_gateway import postgres_calls
from cloche_kit import jetstream_api
from cloche_kit.publisher import APPEND_SECONDS
from cloche_projector.migrate import migrate
from support.gateway import HELLO
from support.nats import NatsServer
from support.proxy import Proxy
from support.real_gateway import breaker_of, real_gateway, timed
from support.waiting import wait_until

PATH = "/v1/evaluations"
AT_ONCE = 1.5
# What a busy machine may add to any of it.
LEEWAY = 2.0


async def posts(client: httpx2.AsyncClient, count: int) -> list[tuple[int, float]]:
    return await asyncio.gather(*(timed(client, "POST", PATH, json=HELLO) for _ in range(count)))


async def accepted(client: httpx2.AsyncClient) -> bool:
    return (await client.post(PATH, json=HELLO)).status_code == 202


async def test_a_log_that_hangs_is_answered_for_in_its_time_and_then_at_once(
    nats_server: NatsServer,
) -> None:
    async with real_gateway(nats_server.url) as client:
        assert await accepted(client)
        assert await breaker_of(client, "log") == "closed"
        # What was looked at a moment ago is still good; without it the look at the queue is what hangs.
        await asyncio.sleep(0.3)
        nats_server.pause()
        try:
            first = await posts(client, 20)
            assert {status for status, _ in first} == {503}
            assert max(took for _, took in first) < jetstream_api.REQUEST_SECONDS + LEEWAY

            async def opened() -> bool:
                await client.post(PATH, json=HELLO)
                return await breaker_of(client, "log") == "open"

            await wait_until(opened, within=30.0)
            then = await posts(client, 20)
            assert {status for status, _ in then} == {503}
            # One of them may be the probe, and wait.
            assert sorted(took for _, took in then)[-2] < AT_ONCE
            ready = (await client.get("/readyz")).json()
            assert ready["checks"]["log"] is False
            metrics = (await client.get("/metrics")).text
            assert 'cloche_breaker_opened_total{edge="log"}' in metrics
        finally:
            nats_server.pause(on=False)
        await wait_until(lambda: accepted(client), within=15.0, every=0.1)
        assert await breaker_of(client, "log") == "closed"


async def test_a_log_that_is_killed_and_comes_back(nats_server: NatsServer) -> None:
    async with real_gateway(nats_server.url) as client:
        assert await accepted(client)
        nats_server.kill()
        first = await posts(client, 20)
        assert {status for status, _ in first} == {503}
        # Those that had looked at the queue before insist on their append, in case it comes back.
        assert max(took for _, took in first) < APPEND_SECONDS + LEEWAY
        then = await posts(client, 20)
        assert {status for status, _ in then} == {503}
        assert sorted(took for _, took in then)[-2] < AT_ONCE
        await nats_server.start()
        await wait_until(lambda: accepted(client), within=15.0, every=0.1)
        assert await breaker_of(client, "log") == "closed"


async def test_a_postgresql_that_hangs_is_answered_for_in_its_time_and_then_at_once(
    nats_server: NatsServer, postgres_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Far from what a busy machine may take for nothing.
    monkeypatch.setattr(postgres_calls, "COMMAND_SECONDS", 4.0)
    await migrate(postgres_dsn)
    port = urlsplit(postgres_dsn).port
    assert port is not None
    async with Proxy(port).running() as proxy:
        through = postgres_dsn.replace(f":{port}/", f":{proxy.port}/")
        async with real_gateway(nats_server.url, postgres_dsn=through) as client:
            assert await timed(client, "GET", PATH) < (201, LEEWAY)
            proxy.deaf = True
            # More than there are connections: who waits for one waits no longer than who has one.
            first = await asyncio.gather(*(timed(client, "GET", PATH) for _ in range(30)))
            assert {status for status, _ in first} == {503}
            assert max(took for _, took in first) < 4.0 + LEEWAY
            assert await breaker_of(client, "read_models") in {"open", "half_open"}
            then = await asyncio.gather(*(timed(client, "GET", PATH) for _ in range(30)))
            assert {status for status, _ in then} == {503}
            assert sorted(took for _, took in then)[-2] < AT_ONCE
            # What needs no rows goes on.
            assert await accepted(client)
            proxy.deaf = False

            async def answered() -> bool:
                return (await client.get(PATH)).status_code == 200

            await wait_until(answered, within=10.0, every=0.1)
            assert await breaker_of(client, "read_models") == "closed"
            # None of the connections was lost for good.
            again = await asyncio.gather(*(timed(client, "GET", PATH) for _ in range(30)))
            assert {status for status, _ in again} == {200}


async def test_a_store_that_refuses_connections_opens_its_breaker(nats_server: NatsServer) -> None:
    digest = "0" * 64
    async with real_gateway(nats_server.url) as client:

        async def open_() -> bool:
            answer = await client.get(f"/v1/blobs/{digest}")
            assert answer.status_code == 503, answer.text
            return await breaker_of(client, "objects") == "open"

        await wait_until(open_, within=30.0)
        status, took = await timed(client, "GET", f"/v1/blobs/{digest}")
        assert (status, took < AT_ONCE) == (503, True)
