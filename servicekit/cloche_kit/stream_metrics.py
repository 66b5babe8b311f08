"""The state of streams and durables as NATS tells it, and its advisories, as metrics.

NATS has it once and every gateway asks, so several processes show the same: take `max`, never `sum`, over them.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from prometheus_client import Counter, Gauge

from cloche_kit import stream_facts
from cloche_kit.bus import Durable
from cloche_kit.connection import Connection
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
        facts = await stream_facts.stream(self._connection, name)
        PRESENT.labels(name).set(facts.present)
        if not facts.present:
            return
        MESSAGES.labels(name).set(facts.messages)
        BYTES.labels(name).set(facts.bytes)
        LAST.labels(name).set(facts.last)
        if facts.max_bytes:
            MAX_BYTES.labels(name).set(facts.max_bytes)
        REPLICAS_BEHIND.labels(name).set(facts.replicas_behind)

    async def _durable(self, durable: Durable) -> None:
        facts = await stream_facts.durable(self._connection, durable)
        if not facts.present:
            return
        labels = (durable.stream, durable.name)
        PENDING.labels(*labels).set(facts.pending)
        UNACKED.labels(*labels).set(facts.unacked)
        REDELIVERED.labels(*labels).set(facts.redelivered)


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
