"""Lost answers and a killed server while messages are appended together: all of them once, or none."""

import asyncio

import pytest
from cloche_kit.batch_publisher import BatchPublisher
from cloche_kit.bus import Appended, BusError, BusUnavailable, Expectation, Message
from cloche_kit.jetstream import JetStreamBus, open_bus
from cloche_schemas.subjects import Address
from support.bus import an_address, append, bus_settings, connected
from support.nats import NatsServer
from support.proxy import Proxy
from support.waiting import wait_until


def messages(addresses: list[Address], data: bytes = b"{}") -> list[Message]:
    return [
        Message(
            subject=address.log,
            data=data,
            msg_id=address.evaluation,
            expect=Expectation(address.lifecycle, 0),
        )
        for address in addresses
    ]


async def test_a_commit_whose_answer_is_lost_is_found(nats_server: NatsServer) -> None:
    addresses = [an_address() for _ in range(10)]
    settings = bus_settings(nats_server.url)
    async with (
        open_bus(settings, name="other") as other,
        Proxy(nats_server.port).running() as proxy,
        open_bus(bus_settings(proxy.url), name="ours") as ours,
    ):
        sound = ours._batches._ask

        async def ask(message: Message, block: bytes) -> bytes:
            """Deaf from the commit on."""
            proxy.deaf = b"Nats-Batch-Commit" in block
            return await sound(message, block)

        ours._batches._ask = ask  # type: ignore[method-assign]
        appending = asyncio.ensure_future(ours.append_all(messages(addresses)))

        async def stored() -> bool:
            return await other.last(addresses[-1].lifecycle) is not None

        await wait_until(stored)
        await append(other, addresses[-1].log, b"theirs")
        await wait_until(lambda: proxy.lost > 0)
        proxy.deaf = False
        proxy.cut()
        assert await asyncio.wait_for(appending, 10.0) == Appended(10, duplicate=True)
        assert (await other.state()).last == 11


async def test_a_connection_cut_before_the_commit_leaves_nothing_and_the_next_try_everything(
    nats_server: NatsServer,
) -> None:
    addresses = [an_address() for _ in range(10)]
    async with (
        open_bus(bus_settings(nats_server.url), name="other") as other,
        Proxy(nats_server.port).running() as proxy,
        open_bus(bus_settings(proxy.url), name="ours") as ours,
    ):
        sound, cut = ours._batches._ask, 0

        async def ask(message: Message, block: bytes) -> bytes:
            nonlocal cut
            if b"Nats-Batch-Commit" in block and not cut:
                cut = 1
                # It may be connected again within milliseconds, so what is waited for is the loss and not its state.
                lost = asyncio.Event()
                ours.connection.watch(down=lost.set)
                proxy.cut()
                await asyncio.wait_for(lost.wait(), 5.0)
                assert (await other.state()).last == 0
            return await sound(message, block)

        ours._batches._ask = ask  # type: ignore[method-assign]
        result = await asyncio.wait_for(ours.append_all(messages(addresses)), 10.0)
        assert (result, cut) == (Appended(10), 1)
        assert (await other.state()).last == 10


async def test_a_server_killed_again_and_again_keeps_each_batch_whole(
    nats_server: NatsServer, jetstream_bus: JetStreamBus
) -> None:
    batches = [[an_address() for _ in range(50)] for _ in range(12)]

    async def write() -> None:
        for addresses in batches:
            assert isinstance(await jetstream_bus.append_all(messages(addresses)), Appended)

    writing = asyncio.ensure_future(write())
    for _ in range(2):
        await asyncio.sleep(0.05)
        await nats_server.restart()
    await asyncio.wait_for(writing, 60.0)
    assert (await jetstream_bus.state()).last == 600
    for addresses in batches:
        firsts = [await jetstream_bus.last(address.lifecycle) for address in addresses]
        sequences = [one.sequence for one in firsts if one is not None]
        assert sequences == list(range(sequences[0], sequences[0] + 50))


async def test_while_the_server_is_away_a_batch_gives_up_after_its_time(
    nats_server: NatsServer, jetstream_bus: JetStreamBus
) -> None:
    nats_server.kill()
    publisher = BatchPublisher(jetstream_bus.connection, seconds=0.3)
    with pytest.raises(BusUnavailable):
        await asyncio.wait_for(publisher.append_all(messages([an_address()])), 5.0)


async def test_a_message_over_the_servers_size_is_refused_before_anything_is_sent(
    nats_server: NatsServer, jetstream_bus: JetStreamBus
) -> None:
    ours = messages([an_address(), an_address()])
    huge = messages([an_address()], bytes(jetstream_bus.connection.max_payload))
    with pytest.raises(BusError, match="too many"):
        await jetstream_bus.append_all([*ours, *huge])
    assert (await jetstream_bus.state()).last == 0


async def test_more_batches_than_the_server_keeps_aside_take_their_turn(
    nats_server: NatsServer,
) -> None:
    """It keeps fifty of them for a stream."""
    async with open_bus(bus_settings(nats_server.url), name="x"), connected(nats_server.url) as own:
        publisher = BatchPublisher(own, seconds=20.0)
        many = [messages([an_address(), an_address()]) for _ in range(120)]
        results = await asyncio.gather(*map(publisher.append_all, many))
        assert all(isinstance(result, Appended) for result in results)
