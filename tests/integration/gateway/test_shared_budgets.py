"""Two gateways over one real log share the budget of a key, also while the log dies and comes back."""

import asyncio
import time

import httpx2
from support.hosted_gateway import gateway
from support.nats import NatsServer
from support.waiting import wait_until

BURST = 100
PER_MINUTE = 60
#: Of the settings: a twentieth of the burst.
BLOCK = 5
#: Of the settings: what each grants by itself, a second.
SHARE = 0.25 * PER_MINUTE / 60


async def a_key(client: httpx2.AsyncClient) -> dict[str, str]:
    wish = {"name": "x", "rates": {"read": {"per_minute": PER_MINUTE, "burst": BURST}}}
    answer = await client.post("/v1/keys", json=wish)
    assert answer.status_code == 201, answer.text
    return {"Authorization": f"Bearer {answer.json()['api_key']}"}


async def known(client: httpx2.AsyncClient, header: dict[str, str]) -> None:
    """The gateway has read of the key. What is asked for costs another budget."""

    async def there() -> bool:
        answer = await client.get("/v1/events?until=x", headers=header)
        return answer.status_code != 401

    await wait_until(there)


async def granted(client: httpx2.AsyncClient, header: dict[str, str], count: int) -> int:
    """How many of so many requests, a few at a time, are not refused."""
    answers = []
    for _ in range(count // 5):
        answers += await asyncio.gather(*(client.get("/v1", headers=header) for _ in range(5)))
    statuses = [one.status_code for one in answers]
    assert set(statuses) <= {200, 429}
    for one in answers:
        assert one.headers["ratelimit-policy"] == f'"read";q={BURST};w={BURST * 60 // PER_MINUTE}'
        assert (one.status_code == 429) == ("retry-after" in one.headers)
    return statuses.count(200)


async def test_two_gateways_grant_one_budget(nats_server: NatsServer) -> None:
    async with gateway(nats_server.url, "g1") as first, gateway(nats_server.url, "g2") as second:
        header = await a_key(first)
        await known(second, header)
        begun = time.monotonic()
        both = await asyncio.gather(granted(first, header, 150), granted(second, header, 150))
        refilled = (time.monotonic() - begun) * PER_MINUTE / 60
        assert BURST - 2 * BLOCK <= sum(both) <= BURST + 2 * BLOCK + refilled + 1
        # Neither took it all: they had it in blocks.
        assert min(both) > 2 * BLOCK
        # What is told is the same everywhere, to a block.
        for client in (first, second):
            answer = await client.get("/v1", headers=header)
            left = int(answer.headers["ratelimit"].split(";")[1].removeprefix("r="))
            assert left <= 2 * BLOCK


async def test_while_the_log_is_away_each_goes_on_for_its_share_and_then_they_share_again(
    nats_server: NatsServer,
) -> None:
    async with gateway(nats_server.url, "g1") as first, gateway(nats_server.url, "g2") as second:
        header = await a_key(first)
        await known(second, header)
        for client in (first, second):
            assert await granted(client, header, 20) == 20
        nats_server.kill()
        begun = time.monotonic()
        both = await asyncio.gather(granted(first, header, 100), granted(second, header, 100))
        seconds = time.monotonic() - begun
        for count in both:
            # What it held, and one block of its share, and what that gives with time.
            assert BLOCK <= count <= 2 * BLOCK + SHARE * seconds + 1
        await nats_server.start()

        async def shared() -> bool:
            answer = await first.get("/v1", headers=header)
            return answer.status_code == 200

        await wait_until(shared, within=15.0, every=0.1)
        # The record has outlived the server, and so has what was spent of it.
        begun = time.monotonic()
        both = await asyncio.gather(granted(first, header, 100), granted(second, header, 100))
        assert 0 < sum(both) <= BURST - 40 + 2 * BLOCK + time.monotonic() - begun + 20
