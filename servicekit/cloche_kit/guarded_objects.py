"""`Objects` behind a breaker: while the store has fallen silent, its callers are told so at once."""

from collections.abc import AsyncGenerator
from contextlib import AbstractContextManager, aclosing

from cloche_kit.breaker import Breaker, Tripped
from cloche_kit.objects import (
    ATTACHMENT,
    BINARY,
    PART_BYTES,
    ObjectInfo,
    Objects,
    ObjectsUnavailable,
    PreconditionFailed,
    Upload,
)


class ObjectsTripped(ObjectsUnavailable, Tripped):
    """The store has not answered for a while: nothing was asked."""


class GuardedObjects:
    """See `Objects`. Uploads are begun only while it answers, and are then on their own."""

    def __init__(self, objects: Objects, breaker: Breaker) -> None:
        self._objects = objects
        self._breaker = breaker

    async def put(
        self,
        key: str,
        data: bytes,
        *,
        if_none_match: bool = False,
        if_match: str | None = None,
        content_type: str = BINARY,
    ) -> ObjectInfo | PreconditionFailed:
        with self._calling():
            return await self._objects.put(
                key,
                data,
                if_none_match=if_none_match,
                if_match=if_match,
                content_type=content_type,
            )

    async def get(self, key: str) -> tuple[ObjectInfo, bytes] | None:
        with self._calling():
            return await self._objects.get(key)

    async def get_range(
        self, key: str, *, start: int = 0, end: int | None = None
    ) -> AsyncGenerator[bytes, None]:
        pieces = self._objects.get_range(key, start=start, end=end)
        async with aclosing(pieces):
            while True:
                # Each piece is a call; how long the reader takes in between is no matter of the store's.
                with self._calling():
                    piece = await anext(pieces, None)
                if piece is None:
                    return
                yield piece

    async def head(self, key: str) -> ObjectInfo | None:
        with self._calling():
            return await self._objects.head(key)

    async def list(self, prefix: str, *, after: str = "") -> AsyncGenerator[ObjectInfo, None]:
        found = self._objects.list(prefix, after=after)
        async with aclosing(found):
            while True:
                with self._calling():
                    info = await anext(found, None)
                if info is None:
                    return
                yield info

    async def touch(self, key: str) -> bool:
        with self._calling():
            return await self._objects.touch(key)

    async def delete(self, key: str) -> None:
        with self._calling():
            await self._objects.delete(key)

    def upload(
        self, key: str, *, part_bytes: int = PART_BYTES, content_type: str = BINARY
    ) -> Upload:
        if self._breaker.state == "open":
            error = ObjectsTripped(f"{self._breaker.edge} has fallen silent")
            error.retry_after = self._breaker.retry_after
            raise error
        return self._objects.upload(key, part_bytes=part_bytes, content_type=content_type)

    async def abort_uploads(self, prefix: str, *, older: float = 0.0) -> int:
        with self._calling():
            return await self._objects.abort_uploads(prefix, older=older)

    async def presign(self, key: str, *, seconds: int, disposition: str = ATTACHMENT) -> str:
        return await self._objects.presign(key, seconds=seconds, disposition=disposition)

    async def ready(self) -> bool:
        return await self._objects.ready()

    def _calling(self) -> AbstractContextManager[None]:
        return self._breaker.calling(ObjectsUnavailable, tripped=ObjectsTripped)
