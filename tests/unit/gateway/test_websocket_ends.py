"""What /v1/ws refuses, and every way in which a connection ends."""

import asyncio
from contextlib import suppress

import pytest
from cloche_gateway import websocket_session, websocket_wire
from cloche_schemas.feeds import CLOSE_CODES
from support.gateway import KEY, Stage, stage_with
from support.replaying import run
from support.talking import Talk, cursors, talking
from support.waiting import wait_until
from websockets.exceptions import ConnectionClosed

NOTHING: dict[str, str] = {}


@pytest.mark.parametrize(
    ("text", "code", "id_"),
    [
        ("hello", "malformed_json", None),
        ("[]", "invalid_body", None),
        ('{"type":"shout"}', "invalid_body", None),
        ('{"type":"subscribe"}', "invalid_body", None),
        ('{"type":"subscribe","id":-1}', "invalid_body", -1),
        ('{"type":"subscribe","id":1.5}', "invalid_body", None),
        ('{"type":"unsubscribe","id":3,"more":1}', "invalid_body", 3),
    ],
)
async def test_what_is_not_understood_is_said_and_the_connection_stays(
    stage: Stage, text: str, code: str, id_: int | None
) -> None:
    async with stage.listening() as client, talking(client.base_url.port) as talk:
        assert (await talk.hear())["type"] == "ready"
        await talk.connection.send(text)
        error = await talk.hear()
        assert (error["type"], error["id"], error["problem"]["code"]) == ("error", id_, code)
        await talk.say("ping")
        assert await talk.hear() == {"type": "pong"}


async def test_subscriptions_are_bounded_and_have_ids_of_their_own() -> None:
    async with (
        stage_with(websocket_subscriptions=2) as stage,
        stage.listening() as client,
        talking(client.base_url.port) as talk,
    ):
        assert (await talk.hear())["subscriptions"] == 2
        for id_ in (1, 2):
            await talk.say("subscribe", id=id_)
            assert await talk.hear_until("subscribed")
        await wait_until(lambda: stage.bus.followers == [()])
        await talk.say("subscribe", id=3)
        assert await error_of(talk) == (3, "too_many_subscriptions")
        await talk.say("subscribe", id=2)
        assert await error_of(talk) == (2, "subscription_taken")
        for id_ in (2, 2, 99):
            await talk.say("unsubscribe", id=id_)
            assert (await talk.hear_until("unsubscribed"))[-1]["id"] == id_
        await talk.say("subscribe", id=3)
        assert (await talk.hear_until("subscribed"))[-1]["id"] == 3


async def error_of(talk: Talk) -> tuple[int, str]:
    error = (await talk.hear_until("error"))[-1]
    return error["id"], error["problem"]["code"]


async def test_binary_messages_and_large_ones_end_it() -> None:
    async with stage_with(websocket_message_bytes=1024) as stage, stage.listening() as client:
        for message, code in ((b"{}", 1003), ("x" * 1025, 1009)):
            async with talking(client.base_url.port) as talk:
                assert (await talk.hear())["type"] == "ready"
                await talk.connection.send(message)
                assert await talk.closed() == code
        async with talking(client.base_url.port, headers=NOTHING) as talk:
            await talk.connection.send("x" * 1025)
            assert await talk.closed() == 1009


async def test_a_client_that_leaves_is_forgotten(stage: Stage) -> None:
    async with stage.listening() as client:
        async with talking(client.base_url.port) as talk:
            await talk.say("subscribe", id=1)
            await talk.hear_until("subscribed")
            await wait_until(lambda: stage.bus.followers == [()])
        await wait_until(lambda: stage.bus.followers == [])


async def test_every_connection_ends_when_the_gateway_stops(stage: Stage) -> None:
    async with (
        stage.listening() as client,
        talking(client.base_url.port) as talk,
        talking(client.base_url.port, headers=NOTHING) as silent,
    ):
        await talk.say("subscribe", id=1)
        await talk.hear_until("subscribed")
        stage.stop.set()
        assert await talk.closed() == 1012
        assert await silent.closed() == 1012


