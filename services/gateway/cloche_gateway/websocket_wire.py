"""A WebSocket connection as texts, none of which is waited for for ever, and the ways in which it is closed."""

import asyncio

from msgspec import Struct
from starlette.websockets import WebSocket, WebSocketDisconnect

from cloche_gateway.connections import abort

#: How long a client has to take the close frame.
CLOSE_SECONDS = 1.0


class Close(Struct, frozen=True):
    """How a connection ends (`feeds.CLOSE_CODES`); the reason is for people."""

    code: int
    reason: str


STOPS = Close(1012, "the gateway stops: come back after the last cursors")
TOO_SLOW = Close(1013, "too slow: come back after the last cursors")
BINARY = Close(1003, "send JSON as text")
BROKEN = Close(1011, "something broke on our side")
NO_KEY = Close(4401, "a good API key is needed first")
KEY_ENDED = Close(4401, "the API key is no longer good")
NO_SCOPE = Close(4403, "the key may not read")
NO_KEY_IN_TIME = Close(4408, "no API key in time")


class Closing(Exception):  # noqa: N818
    """The connection is to end so."""

    def __init__(self, close: Close) -> None:
        super().__init__(close.reason)
        self.close = close


class Gone(Exception):  # noqa: N818
    """There is no connection any more."""


class Wire:
    """For any number of tasks that send, and one that hears. A send that takes `send_seconds` is one too many."""

    def __init__(self, websocket: WebSocket, *, send_seconds: float) -> None:
        self._websocket = websocket
        self._send_seconds = send_seconds
        self._turn = asyncio.Lock()

    async def hear(self) -> bytes:
        """The next message. `Gone`; `Closing` if it is no text."""
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise Gone
        text = message.get("text")
        if text is None:
            raise Closing(BINARY)
        return str(text).encode()

    async def send(self, text: str) -> None:
        """Returns when there is room for more. `Closing` if the client does not read, `Gone` if it has left."""
        async with self._turn:
            try:
                async with asyncio.timeout(self._send_seconds):
                    await self._websocket.send({"type": "websocket.send", "text": text})
            except TimeoutError:
                raise Closing(TOO_SLOW) from None
            except (WebSocketDisconnect, RuntimeError):
                # The server refuses words after its own close, as when a ping was not answered.
                raise Gone from None

    async def close(self, close: Close) -> None:
        """Nobody sends any more. A client that does not take the close frame loses the connection all the same."""
        message = {"type": "websocket.close", "code": close.code, "reason": close.reason}
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._websocket.send(message)
        except (TimeoutError, WebSocketDisconnect, RuntimeError):
            abort(self._websocket.scope)
