"""The server's side of a connection: it can be cut at once, and what it owes a client is bounded."""

import asyncio
from types import SimpleNamespace
from typing import Any

import httpx2
from cloche_gateway.connections import WebSocketProtocol, abort, to_clients
from cloche_kit.http_server import serving
from starlette.types import Receive, Scope, Send
from support.gateway import settings_with


async def test_a_connection_that_is_aborted_ends_though_its_client_has_taken_nothing() -> None:
    ended = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        sending = asyncio.ensure_future(_endless(send))
        # Nobody reads: the send waits for ever.
        await asyncio.wait({sending}, timeout=0.2)
        assert not sending.done()
        sending.cancel()
        abort(scope)
        while (await receive())["type"] != "http.disconnect":
            pass
        ended.set()

    async with to_clients(app, settings_with(), graceful_seconds=1) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        await asyncio.wait_for(ended.wait(), 5)
        assert not reader.at_eof()
        writer.transport.abort()


async def _endless(send: Send) -> None:
    while True:
        body = bytes(1 << 20)
        await send({"type": "http.response.body", "body": body, "more_body": True})


async def test_under_a_server_that_cannot_nothing_happens() -> None:
    abort({"type": "http"})
    abort({"type": "http", "extensions": None})
    abort({"type": "websocket", "extensions": {"websocket.http.response": {}}})


async def test_no_web_socket_is_opened_where_there_are_none() -> None:
    async def app(scope: Scope, _receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async with serving(app, host="127.0.0.1", port=0) as port, httpx2.AsyncClient() as client:
        headers = {"Connection": "Upgrade", "Upgrade": "websocket"}
        answer = await client.get(f"http://127.0.0.1:{port}/v1/ws", headers=headers)
        assert answer.status_code == 404


async def test_pings_are_answered_only_while_the_answers_are_taken() -> None:
    written: list[bytes] = []
    owed = [b"pong"]
    protocol: Any = WebSocketProtocol.__new__(WebSocketProtocol)
    protocol.writable = asyncio.Event()
    protocol.conn = SimpleNamespace(data_to_send=lambda: [owed.pop()])
    protocol.transport = SimpleNamespace(write=written.append)
    protocol.handle_ping()
    assert (written, owed) == ([], [])
    owed.append(b"pong")
    protocol.writable.set()
    protocol.handle_ping()
    assert written == [b"pong"]
