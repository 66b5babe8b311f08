"""What is checked before a start, over servers that say what NATS would."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from cloche_kit.objects import MemoryObjects
from cloche_kit.preflight import Preflight
from cloche_kit.settings import ObjectSettings, ServiceSettings
from cloche_kit.start import NotStarted
from support.nats import NatsServer, free_port


@asynccontextmanager
async def says(**greeting: Any) -> AsyncIterator[str]:
    """A server that greets so and lets everybody in; its address."""
    async with server(b"INFO %b\r\n" % json.dumps(greeting).encode()) as address:
        yield f"nats://{address}"


@asynccontextmanager
async def server(greeting: bytes) -> AsyncIterator[str]:
    """A server that says something first and answers pings; its address."""
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        writer.write(greeting)
        while line := await reader.readline():
            if line.startswith(b"PING"):
                writer.write(b"PONG\r\n")

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listening:
        yield f"127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        for writer in writers:
            writer.close()
            await writer.wait_closed()


def _preflight(url: str, *, stop: asyncio.Event | None = None, **said: Any) -> Preflight:
    told: dict[str, Any] = {"nats_url": url, "start_seconds": 0.3, **said}
    return Preflight(ServiceSettings(**told), stop or asyncio.Event())


async def test_a_server_that_has_everything_is_taken() -> None:
    async with says(version="2.12.0", jetstream=True) as url:
        assert await _preflight(url).nats()


@pytest.mark.parametrize(
    ("greeting", "said", "words"),
    [
        ({"version": "2.11.9", "jetstream": True}, {}, r"is NATS 2\.11\.9, and 2\.12 is needed"),
        ({"version": "nightly", "jetstream": True}, {}, "2.12 is needed"),
        ({"version": "2.15.1"}, {}, "JetStream switched off"),
        (
            {"version": "2.15.1", "jetstream": True},
            {"stream_replicas": 3},
            "CLOCHE_STREAM_REPLICAS is 3, but .* belongs to no cluster",
        ),
    ],
)
async def test_a_server_that_cannot_do_it_is_named_at_once(
    greeting: dict[str, Any], said: dict[str, Any], words: str
) -> None:
    async with says(**greeting) as url:
        with pytest.raises(NotStarted, match=words) as refused:
            await _preflight(url, **{"start_seconds": 60.0, **said}).nats()
    assert refused.value.component == "NATS"


async def test_a_cluster_may_keep_copies() -> None:
    async with says(version="2.15.1", jetstream=True, cluster="c") as url:
        assert await _preflight(url, stream_replicas=3).nats()


async def test_nobody_there_is_waited_for_and_then_named() -> None:
    port = free_port()
    begun = asyncio.get_running_loop().time()
    with pytest.raises(NotStarted, match=f"CLOCHE_NATS_URL: 127.0.0.1:{port} does not answer"):
        await _preflight(f"nats://127.0.0.1:{port}").nats()
    assert asyncio.get_running_loop().time() - begun >= 0.3


async def test_whoever_comes_in_time_is_taken() -> None:
    server_up = asyncio.Event()

    async def check() -> str | None:
        return None if server_up.is_set() else "CLOCHE_X: not yet"

    going = asyncio.create_task(_preflight("", start_seconds=30.0).check("X", check))
    await asyncio.sleep(0)
    assert not going.done()
    server_up.set()
    assert await going


async def test_somebody_else_on_the_port_is_named() -> None:
    async with server(b"220 mail.example.org ESMTP\r\n") as address:
        with pytest.raises(NotStarted, match="does not answer as NATS: it says b'220 mail"):
            await _preflight(address).nats()


async def test_one_node_of_several_is_enough() -> None:
    async with says(version="2.15.1", jetstream=True) as url:
        assert await _preflight(f"nats://127.0.0.1:{free_port()},{url}").nats()


async def test_a_refused_login_is_named_at_once_and_a_good_one_taken() -> None:
    users = 'authorization { user: "gateway", password: "right" }'
    async with NatsServer.temporary(config=users) as server:
        wrong = _preflight(
            server.url, nats_user="gateway", nats_password="wrong", start_seconds=60.0
        )
        with pytest.raises(NotStarted, match=r"CLOCHE_NATS_USER, CLOCHE_NATS_PASSWORD: .* refuses"):
            await wrong.nats()
        assert await _preflight(server.url, nats_user="gateway", nats_password="right").nats()


async def test_without_time_nothing_is_checked() -> None:
    assert await _preflight(f"nats://127.0.0.1:{free_port()}", start_seconds=0.0).nats()


async def test_a_stop_ends_the_waiting() -> None:
    stop = asyncio.Event()
    going = asyncio.create_task(
        _preflight(f"nats://127.0.0.1:{free_port()}", stop=stop, start_seconds=60.0).nats()
    )
    await asyncio.sleep(0)
    stop.set()
    assert not await asyncio.wait_for(going, 5)


async def test_a_bucket_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    objects, settings = MemoryObjects(), ObjectSettings()
    assert await _preflight("").objects(objects, settings)

    async def away() -> bool:
        return False

    monkeypatch.setattr(objects, "ready", away)
    with pytest.raises(NotStarted, match="CLOCHE_S3_ENDPOINT: the bucket cloche at http://127"):
        await _preflight("").objects(objects, settings)
