"""Streams are made once and never again: a stream that was there and is gone, or is another, is an alarm."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from cloche_kit import jetstream_api as api
from cloche_kit import provision
from cloche_kit.bus import BusUnavailable, StreamLost
from cloche_kit.connection import Connection
from cloche_kit.jetstream import JetStreamBus, open_bus
from cloche_kit.jetstream_api import ConsumerInfo, StreamInfo
from cloche_kit.provision import Marker, TopologyDiffersError, ensure, mark
from cloche_kit.topology import EVALUATIONS, EXECUTORS, SCHEDULER, WORK, durables, streams
from msgspec import Struct
from support.bus import an_address, append, bus_settings, connected
from support.nats import NatsServer
from support.waiting import wait_until


class Done(Struct):
    success: bool = False


async def delete(connection: Connection, stream: str) -> None:
    assert (await api.call(connection, f"STREAM.DELETE.{stream}", None, Done)).success


async def config_of(connection: Connection, stream: str) -> Mapping[str, Any]:
    info = await api.stream_info(connection, stream)
    assert info is not None
    return info.config


async def test_four_services_that_start_at_once_agree(nats_server: NatsServer) -> None:
    async def start() -> dict[str, str]:
        async with connected(nats_server.url) as connection:
            return await ensure(connection, bus_settings(nats_server.url))

    results = await asyncio.gather(*(start() for _ in range(4)))

    assert all(result == results[0] for result in results)
    assert set(results[0]) == {one["name"] for one in streams(bus_settings(nats_server.url))}
    async with connected(nats_server.url) as connection:
        for durable in durables(bus_settings(nats_server.url)):
            await api.call(
                connection, f"CONSUMER.INFO.{durable.stream}.{durable.name}", None, ConsumerInfo
            )
        log = await config_of(connection, EVALUATIONS)
    assert (log["retention"], log["discard"], log["max_age"]) == ("limits", "new", 0)


async def test_a_mark_that_others_have_not_agreed_on_yet_is_waited_for(
    nats_server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a cluster: our mark is refused because of another's, which cannot be read for a moment."""
    async with connected(nats_server.url) as connection:
        first = await ensure(connection, bus_settings(nats_server.url))
        read, unseen = provision._marker, ["HELD"] * 3

        async def marker(connection: Connection, stream: str) -> Marker | None:
            if stream in unseen:
                unseen.remove(stream)
                return None
            return await read(connection, stream)

        monkeypatch.setattr(provision, "_marker", marker)
        assert await ensure(connection, bus_settings(nats_server.url)) == first
    assert not unseen


@pytest.mark.parametrize("stream", ["EVALUATIONS", "WORK", "PARKED", "ACCESS", "AUDIT"])
async def test_a_stream_that_was_there_and_is_gone_is_never_made_again(
    nats_server: NatsServer, stream: str
) -> None:
    async with connected(nats_server.url) as connection:
        await ensure(connection, bus_settings(nats_server.url))
        await delete(connection, stream)

        with pytest.raises(StreamLost, match=f"{stream} is gone"):
            await ensure(connection, bus_settings(nats_server.url))
        assert await api.stream_info(connection, stream) is None


async def test_a_stream_that_somebody_made_anew_is_not_ours(nats_server: NatsServer) -> None:
    async with connected(nats_server.url) as connection:
        await ensure(connection, bus_settings(nats_server.url))
        config = await config_of(connection, EVALUATIONS)
        await delete(connection, EVALUATIONS)
        await api.call(connection, f"STREAM.CREATE.{EVALUATIONS}", config, StreamInfo)

        with pytest.raises(StreamLost, match="made anew"):
            await ensure(connection, bus_settings(nats_server.url))


async def test_a_log_that_went_back_is_an_alarm(nats_server: NatsServer) -> None:
    async with connected(nats_server.url) as connection:
        epochs = await ensure(connection, bus_settings(nats_server.url))
        await mark(connection, EVALUATIONS, Marker(epochs[EVALUATIONS], 100))

        with pytest.raises(StreamLost, match="went back from 100 to 0"):
            await ensure(connection, bus_settings(nats_server.url))


async def test_a_crash_between_making_and_marking_a_stream_is_mended(
    nats_server: NatsServer,
) -> None:
    async with connected(nats_server.url) as connection:
        epochs = await ensure(connection, bus_settings(nats_server.url))
        await api.call(connection, "STREAM.PURGE.EPOCHS", None, Done)
        assert await ensure(connection, bus_settings(nats_server.url)) == epochs


