"""`Queue` on JetStream: counts by subject, and messages moved from HELD to WORK."""

from typing import Any

from msgspec import Struct

from cloche_kit import jetstream_api as api
from cloche_kit.bus import Stored
from cloche_kit.connection import Connection
from cloche_kit.publisher import Publisher
from cloche_kit.pull import ORIGIN, source_of
from cloche_kit.queue import Depth, Held
from cloche_kit.topology import HELD, RELEASED, WORK


class _Subjects(Struct, frozen=True):
    subjects: dict[str, int] | None = None


class _Info(api.Answered, frozen=True):
    state: _Subjects = _Subjects()
    total: int = 0


class JetStreamQueue:
    """See `Queue`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._work = Publisher(connection, RELEASED)

    async def depth(self) -> Depth:
        held = await self._counts(HELD)
        return Depth(await self._counts(WORK) | await self._counts(RELEASED), held)

    async def held(self, subject: str, *, after: int = 0, most: int = 100) -> list[Held]:
        query = {"seq": after + 1, "next_by_subj": subject, "batch": most}
        found, _ = await api.direct(self._connection, HELD, query)
        return [_held(stored) for stored in found]

    async def release(self, held: Held) -> None:
        stored = held.stored
        await self._work.append(
            f"work{held.subject.removeprefix('held')}",
            stored.data,
            msg_id=f"released:{stored.sequence}",
            headers={**stored.headers, ORIGIN: f"{stored.sequence} {stored.subject}"},
        )
        await self.drop(held)

    async def drop(self, held: Held) -> None:
        await api.delete(self._connection, HELD, held.sequence)

    async def _counts(self, stream: str) -> dict[str, int]:
        """Messages by subject, page by page."""
        found: dict[str, int] = {}
        while True:
            body: dict[str, Any] = {"subjects_filter": ">", "offset": len(found)}
            info = await api.call(self._connection, f"STREAM.INFO.{stream}", body, _Info)
            page = info.state.subjects or {}
            found |= page
            if not page or len(found) >= info.total:
                return found


def _held(stored: Stored) -> Held:
    headers = dict(stored.headers)
    sequence, subject = source_of(headers.pop("Nats-Stream-Source"))
    headers.pop("Nats-Msg-Id", None)
    for name in [name for name in headers if name.startswith("Nats-Expected-")]:
        del headers[name]
    origin = Stored(subject, sequence, stored.time, stored.data, headers)
    return Held(stored.subject, stored.sequence, origin)
