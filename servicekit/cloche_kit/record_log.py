"""`RecordLog` on JetStream, with the log's own parts: the streams ACCESS and SCHEDULES, and those of the ledgers."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import datetime
from functools import partial

from cloche_kit import jetstream_api as api
from cloche_kit.bus import Appended, Conflict, Expectation, Stored, StreamState
from cloche_kit.connection import Connection
from cloche_kit.follow import Follower
from cloche_kit.ledgers import Ledgers
from cloche_kit.publisher import Publisher
from cloche_kit.topology import AUDIT, KEY_USE, NONCES

# A signed request waits for it, and is refused by 503 where there is no answer.
NONCE_SECONDS = 2.0
READ_BYTES = 4 << 20


class JetStreamRecordLog:
    """`look` gives the stream's state, and raises `StreamLost` if it is not the one that was there."""

    def __init__(
        self,
        connection: Connection,
        stream: str,
        look: Callable[[], Awaitable[StreamState]],
        seconds: float,
    ) -> None:
        self._connection = connection
        self._stream = stream
        self._look = look
        self._publisher = Publisher(
            connection, stream, seconds=seconds, answer_seconds=min(seconds, 2.0)
        )

    async def append(
        self, subject: str, data: bytes, *, msg_id: str, expect: Expectation | None = None
    ) -> Appended | Conflict:
        return await self._publisher.append(subject, data, msg_id=msg_id, expect=expect)

    async def state(self) -> StreamState:
        return await self._look()

    def follow(self, *, after: int) -> AsyncGenerator[list[Stored], None]:
        return Follower(self._connection, self._stream, self._look).read(after)


class JetStreamAuditLog(JetStreamRecordLog):
    """See `AuditLog`."""

    async def read(self, first: int, most: int) -> list[Stored]:
        query = {"seq": max(first, 1), "next_by_subj": ">", "batch": most, "max_bytes": READ_BYTES}
        found, _ = await api.direct(self._connection, self._stream, query)
        if found:
            return found
        # It was read from a follower, perhaps, which has not heard of it; the leader has.
        next_ = await api.message(
            self._connection, self._stream, {"seq": max(first, 1), "next_by_subj": ">"}
        )
        return [] if next_ is None else [next_]

    async def sequence_before(self, time: datetime) -> int:
        state = await self.state()
        found = await api.first_since(self._connection, self._stream, time)
        return state.last if found is None else found.sequence - 1


def jetstream_ledgers(
    connection: Connection, look: Callable[[str], Awaitable[StreamState]], seconds: float
) -> Ledgers:
    """`look` as of `JetStreamRecordLog`, for a stream by its name."""
    return Ledgers(
        nonces=JetStreamRecordLog(connection, NONCES, partial(look, NONCES), NONCE_SECONDS),
        key_uses=JetStreamRecordLog(connection, KEY_USE, partial(look, KEY_USE), seconds),
        audit=JetStreamAuditLog(connection, AUDIT, partial(look, AUDIT), seconds),
    )