@pytest.mark.parametrize("how", ["revoked", "expired"])
async def test_a_key_that_ends_ends_its_connections(stage: Stage, how: str) -> None:
    header = await stage.key(expires_seconds=1 if how == "expired" else 600)
    async with (
        stage.listening() as client,
        talking(client.base_url.port, headers=header) as talk,
        talking(client.base_url.port) as other,
    ):
        await talk.say("subscribe", id=1)
        await talk.hear_until("subscribed")
        if how == "revoked":
            key = header["Authorization"].split("_")[1]
            assert (await stage.client.delete(f"/v1/keys/{key}")).status_code == 200
        assert await talk.closed() == 4401
        await other.say("ping")
        assert (await other.hear_until("pong"))[-1] == {"type": "pong"}


async def test_a_feed_that_outruns_its_client_ends_the_connection_to_be_resumed() -> None:
    async with stage_with(watcher_events=8) as stage, stage.listening() as client:
        address = await stage.submit()
        await stage.start(address)
        async with talking(client.base_url.port, max_queue=1) as talk:
            await talk.say("subscribe", id=1, evaluation=address.evaluation)
            await wait_until(lambda: stage.bus.followers == [()])
            # Far beyond what the sockets on the way can hold.
            for _ in range(200):
                await stage.print(address, b"x" * 65_536)
            await stage.complete(address)
            await wait_until(stage.overflowed)
            said, code = await talk.rest()
        heard = [int(one.rpartition("-")[2]) for one in cursors(said)]
        assert code == 1013
        assert heard == list(range(1, len(heard) + 1))
        epoch = (await stage.bus.state()).epoch
        async with talking(client.base_url.port) as talk:
            after = f"{epoch}-{heard[-1]}"
            await talk.say("subscribe", id=1, evaluation=address.evaluation, after=after)
            rest = cursors(await talk.hear_until("end"))
        again = [int(one.rpartition("-")[2]) for one in rest]
        assert heard + again == list(range(1, 204))


async def test_a_client_that_takes_nothing_is_cut_off_and_its_connection_given_back() -> None:
    async with stage_with(send_seconds=0.2) as stage, stage.listening() as client:
        address = await stage.submit()
        await stage.start(address)
        for _ in range(400):
            await stage.print(address, b"x" * 65_536)
        gauge = websocket_session.SOCKETS
        before = gauge._value.get()
        async with talking(client.base_url.port, max_queue=1) as talk:
            await talk.say("subscribe", id=1, evaluation=address.evaluation)
            await wait_until(lambda: gauge._value.get() == before + 1)
            await wait_until(lambda: gauge._value.get() == before, within=10)
            assert stage.bus.followers == []
            talk.connection.transport.abort()


async def test_pings_of_the_protocol_are_answered_and_sent() -> None:
    async with (
        stage_with(ping_seconds=0.05) as stage,
        stage.listening() as client,
        talking(client.base_url.port) as talk,
    ):
        await asyncio.wait_for(await talk.connection.ping(), 2)
        assert (await talk.hear())["type"] == "ready"
        await talk.say("ping")
        assert await talk.hear() == {"type": "pong"}


async def test_a_client_that_answers_no_ping_is_cut_off() -> None:
    async with (
        stage_with(ping_seconds=0.05, send_seconds=0.1) as stage,
        stage.listening() as client,
    ):
        reader, writer = await asyncio.open_connection("127.0.0.1", client.base_url.port)
        head = (
            "GET /v1/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
        )
        writer.write(f"{head}Authorization: Bearer {KEY}\r\n\r\n".encode())
        assert b"101" in await reader.readuntil(b"\r\n\r\n")
        with suppress(ConnectionResetError):
            async with asyncio.timeout(5):
                await reader.read()
        writer.close()


async def test_something_that_breaks_on_our_side_ends_it_and_says_nothing_of_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object) -> None:
        raise ZeroDivisionError("a secret of ours")

    await run(stage)
    async with stage.listening() as client, talking(client.base_url.port) as talk:
        assert (await talk.hear())["type"] == "ready"
        monkeypatch.setattr(websocket_session, "told", broken)
        await talk.say("subscribe", id=1)
        with pytest.raises(ConnectionClosed) as caught:
            await talk.hear()
        assert caught.value.rcvd is not None
        assert caught.value.rcvd.code == 1011
        assert "secret" not in caught.value.rcvd.reason


def test_every_code_that_is_sent_is_documented() -> None:
    sent = {
        one.code for one in vars(websocket_wire).values() if isinstance(one, websocket_wire.Close)
    }
    assert sent <= set(CLOSE_CODES)
