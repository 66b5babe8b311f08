"""Who is there, in memory, on one node and on three."""

import pytest
from cloche_kit.bus import EventBus
from cloche_kit.roll import Roll
from support.waiting import wait_until


@pytest.mark.parametrize("kind", ["executors", "gateways"])
async def test_they_are_there_until_they_withdraw(bus: EventBus, kind: str) -> None:
    roll = getattr(bus, kind)
    assert await roll.there() == []
    await roll.announce("host.name-1", b"one")
    await roll.announce("host.name-1", b"one again")
    await roll.announce("other", b"two")
    await wait_until(lambda: are(roll, b"one again", b"two"))
    await roll.withdraw("host.name-1")
    await wait_until(lambda: are(roll, b"two"))


async def are(roll: Roll, *said: bytes) -> bool:
    """A replica may not have heard of it yet."""
    return sorted(await roll.there()) == list(said)


async def test_each_kind_is_told_of_its_own(bus: EventBus) -> None:
    await bus.executors.announce("same", b"an executor")
    await bus.gateways.announce("same", b"a gateway")
    await wait_until(lambda: are(bus.executors, b"an executor"))
    await wait_until(lambda: are(bus.gateways, b"a gateway"))
    await bus.gateways.withdraw("same")
    await wait_until(lambda: are(bus.gateways))
    assert await are(bus.executors, b"an executor")
