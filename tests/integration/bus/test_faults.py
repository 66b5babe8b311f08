"""kill -9 of the server and lost answers: what was acked stays, nothing is there twice, no reader has a gap."""

import asyncio
from contextlib import aclosing
from functools import partial

import pytest
from cloche_kit.bus import Appended, BusUnavailable, Conflict, Expectation
from cloche_kit.jetstream import JetStreamBus, open_bus
from cloche_kit.publisher import Publisher
from cloche_kit.topology import SCHEDULER, work_consumer
from support.bus import an_address, append, bus_settings
from support.nats import NatsServer
from support.waiting import wait_until


async def kill_twice(server: NatsServer) -> None:
    for _ in range(2):
        await asyncio.sleep(0.15)
        await server.restart()


async def test_appends_survive_kill_and_restart_without_loss_or_duplicate(
    nats_server: NatsServer, jetstream_bus: JetStreamBus
) -> None:
    faults = asyncio.ensure_future(kill_twice(nats_server))
    acked: dict[str, int] = {}

    async def chain(number: int) -> None:
        """One in flight, each expecting its predecessor, as an attempt's output."""
        address, after, index = an_address(), 0, 0
        while not faults.done() or index < 20:
            message = f"{number}:{index}"
            result = await jetstream_bus.append(
                address.output(1),
                message.encode(),
                msg_id=message,
                expect=Expectation(address.output(1), after),
            )
            assert isinstance(result, Appended), (message, result)
            acked[message] = after = result.sequence
            index += 1

    await asyncio.gather(*(chain(number) for number in range(16)))
    await faults

    state = await jetstream_bus.state()
    stored: list[tuple[str, int]] = []
    async with asyncio.timeout(10.0), aclosing(jetstream_bus.follow(after=0)) as batches:
        async for batch in batches:
            stored += [(one.data.decode(), one.sequence) for one in batch]
            if stored[-1][1] == state.last:
                break
    assert len(stored) == len(acked)
    assert dict(stored) == acked


