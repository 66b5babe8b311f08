"""What gateways say of themselves, and what each of them tells of the others."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec
import pytest
from cloche_gateway import __version__
from cloche_gateway.presence import keep_saying
from cloche_kit.bus import BusUnavailable
from cloche_kit.memory import MemoryBus
from cloche_schemas.health import PlatformHealth, ServiceHealth
from support.gateway import Stage
from support.waiting import wait_until


@asynccontextmanager
async def saying(
    bus: MemoryBus, *names: str, alarm: Callable[[], str | None] = lambda: None
) -> AsyncIterator[None]:
    """Gateways that are there, and withdraw in the end."""
    stop = asyncio.Event()
    tasks = [
        asyncio.create_task(keep_saying(bus.gateways, name, alarm, stop=stop)) for name in names
    ]
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(asyncio.gather(*tasks), 2)


async def told(stage: Stage) -> list[ServiceHealth]:
    """The gateways, as of now."""
    stage.app.state.platform._until = 0.0
    answer = await stage.client.get("/v1/health")
    health = msgspec.json.decode(answer.content, type=PlatformHealth)
    return [one for one in health.services if one.service == "gateway"]


async def test_every_gateway_is_told_of_until_it_goes(stage: Stage) -> None:
    own = stage.settings.instance
    async with saying(stage.bus, "green-1", own, "blue-2"):
        await stage.bus.gateways.announce("later", b"of a later version")

        async def all_there() -> bool:
            return len(await told(stage)) == 3

        await wait_until(all_there)
        # Ourselves first, and once.
        found = await told(stage)
        assert [one.instance for one in found] == [own, "blue-2", "green-1"]
        assert {(one.version, one.status) for one in found} == {(__version__, "up")}
    assert [one.instance for one in await told(stage)] == [own]


async def test_the_alarm_of_another_is_told(stage: Stage) -> None:
    async with saying(stage.bus, "blue-2", alarm=lambda: "the access log is gone"):

        async def there() -> bool:
            return len(await told(stage)) == 2

        await wait_until(there)
        other = (await told(stage))[1]
    assert (other.status, other.detail) == ("degraded", "the access log is gone")


async def test_a_log_that_is_away_stops_nobody() -> None:
    bus = MemoryBus()
    bus.available = False
    with pytest.raises(BusUnavailable):
        await bus.gateways.there()
    async with saying(bus, "g1"):
        await asyncio.sleep(0)
    # It could not be withdrawn either; it will be forgotten by itself.
