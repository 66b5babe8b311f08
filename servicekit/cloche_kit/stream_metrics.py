"""The state of streams and durables as NATS tells it, and its advisories, as metrics.

NATS has it once and every gateway asks, so several processes show the same: take `max`, never `sum`, over them.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from msgspec import Struct
from prometheus_client import Counter, Gauge

from cloche_kit import jetstream_api as api
from cloche_kit.bus import Durable
from cloche_kit.connection import Connection
from cloche_kit.jetstream_api import CONSUMER_NOT_FOUND, ApiError
from cloche_kit.logs import get_logger
from cloche_kit.nats_client import Receive
from cloche_kit.settings import ServiceSettings
from cloche_kit.topology import durables, streams

_STREAM = ["stream"]
PRESENT = Gauge("cloche_stream_present", "1 while the stream is there", _STREAM)
MESSAGES = Gauge("cloche_stream_messages", "Messages that the stream holds", _STREAM)
BYTES = Gauge("cloche_stream_bytes", "Bytes that the stream holds", _STREAM)
MAX_BYTES = Gauge("cloche_stream_max_bytes", "Bytes that it may hold; absent: no bound", _STREAM)
LAST = Gauge("cloche_stream_last_sequence", "Sequence of its last message", _STREAM)
REPLICAS_BEHIND = Gauge(
    "cloche_stream_replicas_behind", "Replicas that are offline or not current", _STREAM
)

_DURABLE = ["stream", "durable"]
PENDING = Gauge("cloche_durable_pending", "Messages that the durable has not delivered", _DURABLE)
UNACKED = Gauge("cloche_durable_unacked", "Messages that were delivered and not acked", _DURABLE)
REDELIVERED = Gauge(
    "cloche_durable_redelivered", "Messages not acked that were delivered more than once", _DURABLE
)
ADVISORIES = Counter("cloche_nats_advisories", "Advisories of the server by kind", ["kind"])

#: What is told of, by the subject that it comes on.
KINDS = {
    "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>": "max_deliveries",
    "$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.>": "terminated",
    "$JS.EVENT.ADVISORY.CONSUMER.QUORUM_LOST.>": "consumer_quorum_lost",
    "$JS.EVENT.ADVISORY.STREAM.QUORUM_LOST.>": "stream_quorum_lost",
    "$JS.EVENT.ADVISORY.STREAM.LEADER_ELECTED.>": "stream_leader_elected",
    "$JS.EVENT.ADVISORY.STREAM.DELETED.>": "stream_deleted",
    "$JS.EVENT.ADVISORY.SERVER.OUT_OF_STORAGE": "out_of_storage",
}
for _kind in KINDS.values():
    ADVISORIES.labels(_kind)
_log = get_logger(__name__)


class _Peer(Struct, frozen=True):
    current: bool = False
    offline: bool = False


class _Cluster(Struct, frozen=True):
    replicas: tuple[_Peer, ...] = ()


class _Stream(api.StreamInfo, frozen=True):
    cluster: _Cluster | None = None


class _Durable(api.Answered, frozen=True):
    num_pending: int = 0
    num_ack_pending: int = 0
    num_redelivered: int = 0


class StreamMetrics:
    """Looks at the declared streams and durables of one connection."""

    def __init__(
        self, connection: Connection, stream_names: Sequence[str], known: Sequence[Durable]
    ) -> None:
        self._connection = connection
        self._streams = tuple(stream_names)
        self._durables = tuple(known)

    async def measure(self) -> None:
        """One look. `BusUnavailable`: the gauges stay as they were."""
        await asyncio.gather(*map(self._stream, self._streams), *map(self._durable, self._durables))

    @asynccontextmanager
    async def hearing(self) -> AsyncIterator[None]:
        """Count advisories while inside."""
        ends = []
        try:
            for subject, kind in KINDS.items():
                ends.append(await self._connection.listen(subject, _counter(kind)))
            yield
        finally:
            for end in ends:
                end()

    async def _stream(self, name: str) -> None:
        try:
            info = await api.call(self._connection, f"STREAM.INFO.{name}", None, _Stream)
        except ApiError as error:
            if error.err_code != api.STREAM_NOT_FOUND:
                raise
            PRESENT.labels(name).set(0)
            return
        PRESENT.labels(name).set(1)
        MESSAGES.labels(name).set(info.state.messages)
        BYTES.labels(name).set(info.state.bytes)
        LAST.labels(name).set(info.state.last_seq)
        if (most := info.config.get("max_bytes", -1)) > 0:
            MAX_BYTES.labels(name).set(most)
        peers = () if info.cluster is None else info.cluster.replicas
        REPLICAS_BEHIND.labels(name).set(sum(one.offline or not one.current for one in peers))

    async def _durable(self, durable: Durable) -> None:
        subject = f"CONSUMER.INFO.{durable.stream}.{durable.name}"
        try:
            info = await api.call(self._connection, subject, None, _Durable)
        except ApiError as error:
            if error.err_code in {CONSUMER_NOT_FOUND, api.STREAM_NOT_FOUND}:
                return
            raise
        labels = (durable.stream, durable.name)
        PENDING.labels(*labels).set(info.num_pending)
        UNACKED.labels(*labels).set(info.num_ack_pending)
        REDELIVERED.labels(*labels).set(info.num_redelivered)


def _counter(kind: str) -> Receive:
    counter = ADVISORIES.labels(kind)

    def heard(subject: bytes, _reply: bytes, _headers: bytes, _data: bytes) -> None:
        counter.inc()
        tell = _log.info if kind == "stream_leader_elected" else _log.warning
        tell("nats_advisory", kind=kind, subject=subject.decode())

    return heard


def stream_metrics(connection: Connection, settings: ServiceSettings) -> StreamMetrics:
    """Of everything that topology.py declares."""
    names = [str(config["name"]) for config in streams(settings)]
    return StreamMetrics(connection, names, durables(settings))
