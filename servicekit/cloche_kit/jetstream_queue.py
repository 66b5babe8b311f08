"""`Queue` on JetStream: counts by subject, and messages moved from HELD to WORK."""

import re
from typing import Any

from msgspec import Struct

from cloche_kit import jetstream_api as api
from cloche_kit.bus import Stored
from cloche_kit.connection import Connection
from cloche_kit.publisher import Publisher
from cloche_kit.pull import ORIGIN, source_of
from cloche_kit.queue import Depth, Held
from cloche_kit.topology import EXECUTORS, HELD, RELEASED, WORK

_UNFIT = re.compile(r"[^A-Za-z0-9_-]")


class _Subjects(Struct, frozen=True):
    subjects: dict[str, int] | None = None


class _Info(api.Answered, frozen=True):
    state: _Subjects = _Subjects()
    total: int = 0


class _Done(api.Answered, frozen=True):
    success: bool = False


class JetStreamQueue:
    """See `Queue`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._work = Publisher(connection, RELEASED)
        # Soon said again; nobody should wait for it long.
        self._executors = Publisher(connection, EXECUTORS, seconds=0.5, answer_seconds=0.5)
        self._announced = 0

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

    async def announce(self, executor: str, data: bytes) -> None:
        self._announced += 1
        name = _token(executor)
        await self._executors.append(
            f"executors.{name}", data, msg_id=f"{name}:{self._announced}:{id(self):x}"
        )

    async def withdraw(self, executor: str) -> None:
        body = {"filter": f"executors.{_token(executor)}"}
        await api.call(self._connection, f"STREAM.PURGE.{EXECUTORS}", body, _Done)

    async def executors(self) -> list[bytes]:
        query = {"multi_last": ["executors.*"]}
        found, _ = await api.direct(self._connection, EXECUTORS, query)
        return [stored.data for stored in found]

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


def _token(executor: str) -> str:
    """An executor's name as a token of a subject."""
    return _UNFIT.sub("_", executor) or "_"
