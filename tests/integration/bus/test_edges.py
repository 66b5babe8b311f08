"""The corners of the adapter on a real server: gaps, late deliveries, large messages, credentials."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing

import pytest
from cloche_kit import jetstream_api as api
from cloche_kit.bus import BusError, BusUnavailable, Stored
from cloche_kit.connection import Connection, Target
from cloche_kit.jetstream import JetStreamBus, open_bus
from cloche_kit.nats_answers import NoAnswer
from cloche_kit.nats_client import Receive
from cloche_kit.provision import ensure
from cloche_kit.publisher import Publisher
from cloche_kit.pull import Puller
from cloche_kit.topology import EVALUATIONS, SCHEDULER, work_consumer
from pydantic import SecretStr
from support.bus import ACK_WAIT, an_address, append, bus_settings, connected, pull_one
from support.nats import NatsServer
from support.waiting import wait_until

LOGIN = 'authorization { user: "cloche", password: "secret" }'


def tamper(connection: Connection, change: Callable[[Receive], Receive]) -> None:
    """Put `change` between the wire and every subscription that comes from now on."""
    listen = connection.listen

    async def listen_tampered(subject: str, receive: Receive) -> Callable[[], None]:
        return await listen(subject, change(receive))

    connection.listen = listen_tampered  # type: ignore[method-assign]


async def test_follow_finds_a_message_that_did_not_arrive_and_reads_it_again(
    jetstream_bus: JetStreamBus,
) -> None:
    for number in range(20):
        await append(jetstream_bus, an_address().log, b"%d" % number)
    dropped: list[bytes] = []

    def lossy(receive: Receive) -> Receive:
        def pass_on(subject: bytes, reply: bytes, block: bytes, data: bytes) -> None:
            if data == b"7" and not dropped:
                dropped.append(data)
            else:
                receive(subject, reply, block, data)

        return pass_on

    tamper(jetstream_bus.connection, lossy)
    found: list[Stored] = []
    async with asyncio.timeout(5.0), aclosing(jetstream_bus.follow(after=0)) as batches:
        async for batch in batches:
            found += batch
            if len(found) >= 20:
                break
    assert dropped == [b"7"]
    assert [stored.data for stored in found] == [b"%d" % number for number in range(20)]


async def test_follow_goes_on_when_its_consumer_is_deleted(
    nats_server: NatsServer, jetstream_bus: JetStreamBus
) -> None:
    first = await append(jetstream_bus, an_address().log)
    async with asyncio.timeout(10.0), aclosing(jetstream_bus.follow(after=0)) as batches:
        assert [one.sequence for one in await anext(batches)] == [first]
        names = await api.call(
            jetstream_bus.connection, f"CONSUMER.NAMES.{EVALUATIONS}", None, dict[str, object]
        )
        consumers = names["consumers"]
        assert isinstance(consumers, list)
        [own] = [name for name in consumers if name != SCHEDULER.name]
        await api.call(
            jetstream_bus.connection,
            f"CONSUMER.DELETE.{EVALUATIONS}.{own}",
            None,
            dict[str, object],
        )
        second = await append(jetstream_bus, an_address().log)
        assert [one.sequence for one in await anext(batches)] == [second]


async def test_a_closed_follow_leaves_no_consumer_behind(jetstream_bus: JetStreamBus) -> None:
    await append(jetstream_bus, an_address().log)
    async with aclosing(jetstream_bus.follow(after=0)) as batches:
        await anext(batches)

    async def only_ours() -> bool:
        names = await api.call(
            jetstream_bus.connection, f"CONSUMER.NAMES.{EVALUATIONS}", None, dict[str, object]
        )
        return names["consumers"] == [SCHEDULER.name]

    await wait_until(only_ours)


async def test_what_arrives_after_a_pull_was_cancelled_is_given_back(
    jetstream_bus: JetStreamBus,
) -> None:
    puller = Puller(jetstream_bus.connection, SCHEDULER)
    pulling = asyncio.ensure_future(puller.pull(batch=4, wait=2.0))
    await asyncio.sleep(0.1)
    pulling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await pulling
    await append(jetstream_bus, an_address().log, b"one")

    # Long before the durable's ack wait of 30 s.
    again = await pull_one(jetstream_bus, SCHEDULER, wait=5.0)
    assert (again.stored.data, again.deliveries) == (b"one", 2)


async def test_what_a_cancelled_pull_had_got_is_given_back(jetstream_bus: JetStreamBus) -> None:
    puller = Puller(jetstream_bus.connection, SCHEDULER)
    await append(jetstream_bus, an_address().log, b"one")
    pulling = asyncio.ensure_future(puller.pull(batch=4, wait=1.0))
    await wait_until(lambda: puller._got or pulling.done(), every=0)
    pulling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await pulling

    again = await pull_one(jetstream_bus, SCHEDULER, wait=5.0)
    assert (again.stored.data, again.deliveries) == (b"one", 2)


async def test_a_flush_that_was_given_up_does_not_silence_the_connection(
    nats_server: NatsServer,
) -> None:
    async with connected(nats_server.url) as connection:
        nats_server.pause()
        flushing = asyncio.ensure_future(connection._client.flush())
        await asyncio.sleep(0.05)
        flushing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await flushing
        nats_server.pause(on=False)
        info = await api.call(connection, "INFO", None, dict[str, object])
        assert info["type"] == "io.nats.jetstream.api.v1.account_info_response"


async def test_an_error_in_a_receiver_does_not_silence_the_connection(
    nats_server: NatsServer,
) -> None:
    def fail(_subject: bytes, _reply: bytes, _block: bytes, _data: bytes) -> None:
        raise ValueError("a bug")

    async with connected(nats_server.url) as connection:
        await connection.listen("broken", fail)
        connection.send("broken", b"x")
        await api.call(connection, "INFO", None, dict[str, object])


async def test_two_pulls_from_one_durable_at_a_time_are_a_mistake(
    jetstream_bus: JetStreamBus,
) -> None:
    first = asyncio.ensure_future(jetstream_bus.pull(SCHEDULER, wait=0.3))
    await asyncio.sleep(0.05)
    with pytest.raises(RuntimeError, match="already"):
        await jetstream_bus.pull(SCHEDULER, wait=0.3)
    assert await first == []


async def test_a_pull_that_is_never_answered_ends_with_a_time_out(
    nats_server: NatsServer, jetstream_bus: JetStreamBus
) -> None:
    nats_server.pause()
    try:
        with pytest.raises(BusUnavailable, match="timeout"):
            await asyncio.wait_for(jetstream_bus.pull(SCHEDULER, wait=0.1), 5.0)
    finally:
        nats_server.pause(on=False)


async def test_an_ack_that_is_not_confirmed_is_said(
    nats_server: NatsServer, jetstream_bus: JetStreamBus
) -> None:
    await append(jetstream_bus, an_address().queued("auto", "normal"))
    delivery = await pull_one(jetstream_bus, work_consumer("auto", "normal", ack_wait=ACK_WAIT))
    nats_server.kill()
    await wait_until(lambda: not jetstream_bus.connection.up)
    for say in (delivery.ack, delivery.in_progress, delivery.nak, delivery.ack_soon):
        with pytest.raises(BusUnavailable):
            await say()


async def test_a_message_that_nats_cannot_take_is_refused_before_it_is_sent(
    jetstream_bus: JetStreamBus,
) -> None:
    with pytest.raises(BusError, match="NATS takes 1048576"):
        await jetstream_bus.append(an_address().log, bytes(2 << 20), msg_id="x")
    assert await jetstream_bus.ready()


async def test_a_huge_message_is_parked_as_a_note(jetstream_bus: JetStreamBus) -> None:
    huge = await jetstream_bus.get(
        await append(jetstream_bus, an_address().log, bytes((1 << 20) - 1000))
    )
    assert huge is not None
    await jetstream_bus.park(huge, handler="h", reason="malformed")
    [parked] = await jetstream_bus.parked()
    assert (parked.stored.sequence, parked.stored.subject) == (huge.sequence, huge.subject)
    assert parked.stored.data == b""


async def test_a_handlers_name_must_fit_a_subject(jetstream_bus: JetStreamBus) -> None:
    stored = await jetstream_bus.get(await append(jetstream_bus, an_address().log))
    assert stored is not None
    with pytest.raises(BusError, match="not a handler's name"):
        await jetstream_bus.park(stored, handler="a.b", reason="x")


async def test_the_topology_waits_for_a_server_that_is_away(nats_server: NatsServer) -> None:
    async with connected(nats_server.url) as connection:
        nats_server.kill()
        await wait_until(lambda: not connection.up)
        ensuring = asyncio.ensure_future(ensure(connection, bus_settings(nats_server.url)))
        await asyncio.sleep(0.3)
        assert not ensuring.done()
        await nats_server.start()
        assert EVALUATIONS in await asyncio.wait_for(ensuring, 5.0)


async def test_a_refusal_by_the_topology_is_not_retried(nats_server: NatsServer) -> None:
    async with connected(nats_server.url) as connection:
        settings = bus_settings(nats_server.url, stream_replicas=3)
        with pytest.raises(api.ApiError, match="replicas"):
            await asyncio.wait_for(ensure(connection, settings), 5.0)


async def test_an_append_where_no_stream_listens_is_no_success(nats_server: NatsServer) -> None:
    async with connected(nats_server.url) as connection:
        publisher = Publisher(connection, seconds=0.3)
        with pytest.raises(NoAnswer, match="no_responders"):
            await publisher.append(an_address().log, b"x", msg_id="x")


async def test_requests_in_flight_fail_when_the_connection_is_closed(
    nats_server: NatsServer,
) -> None:
    connection = Connection(Target(nats_server.url), name="test")
    await connection.open()
    await connection.listen("silent", lambda _subject, _reply, _block, _data: None)
    waiting = connection.request("silent", b"", timeout=30.0)
    await connection.close()
    with pytest.raises(NoAnswer, match="disconnected"):
        await waiting
    with pytest.raises(NoAnswer, match="disconnected"):
        await connection.request("silent", b"", timeout=1.0)
    assert not connection.closed.is_set()


async def test_user_and_password_are_taken_from_the_settings() -> None:
    async with NatsServer.temporary(config=LOGIN) as server:
        settings = bus_settings(server.url, nats_user="cloche", nats_password=SecretStr("secret"))
        async with open_bus(settings, name="test") as bus:
            assert await bus.ready()


async def test_with_a_wrong_password_it_goes_on_trying() -> None:
    async with NatsServer.temporary(config=LOGIN) as server:
        connection = Connection(Target(server.url, "cloche", "wrong"), name="test")
        opening = asyncio.ensure_future(connection.open())
        await asyncio.sleep(0.5)
        assert not opening.done()
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
        await connection.close()
