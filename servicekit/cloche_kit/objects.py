"""Object storage as services see it (S3), and an adapter in memory.

Two adapters keep this contract, `cloche_kit.s3` and `MemoryObjects`, and one suite holds both to it
(tests/contract/test_objects.py). Keys are ``/``-separated UTF-8; sizes and offsets are bytes. Errors:

    ObjectsError
    ├── ObjectsUnavailable   the store did not answer or refused for its own reasons; retry, calls are idempotent
    └── ObjectMissing        there is no such object where one was promised

A condition that does not hold is no error but the value `PreconditionFailed`.
"""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Protocol, Self

from msgspec import Struct

# S3 takes no smaller part but the last.
PART_BYTES = 5 << 20
BINARY = "application/octet-stream"
ATTACHMENT = "attachment"


class ObjectsError(Exception):
    """Ours, not the caller's."""


class ObjectsUnavailable(ObjectsError):  # noqa: N818
    """The store did not take or give the object. Nothing is known of it then; retry."""


class ObjectMissing(ObjectsError):  # noqa: N818
    """No such object, or an upload that somebody aborted."""


class ObjectInfo(Struct, frozen=True):
    """What the store says of an object. `etag` names its content as the store sees it: opaque, compare only."""

    key: str
    size: int
    etag: str
    modified: datetime | None = None


class PreconditionFailed(Struct, frozen=True):
    """The object is not, or not as, the condition demanded, and nothing was written."""

    key: str


class Upload(ABC):
    """An object written piece by piece in bounded memory: at most one part is held.

    Nothing is visible before `complete`. As a context it completes at the end and aborts on an error. An object that
    fits into one part is put in one call.
    """

    def __init__(self, key: str, part_bytes: int) -> None:
        self.key = key
        self.size = 0
        self._part_bytes = max(part_bytes, PART_BYTES)
        self._buffer = bytearray()
        self._begun = False

    @property
    def buffered(self) -> int:
        """Bytes held in memory."""
        return len(self._buffer)

    @property
    def whole(self) -> bytes | None:
        """Everything that was written, as long as it fits into one part."""
        return None if self._begun else bytes(self._buffer)

    async def write(self, data: bytes) -> None:
        """Append `data`, of any size. `ObjectsUnavailable` leaves the upload fit only for `abort`."""
        self._buffer += data
        self.size += len(data)
        while len(self._buffer) >= self._part_bytes:
            if not self._begun:
                await self._begin()
                self._begun = True
            await self._part(bytes(self._buffer[: self._part_bytes]))
            del self._buffer[: self._part_bytes]

    async def complete(self) -> ObjectInfo:
        """Make the object visible. `ObjectMissing` if the upload was aborted by somebody else."""
        rest = bytes(self._buffer)
        self._buffer.clear()
        if not self._begun:
            return await self._whole(rest)
        if rest:
            await self._part(rest)
        return await self._finish()

    async def abort(self) -> None:
        """Give the parts back; harmless at any time before `complete`."""
        self._buffer.clear()
        if self._begun:
            self._begun = False
            await self._discard()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        _error: BaseException | None,
        _tb: TracebackType | None,
    ) -> None:
        if kind is None:
            await self.complete()
        else:
            await self.abort()

    @abstractmethod
    async def _begin(self) -> None: ...

    @abstractmethod
    async def _part(self, data: bytes) -> None: ...

    @abstractmethod
    async def _finish(self) -> ObjectInfo: ...

    @abstractmethod
    async def _discard(self) -> None: ...

    @abstractmethod
    async def _whole(self, data: bytes) -> ObjectInfo: ...


class Objects(Protocol):
    """One bucket. Safe for concurrent use by the tasks of one event loop. Every call may raise `ObjectsUnavailable`."""

    async def put(
        self,
        key: str,
        data: bytes,
        *,
        if_none_match: bool = False,
        if_match: str | None = None,
        content_type: str = BINARY,
    ) -> ObjectInfo | PreconditionFailed:
        """Write an object whole; read-after-write consistent. At most one condition:

        `if_none_match`: only if there is none; `if_match`: only if its etag is this one. Of concurrent writers with the
        same condition one wins. Refused although the object already holds exactly `data` counts as written: a retry
        after a lost answer looks like that. So writers that race put something of their own into their data.
        """
        ...

    async def get(self, key: str) -> tuple[ObjectInfo, bytes] | None:
        """The whole object in memory; None if there is none."""
        ...

    def get_range(
        self, key: str, *, start: int = 0, end: int | None = None
    ) -> AsyncGenerator[bytes, None]:
        """Bytes `start` to `end` (exclusive; None: to the end) as they arrive; none beyond the object's end.

        `ObjectMissing` if there is no such object. Close it with `aclosing`.
        """
        ...

    async def head(self, key: str) -> ObjectInfo | None:
        """What is known of an object without its bytes; None if there is none."""
        ...

    def list(self, prefix: str, *, after: str = "") -> AsyncGenerator[ObjectInfo, None]:
        """Objects whose key starts with `prefix` and is greater than `after`, in order of their keys."""
        ...

    async def touch(self, key: str) -> bool:
        """Make an object as new as one that is written now; False if there is none. Its etag may change."""
        ...

    async def delete(self, key: str) -> None:
        """Remove an object; harmless if there is none."""
        ...

    def upload(
        self, key: str, *, part_bytes: int = PART_BYTES, content_type: str = BINARY
    ) -> Upload:
        """Begin an object to be written piece by piece."""
        ...

    async def abort_uploads(self, prefix: str, *, older: float = 0.0) -> int:
        """Give back what uploads that were never completed hold under `prefix`; how many there were.

        Only those that were begun more than `older` seconds ago, by the store's clock and ours.
        """
        ...

    async def presign(self, key: str, *, seconds: int, disposition: str = ATTACHMENT) -> str:
        """A URL that reads the object without credentials for so long. Not checked for existence.

        Whoever follows it is told to save the bytes as `disposition` says, and that they are only bytes.
        """
        ...

    async def ready(self) -> bool:
        """The bucket answers."""
        ...


