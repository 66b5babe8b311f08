"""`Registers` on JetStream: a stream that keeps the last message of each subject.

A write expects the sequence of the message that it replaces; the revision is that sequence. The clock is that of the
stream's leader, which says it with the stream's info.
"""

import secrets

from cloche_kit import jetstream_api as api
from cloche_kit.bus import Appended, BusUnavailable, Expectation
from cloche_kit.connection import Connection
from cloche_kit.publisher import Publisher
from cloche_kit.registers import Register

# Whoever asks goes on without an answer; nobody should wait for it long.
WRITE_SECONDS = 0.5


class _Told(api.Answered, frozen=True):
    ts: str = ""


class JetStreamRegisters:
    """See `Registers`. The records of `stream` lie on ``<prefix>.<name>``."""

    def __init__(self, connection: Connection, stream: str, prefix: str) -> None:
        self._connection = connection
        self._stream = stream
        self._prefix = prefix
        self._publisher = Publisher(
            connection, stream, seconds=WRITE_SECONDS, answer_seconds=WRITE_SECONDS
        )

    async def read(self, name: str) -> Register | None:
        """See `Registers`."""
        query = {"last_by_subj": f"{self._prefix}.{name}"}
        found = await api.message(self._connection, self._stream, query)
        return None if found is None else Register(found.data, found.sequence)

    async def write(self, name: str, data: bytes, *, after: int) -> int | None:
        """See `Registers`."""
        subject = f"{self._prefix}.{name}"
        result = await self._publisher.append(
            subject,
            data,
            msg_id=f"{subject}:{after}:{secrets.token_hex(8)}",
            expect=Expectation(subject, after),
        )
        return result.sequence if isinstance(result, Appended) else None

    async def clock(self) -> int:
        """See `Registers`."""
        told = await api.call(self._connection, f"STREAM.INFO.{self._stream}", None, _Told)
        if not told.ts:
            raise BusUnavailable(f"the server does not say its time with {self._stream}")
        return api.nanoseconds_of(told.ts)
