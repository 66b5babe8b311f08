"""The event bus as services see it: the log EVALUATIONS, its live feed, and the queue WORK that is sourced from it.

Two adapters keep this contract, `cloche_kit.jetstream` and `cloche_kit.memory`, and one suite holds both to it
(tests/contract/test_bus.py). Errors: `BusUnavailable` when the log cannot be reached or refuses (full, no leader):
nothing is known of the message then, retry with the same id. `StreamLost` when the stream vanished or went back: stop
and alarm.
"""

from asyncio import Future
from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from cloche_kit.ledgers import Ledgers
    from cloche_kit.letters import Letters
    from cloche_kit.progress import ProgressBoard
    from cloche_kit.queue import Queue
    from cloche_kit.registers import Registers
    from cloche_kit.roll import Roll

# Held back by a delay counts as pending too; beyond this a durable stalls. -1: there is no bound.
MAX_PENDING = 65_536
# The server takes no more messages in one atomic batch.
MOST_TOGETHER = 1000


class BusError(Exception):
    """Ours, not the caller's."""


class BusUnavailable(BusError):  # noqa: N818
    """The log did not take or give the message. Retry with the same id: the append is idempotent by it."""


class LogFull(BusUnavailable):
    """The log has no room for the message. Retry with the same id once there is."""


class StreamLost(BusError):  # noqa: N818
    """A stream that was there is gone, or its sequence went back. Never recreated silently."""


class Stored(Struct, frozen=True):
    """A message as it lies on the log."""

    subject: str
    sequence: int
    time: datetime
    data: bytes
    headers: Mapping[str, str] = {}


class Appended(Struct, frozen=True):
    """The log has it, durably. `duplicate`: it had it before (a retry of ours)."""

    sequence: int
    duplicate: bool = False


class Conflict(Struct, frozen=True):
    """Somebody else appended since `expected`. A value, not an error: fold again and decide anew."""

    expected: int


class Expectation(Struct, frozen=True):
    """The last message on `filter` must have stream sequence `sequence` (0: there is none)."""

    filter: str
    sequence: int


class Message(Struct, frozen=True, kw_only=True):
    """One of several messages that are appended together. Without `expect` it could not safely be tried again."""

    subject: str
    data: bytes
    msg_id: str
    expect: Expectation
    headers: Mapping[str, str] = {}


class StreamState(Struct, frozen=True):
    """Identity and range of the log. `epoch` is made from the stream's creation time: a new stream, a new epoch.

    `first` is beyond `last` while it holds nothing. `deleted`: sequences between first and last that it no longer
    holds. `bytes` of at most `max_bytes` (0: no bound) are in use, as the server counts them.
    """

    epoch: str
    first: int
    last: int
    deleted: int = 0
    bytes: int = 0
    max_bytes: int = 0


class Parked(Struct, frozen=True, kw_only=True):
    """A message that a handler could not digest. `sequence` and `parked_at` are its place on PARKED, `epoch` the log
    that it comes from."""

    stored: Stored
    handler: str
    reason: str
    detail: str = ""
    deliveries: int = 1
    epoch: str = ""
    sequence: int = 0
    parked_at: datetime | None = None


class Durable(Struct, frozen=True):
    """A durable consumer, declared once (topology.py) and never named after code."""

    stream: str
    name: str
    filter: str
    ack_wait: float = 30.0
    max_pending: int = MAX_PENDING


class Delivery(Protocol):
    """One message of a durable, delivered at least once.

    To hold it longer, call `in_progress` every third of the ack wait.
    """

    @property
    def stored(self) -> Stored:
        """The message. One of WORK shows subject and sequence that it has on EVALUATIONS, where it comes from."""

    @property
    def deliveries(self) -> int:
        """How often it was delivered, this time included."""

    async def ack(self) -> None:
        """Done with it; confirmed by the server before this returns. A lost ack means a redelivery."""

    def ack_soon(self) -> Future[object]:
        """As `ack`, but sent at once; the future is done when it is confirmed, or fails with `BusUnavailable`."""

    async def in_progress(self) -> None:
        """Still at it: the ack wait starts anew. `BusUnavailable` if that could not be sent."""

    async def nak(self, delay: float = 0.0) -> None:
        """Not now: deliver again after `delay` seconds, here or elsewhere."""


