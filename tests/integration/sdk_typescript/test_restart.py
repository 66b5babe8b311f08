"""A feed of the TypeScript SDK goes on where its gateway was killed, and the next one has the same address."""

import asyncio
import json
from contextlib import AsyncExitStack

import httpx2
import pytest
from support.backstage import Backstage
from support.gateway import BEARER, parse_events
from support.nats import free_port
from support.node import started

pytestmark = pytest.mark.timeout(300)


async def line(pipe: asyncio.StreamReader) -> dict[str, str]:
    async with asyncio.timeout(120):
        said = await pipe.readline()
    found: dict[str, str] = json.loads(said)
    return found


async def test_no_event_is_lost_or_given_twice_across_a_kill(behind: Backstage) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    async with AsyncExitStack() as later:
        async with behind.gateway_process(port):
            follower = started("test/programs/follow.ts", url=url)
            process = await later.enter_async_context(follower)
            assert process.stdout is not None
            events = [await line(process.stdout) for _ in range(6)]
        async with behind.gateway_process(port), httpx2.AsyncClient(headers=BEARER) as client:
            while (event := await line(process.stdout)) != {"name": "over"}:
                events.append(event)
            path = f"{url}/v1/evaluations/{events[0]['evaluation']}/events"
            told = parse_events((await client.get(path)).text)
    assert [event["cursor"] for event in events] == [one.id for one in told if one.id]
    assert events[-1]["name"] == "completed"
