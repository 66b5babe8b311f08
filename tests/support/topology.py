"""Where a test of the queue has its log: on one node, or on three that keep it three times."""

from typing import Protocol

from cloche_kit.settings import ServiceSettings
from cloche_kit.topology import EVALUATIONS
from support.bus import bus_settings
from support.cluster import NODES, Cluster
from support.nats import NatsServer


class Topology(Protocol):
    """NATS as a run sees it."""

    @property
    def url(self) -> str: ...

    @property
    def node(self) -> NatsServer:
        """One that can be reached through a proxy."""
        ...

    @property
    def replicas(self) -> int: ...

    def settings(self, **changes: object) -> ServiceSettings: ...

    async def kill(self) -> None:
        """kill -9 of the only node, or of the one that leads the log."""
        ...

    async def restore(self) -> None:
        """Everything is up again."""
        ...


class OneNode:
    replicas = 1

    def __init__(self, server: NatsServer) -> None:
        self.node = server

    @property
    def url(self) -> str:
        return self.node.url

    def settings(self, **changes: object) -> ServiceSettings:
        return bus_settings(self.url, **changes)

    async def kill(self) -> None:
        self.node.kill()

    async def restore(self) -> None:
        if not self.node.running:
            await self.node.start()


class ThreeNodes:
    replicas = NODES

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    @property
    def url(self) -> str:
        return self._cluster.url

    @property
    def node(self) -> NatsServer:
        return self._cluster.nodes[0]

    def settings(self, **changes: object) -> ServiceSettings:
        return self._cluster.settings(**changes)

    async def kill(self) -> None:
        (await self._cluster.leader(EVALUATIONS)).kill()

    async def restore(self) -> None:
        for node in self._cluster.nodes:
            if not node.running:
                await node.start()
        await self._cluster.whole(EVALUATIONS)
