"""A WebSocket client as tests speak with a gateway."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from support.gateway import BEARER
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

PATH = "/v1/ws"
Said = dict[str, Any]


class Talk:
    """One open connection. Messages are dictionaries."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def say(self, type_: str, **members: object) -> None:
        await self.connection.send(msgspec.json.encode({"type": type_, **members}).decode())

    async def hear(self) -> Said:
        """The next message, within five seconds."""
        return msgspec.json.decode(await self._received(), type=Said)

    async def hear_until(self, *types: str) -> list[Said]:
        """What is said up to the first message of one of `types`, which is the last one."""
        heard = [await self.hear()]
        while heard[-1]["type"] not in types:
            heard.append(await self.hear())
        return heard

    async def hear_events(self, count: int, id_: int = 1) -> list[Said]:
        """What is said until that subscription has had `count` events, with all that came between."""
        heard: list[Said] = []
        while len(cursors(heard, id_)) < count:
            heard.append(await self.hear())
        return heard

    async def rest(self) -> tuple[list[Said], int]:
        """Everything that is still said, and the code with which the server closes the connection."""
        heard: list[Said] = []
        try:
            while True:
                heard.append(await self.hear())
        except ConnectionClosed as closed:
            return heard, 1006 if closed.rcvd is None else closed.rcvd.code

    async def closed(self) -> int:
        """That code alone."""
        return (await self.rest())[1]

    async def _received(self) -> str | bytes:
        async with asyncio.timeout(5):
            return await self.connection.recv()


@asynccontextmanager
async def talking(
    port: int | None,
    *,
    headers: dict[str, str] | None = None,
    path: str = PATH,
    **options: Any,
) -> AsyncIterator[Talk]:
    """A connection to the gateway on `port`, with the header of the first key unless others are given."""
    known: dict[str, Any] = {
        "additional_headers": BEARER if headers is None else headers,
        "compression": None,
        "max_size": None,
        "proxy": None,
    }
    async with connect(f"ws://127.0.0.1:{port}{path}", **(known | options)) as connection:
        yield Talk(connection)


def cursors(heard: list[Said], id_: int = 1) -> list[str]:
    """Those of the events of one subscription, in the order in which they came."""
    return [one["cursor"] for one in heard if one["type"] == "event" and one["id"] == id_]


def types(heard: list[Said], id_: int = 1) -> list[str]:
    """Of the same events, their names."""
    events = [one["event"] for one in heard if one["type"] == "event" and one["id"] == id_]
    return [event["type"].split(".")[2] for event in events]
