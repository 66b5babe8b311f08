"""Feeds over a real log and several real gateways: a cursor of one is good on every other, also after restarts."""

import asyncio
import itertools
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from cloche_kit.jetstream import JetStreamBus
from cloche_schemas.batches import member_id
from cloche_schemas.subjects import Address
from prometheus_client import REGISTRY
from support.feeding import World, feed, in_pieces
from support.gateway import KEY, parse_events
from support.hosted_gateway import gateway
from support.nats import NatsServer
from support.recorded import append, completed, story
from support.talking import Said, cursors, talking
from support.waiting import wait_until

PRINTED = 12
SIX = story(*(("stdout", b"x") for _ in range(6)))


@pytest.fixture
async def world(nats_server: NatsServer, jetstream_bus: JetStreamBus) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(gateway(nats_server.url, name, ping_seconds=0.5))
            for name in ("g1", "g2")
        ]
        yield World(jetstream_bus, clients)


async def test_an_evaluation_is_followed_from_gateway_to_gateway_without_a_gap(
    world: World,
) -> None:
    address = await world.submit()
    playing = asyncio.create_task(world.play(address, 40))
    seen = await asyncio.gather(
        *(
            in_pieces(world, f"/v1/evaluations/{address.evaluation}/events", piece)
            for piece in (1, 3, 7, 100)
        )
    )
    await playing
    assert seen == [await world.ids(address.prefix)] * 4
    assert len(seen[0]) == 43
    done = {"Last-Event-ID": seen[0][-1]}
    for client in world.clients:
        path = f"/v1/evaluations/{address.evaluation}/events"
        assert (await client.get(path, headers=done)).status_code == 204


async def test_a_batch_is_followed_from_gateway_to_gateway_without_a_gap(world: World) -> None:
    batch = await world.batch(5)
    addresses = [Address("main", member_id(batch, index)) for index in range(5)]

    async def play() -> None:
        for address in addresses:
            await world.play(await world.submit(), 1)
            await world.play(address, 3)

    playing = asyncio.create_task(play())
    path = f"/v1/batches/{batch}/events"
    seen = await asyncio.gather(*(in_pieces(world, path, piece) for piece in (1, 4, 100)))
    await playing
    assert seen == [await world.ids(*(f"{one.prefix}.lifecycle" for one in addresses))] * 3
    for client in world.clients:
        answer = await client.get(path, headers={"Last-Event-ID": seen[0][-1]})
        assert answer.status_code == 204
        whole = parse_events((await client.get(path)).text)
        assert [event.name for event in whole[-2:]] == ["progress", "end"]
        assert '"over":5' in whole[-2].data


async def test_a_tenant_is_followed_from_gateway_to_gateway_without_a_gap(world: World) -> None:
    async def play() -> None:
        for _ in range(6):
            await world.play(await world.submit(), 2)

    await play()
    playing = asyncio.create_task(play())
    everything = {"follow": "true"}
    ends = {"follow": "true", "type": "completed"}
    reading = [in_pieces(world, "/v1/events", piece, 60, **everything) for piece in (3, 100)]
    *seen, ended = await asyncio.gather(*reading, in_pieces(world, "/v1/events", 2, 12, **ends))
    await playing
    ids = await world.ids("evaluations.")
    assert seen == [ids, ids]
    assert ended == ids[4::5]


async def test_over_a_websocket_it_is_the_same(world: World) -> None:
    address = await world.submit()
    playing = asyncio.create_task(world.play(address, 30))
    seen: list[str] = []
    over = False
    for client in itertools.cycle(world.clients):
        async with talking(client.base_url.port) as talk:
            assert (await talk.hear())["type"] == "ready"
            after = {"after": seen[-1]} if seen else {}
            await talk.say("subscribe", id=1, evaluation=address.evaluation, **after)
            heard: list[Said] = []
            while len(cursors(heard)) < 4 and not over:
                heard.append(await talk.hear())
                over = heard[-1]["type"] == "end"
            seen += cursors(heard)
        if over:
            break
    await playing
    assert seen == await world.ids(address.prefix)


