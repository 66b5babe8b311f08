"""Feeds of several gateways on one log, an executor's hand to fill them, and clients that go from one to another."""

import asyncio
import itertools
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any

import httpx2
from cloche_kit.jetstream import JetStreamBus
from cloche_kit.log import EventLog
from cloche_kit.telemetry import configure
from cloche_schemas.subjects import Address
from support.archived import messages_of
from support.gateway import HELLO, Event, read_events
from support.recorded import append, story


class World:
    """Clients of some gateways, and the log of all."""

    def __init__(self, bus: JetStreamBus, clients: Sequence[httpx2.AsyncClient]) -> None:
        self.bus = bus
        self.log = EventLog(bus, configure("executor", instance="e"), instance="e")
        self.clients = clients

    async def submit(self) -> Address:
        answer = await self.clients[0].post("/v1/evaluations", json=HELLO)
        assert answer.status_code == 202, answer.text
        return Address("main", answer.json()["id"])

    async def batch(self, size: int) -> str:
        body = {"evaluations": [HELLO] * size}
        answer = await self.clients[0].post("/v1/batches", json=body)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    async def play(self, address: Address, printed: int, size: int = 20) -> None:
        """Start it, print, end it."""
        written = [("stdout", b"x" * size)] * printed
        await append(self.log, address, *story(*written)[1:])  # type: ignore[arg-type]

    async def ids(self, *prefixes: str) -> list[str]:
        """Cursors of what the log holds below these, in order."""
        epoch = (await self.bus.state()).epoch
        return [
            f"{epoch}-{one.sequence}"
            for one in await messages_of(self.bus)
            if one.subject.startswith(prefixes)
        ]


@asynccontextmanager
async def feed(
    client: httpx2.AsyncClient, path: str, after: str | None, **params: Any
) -> AsyncIterator[AsyncIterator[Event]]:
    """Events behind `after`. Where there is nothing more, that is the end as well."""
    headers = {"Accept": "text/event-stream"} | ({} if after is None else {"Last-Event-ID": after})
    async with client.stream("GET", path, headers=headers, params=params) as answer:
        assert answer.status_code in {200, 204}, await answer.aread()
        source = read_events(answer) if answer.status_code == 200 else _ended()
        async with aclosing(source) as events:
            yield events


async def _ended() -> AsyncGenerator[Event, None]:
    yield Event(name="end")


async def in_pieces(
    world: World, path: str, piece: int, count: int | None = None, **params: Any
) -> list[str]:
    """Ids of a feed of which each connection, to the next gateway, gives no more than `piece` events.

    Up to its end, or the first `count`.
    """
    seen: list[str] = []
    async with asyncio.timeout(60):
        for client in itertools.cycle(world.clients):
            async with feed(client, path, seen[-1] if seen else None, **params) as events:
                taken = 0
                async for event in events:
                    if event.name == "end":
                        return seen
                    if not event.id:
                        continue
                    seen.append(event.id)
                    taken += 1
                    if len(seen) == count:
                        return seen
                    if taken == piece:
                        break
    raise AssertionError