async def test_follow_survives_kill_and_restart_without_gap_or_duplicate(
    nats_server: NatsServer, jetstream_bus: JetStreamBus
) -> None:
    count = 2000
    seen: list[int] = []

    async def read() -> None:
        async with aclosing(jetstream_bus.follow(after=0, batch=50)) as batches:
            async for batch in batches:
                seen.extend(one.sequence for one in batch)
                if len(seen) >= count:
                    return

    reading = asyncio.ensure_future(read())
    written = 0

    async def write() -> None:
        nonlocal written
        for number in range(count):
            await append(jetstream_bus, an_address().log, msg_id=str(number))
            written += 1

    def has_written(part: int) -> bool:
        return written >= part

    writing = asyncio.ensure_future(write())
    for part in (count // 4, count // 2):
        await wait_until(partial(has_written, part), within=20.0)
        await nats_server.restart()
    await asyncio.wait_for(asyncio.gather(writing, reading), 30.0)
    assert seen == list(range(1, count + 1))


async def test_follow_may_begin_while_the_server_is_away(
    nats_server: NatsServer, jetstream_bus: JetStreamBus
) -> None:
    sequence = await append(jetstream_bus, an_address().log)
    nats_server.kill()
    await wait_until(lambda: not jetstream_bus.connection.up)
    async with aclosing(jetstream_bus.follow(after=0)) as batches:
        reading = asyncio.ensure_future(anext(batches))
        await asyncio.sleep(0.3)
        assert not reading.done()
        await nats_server.start()
        assert [one.sequence for one in await asyncio.wait_for(reading, 10.0)] == [sequence]


async def test_pull_survives_kill_and_restart_and_every_work_is_delivered(
    nats_server: NatsServer,
) -> None:
    count = 300
    durable = work_consumer("auto", "normal", ack_wait=1.0)
    settings = bus_settings(nats_server.url, work_ack_wait=1.0)
    async with open_bus(settings, name="test") as bus:
        done: set[bytes] = set()
        disturbed = 0

        async def work() -> None:
            nonlocal disturbed
            while len(done) < count:
                try:
                    for delivery in await bus.pull(durable, batch=8, wait=2.0):
                        # Before the ack: one that the server took before it died, unconfirmed, brings no redelivery.
                        done.add(delivery.stored.data)
                        await delivery.ack()
                except BusUnavailable:
                    disturbed += 1
                    await asyncio.sleep(0.02)

        working = asyncio.ensure_future(work())
        for number in range(count):
            await append(
                bus, an_address().queued("auto", "normal"), str(number).encode(), msg_id=str(number)
            )
            if number in {100, 200}:
                await nats_server.restart()
        await asyncio.wait_for(working, 20.0)
        assert disturbed > 0
        assert done == {str(number).encode() for number in range(count)}


async def test_a_waiting_pull_ends_at_once_when_the_server_dies(
    nats_server: NatsServer, jetstream_bus: JetStreamBus
) -> None:
    pulling = asyncio.ensure_future(jetstream_bus.pull(SCHEDULER, wait=30.0))
    await asyncio.sleep(0.1)
    nats_server.kill()
    with pytest.raises(BusUnavailable, match="disconnected"):
        await asyncio.wait_for(pulling, 2.0)
    assert not await jetstream_bus.ready()
    with pytest.raises(BusUnavailable):
        await jetstream_bus.pull(SCHEDULER, wait=0.1)

    await nats_server.start()
    await wait_until(jetstream_bus.ready)
    await append(jetstream_bus, an_address().log, b"after")
    assert len(await jetstream_bus.pull(SCHEDULER, wait=2.0)) == 1


async def test_the_live_feed_goes_on_after_a_restart(
    nats_server: NatsServer, jetstream_bus: JetStreamBus
) -> None:
    address = an_address()
    feed = await jetstream_bus.live(address.live)
    await nats_server.restart()
    await wait_until(jetstream_bus.ready)
    await append(jetstream_bus, address.log, b"after")
    async with asyncio.timeout(2.0), aclosing(feed):
        assert (await anext(feed)).data == b"after"


async def test_while_the_server_is_away_an_append_gives_up_after_its_time(
    nats_server: NatsServer, jetstream_bus: JetStreamBus
) -> None:
    nats_server.kill()
    publisher = Publisher(jetstream_bus.connection, seconds=0.3)
    loop = asyncio.get_running_loop()
    begin = loop.time()
    with pytest.raises(BusUnavailable):
        await publisher.append(an_address().log, b"x", msg_id="x")
    assert 0.2 < loop.time() - begin < 2.0


async def test_a_server_that_hangs_is_a_time_out_and_no_duplicate_later(
    nats_server: NatsServer, jetstream_bus: JetStreamBus
) -> None:
    address = an_address()
    publisher = Publisher(jetstream_bus.connection, seconds=5.0, answer_seconds=0.2)
    nats_server.pause()
    appending = asyncio.ensure_future(publisher.append(address.log, b"x", msg_id="x"))
    await asyncio.sleep(0.7)
    assert not appending.done()
    nats_server.pause(on=False)

    result = await asyncio.wait_for(appending, 5.0)
    assert isinstance(result, Appended)
    assert len(await jetstream_bus.history(address.tenant, address.evaluation)) == 1


async def test_a_full_log_refuses_at_once_and_loses_nothing(nats_server: NatsServer) -> None:
    settings = bus_settings(nats_server.url, stream_max_bytes=1 << 20)
    async with open_bus(settings, name="test") as bus:
        taken = 0

        async def fill() -> None:
            nonlocal taken
            while True:
                await append(bus, an_address().output(1), bytes(100_000))
                taken += 1

        with pytest.raises(BusUnavailable, match="maximum bytes"):
            await asyncio.wait_for(fill(), 10.0)
        state = await bus.state()
        assert (state.first, state.last) == (1, taken)
        assert await bus.ready()


async def test_conflicts_are_found_at_once_without_retries(jetstream_bus: JetStreamBus) -> None:
    address = an_address()
    await append(jetstream_bus, address.log)
    loop = asyncio.get_running_loop()
    begin = loop.time()
    result = await jetstream_bus.append(
        address.log, b"x", msg_id="x", expect=Expectation(address.lifecycle, 0)
    )
    assert result == Conflict(0)
    assert loop.time() - begin < 0.5


async def test_a_connection_that_ended_for_ever_ends_the_process(nats_server: NatsServer) -> None:
    async def service() -> None:
        async with open_bus(bus_settings(nats_server.url), name="x") as bus:
            await bus.connection._client.close()
            await asyncio.sleep(30.0)

    with pytest.raises(BusUnavailable, match="ended for ever"):
        await asyncio.wait_for(service(), 2.0)
