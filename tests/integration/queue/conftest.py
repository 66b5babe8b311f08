"""Each test of the queue on one node, and on three."""

from collections.abc import AsyncIterator

import pytest
from support.cluster import Cluster
from support.nats import NatsServer
from support.topology import OneNode, ThreeNodes, Topology


@pytest.fixture(params=["one node", "three nodes"])
async def topology(request: pytest.FixtureRequest) -> AsyncIterator[Topology]:
    if request.param == "one node":
        async with NatsServer.temporary() as server:
            yield OneNode(server)
        return
    cluster: Cluster = request.getfixturevalue("module_cluster")
    yield ThreeNodes(cluster)
    await cluster.start()
    await cluster.clear()
