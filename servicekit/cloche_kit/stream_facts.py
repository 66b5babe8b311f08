"""What NATS says of the declared streams and durables, one by one: whoever does not answer takes nobody along."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from cloche_kit import jetstream_api as api
from cloche_kit.bus import BusError, Durable
from cloche_kit.connection import Connection
from cloche_kit.jetstream_api import CONSUMER_NOT_FOUND, ApiError
from cloche_kit.log import age
from cloche_kit.settings import ServiceSettings
from cloche_kit.topology import durables, streams


class StreamFacts(Struct, frozen=True, kw_only=True):
    """One stream. `max_bytes` 0: no bound. `trouble`: why nothing is known. `first` is beyond `last` while it is empty.

    `replicas` as declared; `replicas_behind` of them are offline or not current. `refuses_when_full`: it does not
    forget instead.
    """

    name: str
    present: bool = True
    messages: int = 0
    bytes: int = 0
    max_bytes: int = 0
    refuses_when_full: bool = False
    first: int = 0
    last: int = 0
    replicas: int = 1
    replicas_behind: int = 0
    leader: str = ""
    trouble: str = ""


class DurableFacts(Struct, frozen=True, kw_only=True):
    """One durable. `delivered` and `ack_floor` are sequences of its stream, `waiting` pulls that wait for a message.

    `undelivered_seconds`: age of the oldest message that it has not delivered; 0 if there is none.
    """

    stream: str
    name: str
    present: bool = True
    pending: int = 0
    unacked: int = 0
    redelivered: int = 0
    waiting: int = 0
    delivered: int = 0
    ack_floor: int = 0
    undelivered_seconds: float = 0.0
    trouble: str = ""


class Topology(Protocol):
    """Streams and durables as they are, as declared. No call raises for what is away; each takes seconds at most."""

    async def streams(self) -> list[StreamFacts]: ...

    async def durables(self) -> list[DurableFacts]: ...


class _Peer(Struct, frozen=True):
    current: bool = False
    offline: bool = False


class _Cluster(Struct, frozen=True):
    leader: str = ""
    replicas: tuple[_Peer, ...] = ()


class _Stream(api.StreamInfo, frozen=True):
    cluster: _Cluster | None = None


class _Place(Struct, frozen=True):
    stream_seq: int = 0


class _Durable(api.Answered, frozen=True):
    num_pending: int = 0
    num_ack_pending: int = 0
    num_redelivered: int = 0
    num_waiting: int = 0
    delivered: _Place = _Place()
    ack_floor: _Place = _Place()


_Facts = TypeVar("_Facts", StreamFacts, DurableFacts)


class JetStreamTopology:
    """See `Topology`."""

    def __init__(
        self, connection: Connection, stream_names: Sequence[str], known: Sequence[Durable]
    ) -> None:
        self._connection = connection
        self._streams = tuple(stream_names)
        self._durables = tuple(known)

    async def streams(self) -> list[StreamFacts]:
        """See `Topology`."""

        async def one(name: str) -> StreamFacts:
            return await _told(StreamFacts(name=name), lambda: stream(self._connection, name))

        return await asyncio.gather(*map(one, self._streams))

    async def durables(self) -> list[DurableFacts]:
        """See `Topology`."""

        async def one(known: Durable) -> DurableFacts:
            unknown = DurableFacts(stream=known.stream, name=known.name)
            return await _told(unknown, lambda: self._aged(known))

        return await asyncio.gather(*map(one, self._durables))

    async def _aged(self, known: Durable) -> DurableFacts:
        facts = await durable(self._connection, known)
        if not facts.pending:
            return facts
        query: dict[str, int | str] = {"seq": facts.delivered + 1, "next_by_subj": known.filter}
        oldest = await api.message(self._connection, known.stream, query)
        return facts if oldest is None else replace(facts, undelivered_seconds=age(oldest.time))


async def stream(connection: Connection, name: str) -> StreamFacts:
    """One look. `BusUnavailable`."""
    try:
        info = await api.call(connection, f"STREAM.INFO.{name}", None, _Stream)
    except ApiError as error:
        if error.err_code != api.STREAM_NOT_FOUND:
            raise
        return StreamFacts(name=name, present=False)
    cluster = info.cluster or _Cluster()
    return StreamFacts(
        name=name,
        messages=info.state.messages,
        bytes=info.state.bytes,
        max_bytes=max(info.config.get("max_bytes", -1), 0),
        refuses_when_full=info.config.get("discard") == "new",
        first=info.state.first_seq,
        last=info.state.last_seq,
        replicas=info.config.get("num_replicas", 1),
        replicas_behind=sum(one.offline or not one.current for one in cluster.replicas),
        leader=cluster.leader,
    )


async def durable(connection: Connection, known: Durable) -> DurableFacts:
    """One look, without the age of what was not delivered. `BusUnavailable`."""
    try:
        subject = f"CONSUMER.INFO.{known.stream}.{known.name}"
        info = await api.call(connection, subject, None, _Durable)
    except ApiError as error:
        if error.err_code not in {CONSUMER_NOT_FOUND, api.STREAM_NOT_FOUND}:
            raise
        return DurableFacts(stream=known.stream, name=known.name, present=False)
    return DurableFacts(
        stream=known.stream,
        name=known.name,
        pending=info.num_pending,
        unacked=info.num_ack_pending,
        redelivered=info.num_redelivered,
        waiting=info.num_waiting,
        delivered=info.delivered.stream_seq,
        ack_floor=info.ack_floor.stream_seq,
    )


def topology(connection: Connection, settings: ServiceSettings) -> JetStreamTopology:
    """Of everything that topology.py declares."""
    names = [str(config["name"]) for config in streams(settings)]
    return JetStreamTopology(connection, names, durables(settings))


async def _told(unknown: _Facts, look: Callable[[], Awaitable[_Facts]]) -> _Facts:
    try:
        return await look()
    except BusError as error:
        return replace(unknown, trouble=str(error) or type(error).__name__)
