"""An append whose ack is lost, on one node and on three: tried again it has succeeded, and is no conflict.

The two topologies look at the check headers in different order, so that the same retry is answered differently: a
conflict with itself on one node, a duplicate on three. Nobody above the publisher sees the difference.
"""

import asyncio
from collections.abc import AsyncIterator

import pytest
from cloche_kit import jetstream_api as api
from cloche_kit.bus import Appended, Conflict, EventBus, Expectation
from cloche_kit.jetstream import open_bus
from cloche_kit.nats_headers import header_block
from cloche_kit.publisher import Publisher
from cloche_schemas.subjects import Address
from support.bus import an_address, append, connected
from support.cluster import Cluster
from support.nats import NatsServer
from support.proxy import Proxy
from support.topology import OneNode, ThreeNodes, Topology
from support.waiting import wait_until

OTHERS = 3


@pytest.fixture(params=["one node", "three nodes"])
async def topology(request: pytest.FixtureRequest) -> AsyncIterator[Topology]:
    if request.param == "one node":
        async with NatsServer.temporary() as server:
            yield OneNode(server)
        return
    cluster: Cluster = request.getfixturevalue("module_cluster")
    yield ThreeNodes(cluster)
    await cluster.clear()


def first_of(address: Address) -> Expectation:
    return Expectation(address.lifecycle, 0)


async def has(bus: EventBus, address: Address) -> bool:
    return await bus.last(address.lifecycle) is not None


async def test_the_server_answers_a_retry_by_its_topology(topology: Topology) -> None:
    """What the publisher is there for."""
    address = an_address()
    async with (
        open_bus(topology.settings(), name="test") as bus,
        connected(topology.url) as connection,
    ):
        stored = await bus.append(address.log, b"x", msg_id="x", expect=first_of(address))
        assert isinstance(stored, Appended)
        headers = {
            "Nats-Msg-Id": "x",
            "Nats-Expected-Last-Subject-Sequence": "0",
            "Nats-Expected-Last-Subject-Sequence-Subject": address.lifecycle,
        }
        _, answer = await connection.request(
            address.log, b"x", header_block(headers), timeout=api.REQUEST_SECONDS
        )
    ack = api.pub_ack(answer)
    if topology.replicas == 1:
        assert ack.error is not None
        assert ack.error.err_code in api.WRONG_LAST_SEQUENCE
    else:
        assert (ack.error, ack.duplicate, ack.seq) == (None, True, stored.sequence)


@pytest.mark.parametrize("others", [0, OTHERS])
async def test_a_lost_ack_is_success_whoever_has_appended_since(
    topology: Topology, others: int
) -> None:
    """The connection breaks before the ack has come; others may have gone on from our event meanwhile."""
    address = an_address()
    async with (
        Proxy(topology.node.port).running() as proxy,
        open_bus(topology.settings(), name="other") as other,
        open_bus(topology.settings(nats_url=proxy.url), name="ours") as ours,
    ):
        proxy.deaf = True
        appending = asyncio.create_task(
            ours.append(address.log, b"mine", msg_id="mine", expect=first_of(address))
        )
        await wait_until(lambda: has(other, address))
        await wait_until(lambda: proxy.lost > 0)
        theirs = [await append(other, address.log, b"theirs") for _ in range(others)]
        proxy.deaf = False
        proxy.cut()

        result = await asyncio.wait_for(appending, 15.0)
        history = await other.history(address.tenant, address.evaluation)
        assert result == Appended(history[0].sequence, duplicate=True)
        assert [one.data for one in history] == [b"mine", *[b"theirs"] * others]
        assert [one.sequence for one in history[1:]] == theirs
        # Somebody else with the same expectation has lost, as it should be.
        refused = await other.append(address.log, b"x", msg_id="x", expect=first_of(address))
        assert refused == Conflict(0)


async def test_an_ack_that_never_comes_is_asked_for_again_on_the_same_connection(
    topology: Topology,
) -> None:
    address = an_address()
    async with (
        open_bus(topology.settings(), name="other") as other,
        Proxy(topology.node.port).running() as proxy,
        connected(proxy.url) as connection,
    ):
        publisher = Publisher(connection, answer_seconds=0.5)
        proxy.deaf = True
        appending = asyncio.create_task(
            publisher.append(address.log, b"x", msg_id="x", expect=first_of(address))
        )
        await wait_until(lambda: proxy.lost > 0)
        await wait_until(lambda: has(other, address))
        proxy.deaf = False
        [stored] = await other.history(address.tenant, address.evaluation)
        assert await asyncio.wait_for(appending, 15.0) == Appended(stored.sequence, duplicate=True)
        assert len(await other.history(address.tenant, address.evaluation)) == 1
