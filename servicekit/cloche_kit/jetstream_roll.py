"""`Roll` on JetStream: a stream that keeps the last message of each subject, and that for a while."""

import re

from cloche_kit import jetstream_api as api
from cloche_kit.connection import Connection
from cloche_kit.publisher import Publisher
from cloche_kit.topology import EXECUTORS

# Soon said again; nobody should wait for it long.
SAY_SECONDS = 0.5
_UNFIT = re.compile(r"[^A-Za-z0-9_-]")


class _Done(api.Answered, frozen=True):
    success: bool = False


class JetStreamRoll:
    """See `Roll`. Those of one kind lie on ``<kind>.<name>``."""

    def __init__(self, connection: Connection, kind: str) -> None:
        self._connection = connection
        self._kind = kind
        self._publisher = Publisher(
            connection, EXECUTORS, seconds=SAY_SECONDS, answer_seconds=SAY_SECONDS
        )
        self._announced = 0

    async def announce(self, name: str, data: bytes) -> None:
        self._announced += 1
        subject = self._subject(name)
        msg_id = f"{subject}:{self._announced}:{id(self):x}"
        await self._publisher.append(subject, data, msg_id=msg_id)

    async def withdraw(self, name: str) -> None:
        body = {"filter": self._subject(name)}
        await api.call(self._connection, f"STREAM.PURGE.{EXECUTORS}", body, _Done)

    async def there(self) -> list[bytes]:
        query = {"multi_last": [f"{self._kind}.*"]}
        found, _ = await api.direct(self._connection, EXECUTORS, query)
        return [stored.data for stored in found]

    def _subject(self, name: str) -> str:
        """A name as a token of a subject."""
        return f"{self._kind}.{_UNFIT.sub('_', name) or '_'}"