async def test_a_cursor_is_good_after_gateways_and_log_have_been_restarted(
    nats_server: NatsServer, jetstream_bus: JetStreamBus
) -> None:
    seen: list[str] = []
    async with gateway(nats_server.url, "first") as client:
        world = World(jetstream_bus, [client])
        address = await world.submit()
        await append(world.log, address, *SIX[1:-1])
    path = f"/v1/evaluations/{address.evaluation}/events"
    for number in range(3):
        await nats_server.restart()
        async with (
            gateway(nats_server.url, f"g{number}") as client,
            feed(client, path, seen[-1] if seen else None) as events,
        ):
            seen += [(await anext(events)).id for _ in range(2)]
    async with gateway(nats_server.url, "last") as client:
        await append(world.log, address, completed())
        async with feed(client, path, seen[-1]) as events:
            seen += [event.id async for event in events if event.id]
    assert seen == await world.ids(address.prefix)
    assert len(seen) == 9


async def test_watchers_miss_nothing_while_the_log_is_away_for_a_moment(
    world: World, nats_server: NatsServer
) -> None:
    address = await world.submit()
    path = f"/v1/evaluations/{address.evaluation}/events"
    async with feed(world.clients[0], path, None) as one, feed(world.clients[1], path, None) as two:
        assert (await anext(one)).name == (await anext(two)).name == "queued"
        await nats_server.restart()
        await wait_until(world.bus.ready, within=10)
        await world.play(address, PRINTED)
        for events in (one, two):
            names = [event.name async for event in events]
            assert names == ["started", *["output-chunk"] * PRINTED, "completed", "end"]


async def test_a_slow_reader_is_dropped_and_goes_on_elsewhere_without_a_gap(
    nats_server: NatsServer, jetstream_bus: JetStreamBus
) -> None:
    async with (
        gateway(nats_server.url, "g1", send_seconds=3.0) as client,
        gateway(nats_server.url, "g2") as other,
    ):
        world = World(jetstream_bus, [client])
        address = await world.submit()
        path = f"/v1/evaluations/{address.evaluation}/events"
        with socket.socket() as sock:
            # What the kernel takes for a reader that does not read is little.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
            sock.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(sock, ("127.0.0.1", client.base_url.port))
            head = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\n\r\n"
            await loop.sock_sendall(sock, head.encode())
            got = await loop.sock_recv(sock, 4096)
            while b"event: queued" not in got:
                got += await loop.sock_recv(sock, 4096)
            # Another reader, which reads, is not held up by it.
            reading = asyncio.create_task(in_pieces(world, path, 1000))
            await world.play(address, 200, 65_536)
            whole = await reading
            assert whole == await world.ids(address.prefix)
            # The gateway lets go of it, and what was sent comes to an end.
            await wait_until(lambda: in_flight() == 0, within=10)
            got += await rest_of(sock)
        text = unchunked(got)
        seen = [event.id for event in parse_events(text) if event.id and event.data]
        assert 0 < len(seen) < len(whole)
        assert seen == whole[: len(seen)]
        async with feed(other, path, seen[-1]) as events:
            rest = [event.id async for event in events if event.id]
        assert seen + rest == whole


def in_flight() -> float | None:
    return REGISTRY.get_sample_value("cloche_http_requests_in_flight")


async def rest_of(sock: socket.socket) -> bytes:
    """Whatever still comes, to the end of the connection."""
    loop, got = asyncio.get_running_loop(), b""
    async with asyncio.timeout(30):
        while True:
            try:
                piece = await loop.sock_recv(sock, 65_536)
            except ConnectionResetError:
                return got
            if not piece:
                return got
            got += piece


def unchunked(answer: bytes) -> str:
    """The whole frames of a chunked answer that may have been cut off anywhere."""
    body, rest = b"", answer.partition(b"\r\n\r\n")[2]
    while b"\r\n" in rest:
        length, _, rest = rest.partition(b"\r\n")
        size = int(length, 16)
        if not size:
            break
        body, rest = body + rest[:size], rest[size + 2 :]
    return body[: body.rfind(b"\n\n") + 2].decode()


async def test_a_key_that_is_revoked_through_one_gateway_ends_connections_to_all(
    world: World,
) -> None:
    made = (await world.clients[0].post("/v1/keys", json={"name": "t"})).json()
    header = {"Authorization": f"Bearer {made['api_key']}"}
    port = world.clients[1].base_url.port

    async def known() -> bool:
        return (await world.clients[1].get("/v1", headers=header)).status_code == 200

    await wait_until(known)
    async with talking(port, headers=header) as talk:
        assert (await talk.hear())["type"] == "ready"
        await world.clients[0].delete(f"/v1/keys/{made['key']['id']}")
        assert await talk.closed() == 4401
