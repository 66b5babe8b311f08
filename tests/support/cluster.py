"""Three nats-servers that keep every stream three times, each to be killed and started again by a test."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

import pytest
from cloche_kit import jetstream_api as api
from cloche_kit.bus import BusUnavailable
from cloche_kit.connection import Connection
from cloche_kit.settings import ServiceSettings
from msgspec import Struct
from support.bus import bus_settings, connected
from support.nats import NatsServer, free_port
from support.waiting import wait_until

NODES = 3
# Servers that start for the first time wait a few seconds for each other before they elect one.
UP_SECONDS = 30.0
_PROBE = "PROBE"


class _Peer(Struct, frozen=True):
    name: str = ""
    current: bool = False


class _Members(Struct, frozen=True):
    leader: str = ""
    replicas: list[_Peer] = []


class _Info(api.Answered, frozen=True):
    cluster: _Members = _Members()


class _Names(api.Answered, frozen=True):
    streams: list[str] | None = None


class _Done(api.Answered, frozen=True):
    success: bool = False


class Cluster:
    """`NODES` servers with JetStream; `nodes[n]` is called ``n<n>``. `start` returns when streams can be made."""

    def __init__(self, folder: Path) -> None:
        ports = [free_port() for _ in range(NODES)]
        routes = ", ".join(f'"nats://127.0.0.1:{port}"' for port in ports)
        self.nodes: list[NatsServer] = []
        for number, port in enumerate(ports):
            place = folder / f"n{number}"
            place.mkdir()
            config = (
                f"server_name: n{number}\n"
                # Nodes tell clients of no others: who is given a proxy for an address must stay with it.
                f'cluster {{ name: c, listen: "127.0.0.1:{port}", routes: [{routes}], no_advertise: true }}'
            )
            self.nodes.append(NatsServer(place, config=config))

    @classmethod
    @asynccontextmanager
    async def temporary(cls) -> AsyncIterator[Self]:
        """A cluster that is up while inside; then it and its stores are gone."""
        with tempfile.TemporaryDirectory(prefix="cloche-nats-") as folder:
            cluster = cls(Path(folder))
            try:
                await cluster.start()
                yield cluster
            finally:
                cluster.kill()

    @property
    def url(self) -> str:
        """Every node, as settings take them."""
        return ",".join(node.url for node in self.nodes)

    def settings(self, **changes: object) -> ServiceSettings:
        """Of a service that keeps each stream on every node."""
        return bus_settings(self.url, stream_replicas=NODES, **changes)

    async def start(self) -> None:
        """Start all that do not run; returns when the cluster has a leader and takes a stream of three copies."""
        await asyncio.gather(*(node.start() for node in self.nodes if not node.running))
        async with self._connected() as connection:

            async def takes_streams() -> bool:
                body = {"name": _PROBE, "subjects": ["probe"], "num_replicas": NODES}
                try:
                    await api.call(connection, f"STREAM.CREATE.{_PROBE}", body, _Info)
                except BusUnavailable:
                    return False
                return True

            await wait_until(takes_streams, within=UP_SECONDS, every=0.1)
            await _delete(connection, _PROBE)

    def kill(self) -> None:
        """kill -9 of every node that runs."""
        for node in self.nodes:
            if node.running:
                node.kill()

    async def leader(self, stream: str) -> NatsServer:
        """The node that leads a stream now; waits for one."""
        found = ""
        async with self._connected() as connection:

            async def led() -> str:
                nonlocal found
                try:
                    info = await api.call(connection, f"STREAM.INFO.{stream}", None, _Info)
                except BusUnavailable:
                    return ""
                found = info.cluster.leader
                return found

            await wait_until(led, within=UP_SECONDS)
        return self.nodes[int(found.removeprefix("n"))]

    async def whole(self, stream: str) -> None:
        """Return when every copy of a stream is there and up to date: another node may be lost then."""
        async with self._connected() as connection:

            async def current() -> bool:
                try:
                    info = await api.call(connection, f"STREAM.INFO.{stream}", None, _Info)
                except BusUnavailable:
                    return False
                members = info.cluster
                copies = sum(peer.current for peer in members.replicas) + bool(members.leader)
                return copies == NODES

            await wait_until(current, within=UP_SECONDS, every=0.05)

    async def clear(self) -> None:
        """Forget every stream, so that the next test finds nothing."""
        async with self._connected() as connection:

            async def gone() -> bool:
                try:
                    names = (await api.call(connection, "STREAM.NAMES", None, _Names)).streams
                    await asyncio.gather(*(_delete(connection, name) for name in names or []))
                except BusUnavailable:
                    # A busy cluster answers late; what was asked for may have been done.
                    return False
                return not names

            await wait_until(gone, within=UP_SECONDS)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Connection]:
        """By whichever node answers."""
        async with connected(",".join(n.url for n in self.nodes if n.running)) as connection:
            yield connection


async def _delete(connection: Connection, stream: str) -> None:
    await api.call(connection, f"STREAM.DELETE.{stream}", None, _Done)


@pytest.fixture(scope="module")
def module_cluster() -> Iterator[Cluster]:
    """One for a module: it takes seconds to start. Whoever uses it calls `clear` when done."""
    with (
        tempfile.TemporaryDirectory(prefix="cloche-nats-") as folder,
        # The loop of the test that asks first may be running in this thread.
        ThreadPoolExecutor(1) as beside,
    ):
        cluster = Cluster(Path(folder))
        try:
            beside.submit(asyncio.run, cluster.start()).result()
            yield cluster
        finally:
            cluster.kill()


@pytest.fixture
async def cluster(module_cluster: Cluster) -> AsyncIterator[Cluster]:
    """The module's cluster with all its nodes, and without a stream."""
    yield module_cluster
    await module_cluster.start()
    await module_cluster.clear()
