"""`RecordLog` on JetStream: the streams ACCESS and SCHEDULES, with the log's own parts."""

from collections.abc import AsyncGenerator, Awaitable, Callable

from cloche_kit.bus import Appended, Conflict, Expectation, Stored, StreamState
from cloche_kit.connection import Connection
from cloche_kit.follow import Follower
from cloche_kit.publisher import Publisher


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
        self._publisher = Publisher(connection, stream, seconds=seconds)

    async def append(
        self, subject: str, data: bytes, *, msg_id: str, expect: Expectation | None = None
    ) -> Appended | Conflict:
        return await self._publisher.append(subject, data, msg_id=msg_id, expect=expect)

    async def state(self) -> StreamState:
        return await self._look()

    def follow(self, *, after: int) -> AsyncGenerator[list[Stored], None]:
        return Follower(self._connection, self._stream, self._look).read(after)
