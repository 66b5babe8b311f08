"""However connections break, both clients give every event once, in order, and come to the same end."""

import asyncio
from typing import Literal

import httpx2
from cloche import AsyncClient, Client
from cloche.awaiting import AsyncTransport
from cloche.blocking import Transport
from cloche_schemas.events import EvaluationEvent
from hypothesis import given
from hypothesis import strategies as st
from support.fake_answers import ID, KEY, frame
from support.fake_gateway import chunk, completed

How = Literal["cut", "reconnect", "refused", "busy", "later", "empty"]
HOW: tuple[How, ...] = ("cut", "reconnect", "refused", "busy", "later", "empty")
BUSY = b'{"type": "t", "title": "Busy", "status": %d, "code": "busy"}'


class Plan:
    """Plays events, and for each connection how far it comes and how it ends; the last one comes to the end."""

    def __init__(self, number: int, breaks: list[tuple[int, How]]) -> None:
        self.events: list[EvaluationEvent] = [chunk(n, b"%d" % n) for n in range(number)]
        self.events.append(completed())
        self.breaks = list(breaks)

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        after = int(request.headers.get("Last-Event-ID", "e-0").removeprefix("e-"))
        frames = [frame(n, event) for n, event in enumerate(self.events, start=1)][after:]
        if not self.breaks:
            return _stream(b"".join(frames) + b"event: end\ndata: {}\n\n")
        most, how = self.breaks.pop(0)
        given_ = b"".join(frames[:most])
        match how:
            case "cut":
                return _stream(given_ + b"".join(frames[most:])[:7])
            case "reconnect":
                return _stream(given_ + b"event: reconnect\nretry: 1\ndata: {}\n\n")
            case "refused":
                raise httpx2.ConnectError("refused")
            case "busy":
                return httpx2.Response(429, content=BUSY % 429, headers={"Retry-After": "0"})
            case "later":
                return httpx2.Response(503, content=BUSY % 503)
            case "empty":
                return _stream(b"")


def _stream(content: bytes) -> httpx2.Response:
    return httpx2.Response(200, content=content, headers={"Content-Type": "text/event-stream"})


BREAKS = st.lists(st.tuples(st.integers(0, 5), st.sampled_from(HOW)), max_size=6)


@given(number=st.integers(0, 6), breaks=BREAKS)
def test_every_event_comes_once_and_in_order(number: int, breaks: list[tuple[int, How]]) -> None:
    expected = [f"e-{n}" for n in range(1, number + 2)]
    plan = Plan(number, breaks)
    with Client("http://fake", KEY, transport=httpx2.MockTransport(plan)) as client:
        assert isinstance(client._transport, Transport)
        client._transport.sleep = lambda _seconds: None
        assert [event.cursor for event in client.events(ID)] == expected

    async def awaited() -> list[str]:
        transport = httpx2.MockTransport(Plan(number, breaks))
        async with AsyncClient("http://fake", KEY, transport=transport) as client:
            assert isinstance(client._transport, AsyncTransport)
            client._transport.sleep = lambda _seconds: asyncio.sleep(0)
            return [event.cursor async for event in client.events(ID)]

    assert asyncio.run(awaited()) == expected