class RecordLog(Protocol):
    """A short log of records beside the log of record: the last one of a subject counts, and is kept for ever.

    As `EventBus`, with fewer ways to read.
    """

    async def append(
        self, subject: str, data: bytes, *, msg_id: str, expect: Expectation | None = None
    ) -> Appended | Conflict:
        """See `EventBus.append`."""

    async def state(self) -> StreamState:
        """See `EventBus.state`."""

    def follow(self, *, after: int) -> AsyncGenerator[list[Stored], None]:
        """See `EventBus.follow`."""


#: That of tenants and API keys.
AccessLog = RecordLog


class EventBus(Protocol):
    """The log and what hangs on it. Safe for concurrent use by the tasks of one event loop."""

    async def append(
        self,
        subject: str,
        data: bytes,
        *,
        msg_id: str,
        expect: Expectation | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Appended | Conflict:
        """Append one message and wait for the log's ack.

        Deterministic in `msg_id`: a refused or unanswered append is looked for *after the expected sequence* through
        the leader, and found means that it had succeeded (the two check headers run in different order on one node
        and on three). Without `expect` only the server's duplicate window protects.
        """

    async def append_all(self, messages: Sequence[Message]) -> Appended | Conflict:
        """Append all of 1 to `MOST_TOGETHER` messages, or none of them; `Appended` has the sequence of the last one.

        `Conflict` if one of them does not find what it expects. As `append`, deterministic in the messages' ids.
        """

    async def history(self, tenant: str, evaluation: str) -> list[Stored]:
        """Every lifecycle message of one evaluation in stream order, by literal subjects. May be stale by a moment."""

    async def get(self, sequence: int) -> Stored | None:
        """One message of the log by its sequence, through the leader. None if there is none."""

    async def last(self, filter_: str) -> Stored | None:
        """The last message on a subject or filter, through the leader, never stale."""

    async def state(self) -> StreamState:
        """Identity and range of the log. `StreamLost` if it is gone."""

    async def sequence_before(self, time: datetime) -> int:
        """The sequence before the first message that the log took at `time` or later, of those that it still holds.

        The end of the log if there is none. Times are compared to the microsecond.
        """

    async def count(self, filter_: str) -> int:
        """How many messages the log holds on a subject or filter."""

    async def trim(self, up_to: int, filter_: str = "") -> int:
        """Forget what lies on `filter_` (all) up to sequence `up_to`; how many messages that were.

        For whoever knows that nobody needs them any more, and nobody else: see retention.py of storage. Idempotent.
        What is beyond stays as it is, sequences included, and so does what the server sourced into WORK and HELD. A
        durable no longer delivers what was forgotten.
        """

    def follow(
        self, *, after: int, filters: Sequence[str] = (), batch: int = 500
    ) -> AsyncGenerator[list[Stored], None]:
        """Messages with a sequence beyond `after`, in order, without a gap, for ever: what is stored, then what comes.

        Yields batches of 1 to `batch` messages as soon as there is one. Survives reconnects; raises `StreamLost` if the
        stream is gone or ends before `after`. Close it with `aclosing`.
        """

    async def live(self, filter_: str) -> AsyncGenerator[Stored, None]:
        """The republished lifecycle on `filter_` (``live.…``) from now on; subscribed when this returns.

        Shows subjects and sequences of EVALUATIONS. May miss things while disconnected: compare with `last`.
        Close it with `aclosing`.
        """

    async def pull(self, durable: Durable, *, batch: int = 1, wait: float) -> list[Delivery]:
        """Up to `batch` deliveries; none after `wait` seconds without one (0: answer at once).

        At most one call at a time for a durable.
        """

    async def park(
        self, stored: Stored, *, handler: str, reason: str, detail: str = "", deliveries: int = 1
    ) -> None:
        """Put a poison message aside with why, where and by whom. Idempotent per handler and message."""

    async def parked(self) -> list[Parked]:
        """What was put aside, oldest first, whoever it belongs to."""

    @property
    def letters(self) -> "Letters":
        """What was put aside, by whom it belongs to."""

    @property
    def queue(self) -> "Queue":
        """What waits, and what is held back."""

    @property
    def executors(self) -> "Roll":
        """Who runs programs."""

    @property
    def gateways(self) -> "Roll":
        """Who answers clients."""

    @property
    def progress(self) -> "ProgressBoard":
        """How far the projections are."""

    @property
    def ledgers(self) -> "Ledgers":
        """What gateways write down beside."""

    @property
    def budgets(self) -> "Registers":
        """What keys have spent of their rate limits."""

    async def ready(self) -> bool:
        """Connected, and the streams answer."""
