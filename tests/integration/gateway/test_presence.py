"""Real gateways on a real log: whichever is asked tells of all, and of one that has gone no longer."""

from contextlib import AsyncExitStack

import httpx2
from support.hosted_gateway import gateway
from support.nats import NatsServer
from support.waiting import wait_until


async def names(client: httpx2.AsyncClient) -> list[str]:
    """Of the gateways that this one knows of, itself first."""
    health = (await client.get("/v1/health")).json()
    return [one["instance"] for one in health["services"] if one["service"] == "gateway"]


async def test_each_tells_of_the_others_until_they_go(nats_server: NatsServer) -> None:
    async with gateway(nats_server.url, "g1", instance="g1") as first:
        async with AsyncExitStack() as stack:
            second = await stack.enter_async_context(gateway(nats_server.url, "g2", instance="g2"))
            for client, expected in ((first, ["g1", "g2"]), (second, ["g2", "g1"])):

                async def both(
                    client: httpx2.AsyncClient = client, expected: list[str] = expected
                ) -> bool:
                    return await names(client) == expected

                await wait_until(both)

        async def alone() -> bool:
            return await names(first) == ["g1"]

        await wait_until(alone)
