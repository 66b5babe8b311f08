"""Event streams whose readers are slower than the program: bounded memory, and nothing lost on coming back."""

import asyncio
from contextlib import aclosing
from pathlib import Path

import pytest
from cloche_gateway.evaluation_feed import EvaluationFeed, Start
from cloche_gateway.event_stream import Bounds
from cloche_gateway.events import watch
from cloche_gateway.frames import Burst
from cloche_schemas.subjects import Address
from support.gateway import parse_events, stage_with
from support.waiting import wait_until


def path_of(address: Address) -> str:
    return f"/v1/evaluations/{address.evaluation}/events"


async def test_a_reader_that_is_too_slow_is_cut_off_and_can_go_on_where_it_was() -> None:
    async with (
        stage_with(watcher_events=8, send_seconds=30.0) as stage,
        stage.listening() as client,
    ):
        address = await stage.submit()
        await stage.start(address)
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", client.base_url.port, limit=1 << 16
        )
        head = f"GET {path_of(address)} HTTP/1.1\r\nHost: x\r\n"
        writer.write(f"{head}Authorization: {client.headers['authorization']}\r\n\r\n".encode())
        await reader.readuntil(b"\r\n\r\n")
        await wait_until(lambda: stage.bus.followers == [()])
        # Far beyond what the sockets on the way can hold.
        for _ in range(200):
            await stage.print(address, b"x" * 65_536)
        await stage.complete(address)
        text = await _rest(reader)
        writer.close()
        events = parse_events(text)
        assert events[-1].name == "reconnect"
        seen = [event for event in events if event.id]
        rest = await client.get(path_of(address), headers={"Last-Event-ID": seen[-1].id})
        again = [event for event in parse_events(rest.text) if event.id]
        assert [event.sequence for event in seen + again] == list(range(1, 204))


async def _rest(reader: asyncio.StreamReader) -> str:
    """The body of a chunked answer."""
    body = b""
    while size := int(await reader.readline(), 16):
        body += await reader.readexactly(size)
        await reader.readline()
    return body.decode()


async def test_a_reader_that_stalls_is_cut_off() -> None:
    async with stage_with(send_seconds=0.2) as stage, stage.listening() as client:
        address = await stage.submit()
        await stage.start(address)
        for _ in range(400):
            await stage.print(address, b"x" * 65_536)
        _, writer = await asyncio.open_connection("127.0.0.1", client.base_url.port, limit=1 << 12)
        head = f"GET {path_of(address)} HTTP/1.1\r\nHost: x\r\n"
        writer.write(f"{head}Authorization: {client.headers['authorization']}\r\n\r\n".encode())
        await wait_until(lambda: stage.bus.followers != [])
        both = _sockets()
        await wait_until(lambda: stage.bus.followers == [])
        # It has taken nothing of what was sent, and still the gateway's end of the connection is gone.
        await wait_until(lambda: _sockets() == both - 1)
        writer.transport.abort()


def _sockets() -> int:
    """Open sockets of this process, which has both ends of every connection."""
    links = (path for path in Path("/proc/self/fd").iterdir())
    return sum(_target(link).startswith("socket:") for link in links)


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except FileNotFoundError:
        return ""


async def test_output_that_outruns_a_catch_up_is_no_fault_of_the_client() -> None:
    async with stage_with(watcher_events=4) as stage:
        address = await stage.submit()
        await stage.start(address)
        start = Start((await stage.bus.state()).epoch, 0)
        feed = EvaluationFeed(stage.gateway, address, start)
        async with aclosing(watch(feed, Bounds.of(stage.gateway))) as frames:
            told = (await anext(frames)).decode()
            # One more lies on the log when the client turns to what is live: that catch-up is held open here …
            await stage.print(address, b"0")
            told += (await anext(frames)).decode()
            # … while more comes than its watcher holds.
            for n in range(1, 21):
                await stage.print(address, b"%d" % n)
            await wait_until(stage.overflowed)
            await stage.complete(address)
            async for frame in frames:
                told += frame.decode()
    events = parse_events(told)
    assert [event.sequence for event in events if event.id] == list(range(1, 25))
    assert events[-1].name == "end"


@pytest.mark.parametrize("trouble", ["overflow", "break"])
async def test_a_feed_that_waits_ends_when_its_watcher_overflows_or_breaks(trouble: str) -> None:
    """It is woken with nothing in its hands."""
    async with stage_with() as stage:
        address = await stage.submit()
        feed = EvaluationFeed(stage.gateway, address, Start((await stage.bus.state()).epoch, 0))
        async with aclosing(feed.told()) as told:
            [frame] = await anext(told)
            coming = asyncio.ensure_future(anext(told))
            await wait_until(lambda: stage.bus.followers == [()])
            [watcher] = stage.gateway.feed._watchers[address.prefix]
            await wait_until(lambda: watcher._waiter is not None)
            if trouble == "overflow":
                watcher.put(Burst([frame] * (stage.settings.watcher_events + 1)))
            else:
                watcher.fail()
            with pytest.raises(StopAsyncIteration):
                await coming
    assert not feed.over
    assert feed.slow is (trouble == "overflow")


async def test_a_reader_of_the_history_that_stalls_is_cut_off_and_gives_its_turn_back() -> None:
    async with stage_with(send_seconds=0.2, replay_readers=1) as stage, stage.listening() as client:
        address = await stage.submit()
        await stage.start(address)
        for _ in range(400):
            await stage.print(address, b"x" * 65_536)
        _, writer = await asyncio.open_connection("127.0.0.1", client.base_url.port, limit=1 << 12)
        head = "GET /v1/events?follow=true HTTP/1.1\r\nHost: x\r\n"
        writer.write(f"{head}Authorization: {client.headers['authorization']}\r\n\r\n".encode())
        await wait_until(stage.gateway.readers.locked)
        await wait_until(lambda: not stage.gateway.readers.locked())
        assert stage.bus.followers == []
        writer.transport.abort()