class MemoryObjects:
    """`Objects` in a dictionary, for tests and for services run in one process."""

    def __init__(self) -> None:
        self._objects: dict[str, tuple[ObjectInfo, bytes]] = {}
        self._uploads: dict[int, _MemoryUpload] = {}

    async def put(
        self,
        key: str,
        data: bytes,
        *,
        if_none_match: bool = False,
        if_match: str | None = None,
        content_type: str = BINARY,
    ) -> ObjectInfo | PreconditionFailed:
        found = self._objects.get(key)
        refused = (if_none_match and found is not None) or (
            if_match is not None and (found is None or found[0].etag != if_match)
        )
        if refused:
            return found[0] if found is not None and found[1] == data else PreconditionFailed(key)
        return self._store(key, data)

    async def get(self, key: str) -> tuple[ObjectInfo, bytes] | None:
        return self._objects.get(key)

    async def get_range(
        self, key: str, *, start: int = 0, end: int | None = None
    ) -> AsyncGenerator[bytes, None]:
        found = self._objects.get(key)
        if found is None:
            raise ObjectMissing(key)
        if piece := found[1][start:end]:
            yield piece

    async def head(self, key: str) -> ObjectInfo | None:
        found = self._objects.get(key)
        return found[0] if found else None

    async def list(self, prefix: str, *, after: str = "") -> AsyncGenerator[ObjectInfo, None]:
        for key in sorted(self._objects):
            if key.startswith(prefix) and key > after and key in self._objects:
                yield self._objects[key][0]

    async def touch(self, key: str) -> bool:
        found = self._objects.get(key)
        if found is not None:
            self._store(key, found[1])
        return found is not None

    async def delete(self, key: str) -> None:
        self._objects.pop(key, None)

    def upload(
        self, key: str, *, part_bytes: int = PART_BYTES, content_type: str = BINARY
    ) -> Upload:
        return _MemoryUpload(key, part_bytes, uploads=self._uploads, store=self._store)

    async def abort_uploads(self, prefix: str, *, older: float = 0.0) -> int:
        before = datetime.now(UTC) - timedelta(seconds=older)
        stale = [
            n
            for n, upload in self._uploads.items()
            if upload.key.startswith(prefix) and upload.begun_at <= before
        ]
        for n in stale:
            del self._uploads[n]
        return len(stale)

    async def presign(self, key: str, *, seconds: int, disposition: str = ATTACHMENT) -> str:
        return f"memory:///{key}?seconds={seconds}"

    async def ready(self) -> bool:
        return True

    def _store(self, key: str, data: bytes) -> ObjectInfo:
        digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
        info = ObjectInfo(key, len(data), f'"{digest}"', datetime.now(UTC))
        self._objects[key] = (info, data)
        return info


class _MemoryUpload(Upload):
    """Parts of one object until it is whole. It is in `uploads` while it holds some, and aborted once it is not."""

    def __init__(
        self,
        key: str,
        part_bytes: int,
        *,
        uploads: dict[int, "_MemoryUpload"],
        store: Callable[[str, bytes], ObjectInfo],
    ) -> None:
        super().__init__(key, part_bytes)
        self._uploads = uploads
        self._store = store
        self._parts: list[bytes] = []
        self.begun_at = datetime.now(UTC)

    async def _begin(self) -> None:
        self.begun_at = datetime.now(UTC)
        self._uploads[id(self)] = self

    async def _part(self, data: bytes) -> None:
        if id(self) not in self._uploads:
            raise ObjectMissing(f"{self.key}: the upload was aborted")
        self._parts.append(data)

    async def _finish(self) -> ObjectInfo:
        if self._uploads.pop(id(self), None) is None:
            raise ObjectMissing(f"{self.key}: the upload was aborted")
        return self._store(self.key, b"".join(self._parts))

    async def _discard(self) -> None:
        self._uploads.pop(id(self), None)

    async def _whole(self, data: bytes) -> ObjectInfo:
        return self._store(self.key, data)