async def test_a_larger_log_is_an_update_and_a_smaller_one_is_left(nats_server: NatsServer) -> None:
    async with connected(nats_server.url) as connection:
        for asked, there in ((64, 64), (128, 128), (32, 128)):
            settings = bus_settings(nats_server.url, stream_max_bytes=asked << 20)
            await ensure(connection, settings)
            assert (await config_of(connection, EVALUATIONS))["max_bytes"] == there << 20


async def test_subjects_are_added_and_what_a_newer_version_added_stays(
    nats_server: NatsServer,
) -> None:
    async with connected(nats_server.url) as connection:
        await ensure(connection, bus_settings(nats_server.url))
        there = await config_of(connection, EXECUTORS)
        for subjects, kept in (
            (["executors.*"], ["executors.*", "gateways.*"]),
            (["executors.*", "gateways.*", "later.*"], ["executors.*", "gateways.*", "later.*"]),
        ):
            changed = {**there, "subjects": subjects}
            await api.call(connection, f"STREAM.UPDATE.{EXECUTORS}", changed, StreamInfo)
            await ensure(connection, bus_settings(nats_server.url))
            assert sorted((await config_of(connection, EXECUTORS))["subjects"]) == kept


async def test_a_stream_of_another_kind_under_our_name_is_refused(nats_server: NatsServer) -> None:
    async with connected(nats_server.url) as connection:
        foreign = {"name": WORK, "subjects": ["work.>"], "retention": "limits"}
        await api.call(connection, f"STREAM.CREATE.{WORK}", foreign, StreamInfo)
        with pytest.raises(TopologyDiffersError, match="retention"):
            await ensure(connection, bus_settings(nats_server.url))


async def test_a_log_deleted_under_a_running_process_stops_everything(
    nats_server: NatsServer, jetstream_bus: JetStreamBus
) -> None:
    sequence = await append(jetstream_bus, an_address().log)
    reading = asyncio.ensure_future(_first(jetstream_bus, after=sequence))
    await asyncio.sleep(0.1)
    async with connected(nats_server.url) as connection:
        await delete(connection, EVALUATIONS)

    with pytest.raises(StreamLost):
        await asyncio.wait_for(reading, 5.0)
    assert not await jetstream_bus.ready()
    with pytest.raises(StreamLost):
        await jetstream_bus.append(an_address().log, b"x", msg_id="x")
    with pytest.raises(StreamLost):
        await jetstream_bus.pull(SCHEDULER, wait=0.1)


async def test_a_wiped_store_stops_a_running_process_and_nothing_is_made_again(
    nats_server: NatsServer, jetstream_bus: JetStreamBus
) -> None:
    await append(jetstream_bus, an_address().log)
    nats_server.kill()
    nats_server.wipe()
    await nats_server.start()

    async def lost() -> bool:
        try:
            await jetstream_bus.state()
        except StreamLost:
            return True
        except BusUnavailable:
            return False
        return False

    await wait_until(lost)
    with pytest.raises(StreamLost):
        await jetstream_bus.append(an_address().log, b"x", msg_id="x")
    async with connected(nats_server.url) as connection:
        assert await api.stream_info(connection, EVALUATIONS) is None


async def test_a_reader_finds_that_the_log_was_made_anew_behind_its_checkpoint(
    nats_server: NatsServer,
) -> None:
    async with open_bus(bus_settings(nats_server.url), name="before") as bus:
        checkpoint = [await append(bus, an_address().log) for _ in range(5)][-1]
        epoch = (await bus.state()).epoch
    nats_server.kill()
    nats_server.wipe()
    await nats_server.start()

    async with open_bus(bus_settings(nats_server.url), name="after") as bus:
        assert (await bus.state()).epoch != epoch
        with pytest.raises(StreamLost, match="ends at 0, read up to 5"):
            await _first(bus, after=checkpoint)


async def test_a_deleted_durable_is_made_again_and_its_work_delivered(
    nats_server: NatsServer, jetstream_bus: JetStreamBus
) -> None:
    await append(jetstream_bus, an_address().log, b"one")
    assert len(await jetstream_bus.pull(SCHEDULER, wait=1.0)) == 1
    async with connected(nats_server.url) as connection:
        await api.call(connection, f"CONSUMER.DELETE.{EVALUATIONS}.{SCHEDULER.name}", None, Done)

    assert await jetstream_bus.pull(SCHEDULER, wait=0.5) == []
    [delivery] = await jetstream_bus.pull(SCHEDULER, wait=1.0)
    assert delivery.stored.data == b"one"


async def _first(bus: JetStreamBus, *, after: int) -> int:
    async for batch in bus.follow(after=after):
        return batch[0].sequence
    return 0
