"""Who writes the archive, and how far it has come: one object, written only on the condition that nobody else has.

The lease needs no common clock: a standby takes over when the manifest has not changed for `lease_seconds` of its own
clock. What keeps two writers apart is not the lease but the condition: a writer that was overtaken is refused
(`Fenced`) at its next write, and so its checkpoint never moves again.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

import msgspec
from cloche_kit.archive.index import (
    Manifest,
    SegmentRef,
    decode_manifest,
    epochs,
    manifest_key,
    page_key,
)
from cloche_kit.archive.segment import Damaged, folder
from cloche_kit.bus import StreamLost, StreamState
from cloche_kit.crashpoint import crashpoint
from cloche_kit.logs import get_logger
from cloche_kit.objects import ObjectInfo, Objects
from msgspec.structs import replace

from cloche_storage.adoption import adopt
from cloche_storage.notary import Notary
from cloche_storage.patience import patiently
from cloche_storage.placing import JSON, placed

# Looked at and renewed so many times within a lease.
BEATS = 4

log = get_logger(__name__)


class Fenced(Exception):  # noqa: N818
    """Somebody else writes the archive now."""


class Ledger:
    """The manifest as its writer holds it. `settled` may be set at any time; it is written with the next beat."""

    def __init__(
        self,
        objects: Objects,
        *,
        stream: str,
        instance: str,
        lease: float,
        notary: Notary | None = None,
    ) -> None:
        self.settled = 0
        # Outputs that are objects, of which a full log cannot be told: where each ended, and the subject of its chunks.
        self.untold: dict[int, str] = {}
        self._objects = objects
        self._stream = stream
        self._instance = instance
        self._lease = lease
        self._notary = notary
        self._manifest: Manifest | None = None
        self._etag = ""
        self._written = 0.0
        self._writing = asyncio.Lock()

    @property
    def manifest(self) -> Manifest:
        """As last written. Only after `acquire`."""
        assert self._manifest is not None  # noqa: S101
        return self._manifest

    @property
    def due(self) -> float:
        """Seconds until the next beat."""
        return self._written + self._lease / BEATS - time.monotonic()

    async def acquire(
        self, look: Callable[[], Awaitable[StreamState]], *, accept: str, stop: asyncio.Event
    ) -> bool:
        """Wait until the archive of the stream that `look` shows is ours; False if `stop` came first.

        `StreamLost` if it does not fit the stream, or is missing while that of another epoch than `accept` is there;
        `Damaged` if it cannot be read.
        """
        seen, since = "", time.monotonic()
        while not stop.is_set():
            key = manifest_key(self._stream, (state := await look()).epoch)
            found = await self._objects.get(key)
            if found is None:
                follows = await self._predecessor(state, accept)
                fresh = Manifest(stream=self._stream, epoch=state.epoch, follows=follows)
                if await self._take(fresh, etag=None):
                    break
                continue
            etag, manifest = found[0].etag, _decoded(key, found[1])
            if etag != seen:
                seen, since = etag, time.monotonic()
            if not manifest.writer or time.monotonic() - since >= self._lease:
                # Looked at after the manifest was read: the log is never behind it.
                verify(manifest, await look())
                if await self._take(manifest, etag=etag):
                    break
                continue
            await _pause(stop, self._lease / BEATS)
        else:
            return False
        self.settled = self.manifest.settled
        crashpoint("acquired")
        if not self.manifest.indexed:
            log.info("adopting", archived=self.manifest.archived)
            adopted = await adopt(self._objects, self.manifest, self._stay)
            await self._write(replace(adopted, beat=self.manifest.beat))
        return True

    async def advance(self, ref: SegmentRef) -> None:
        """The store has confirmed the segment `ref`. `Fenced` if the archive is no longer ours."""
        async with self._writing:
            now = self.manifest
            if (page := now.full()) is not None:
                # What goes onto a page was committed with the manifest: whoever writes it writes the same.
                key = page_key(now.stream, now.epoch, page.number)
                await placed(self._objects, key, msgspec.json.encode(page), content_type=JSON)
                crashpoint("page-placed")
            await self._write(now.grown(ref))
            crashpoint("manifest-written")

    async def renew(self) -> None:
        """Show that we are alive. `Fenced` if the archive is no longer ours."""
        async with self._writing:
            await self._write(self.manifest)

    async def _stay(self) -> None:
        if self.due <= 0:
            await self.renew()

    async def release(self) -> None:
        """Let a standby take over at once."""
        async with self._writing:
            await self._write(replace(self.manifest, writer=""))

    async def _write(self, manifest: Manifest) -> None:
        term = manifest.term
        manifest = replace(manifest, settled=self.settled, beat=manifest.beat + 1)
        if self._notary is not None:
            # Nobody may come back for a while after the last write.
            manifest = self._notary.sign(manifest, at_once=not manifest.writer)
        data = msgspec.json.encode(manifest)
        while True:
            put = await patiently(
                lambda: self._objects.put(
                    manifest.key, data, if_match=self._etag, content_type=JSON
                )
            )
            if isinstance(put, ObjectInfo):
                self._manifest, self._etag, self._written = manifest, put.etag, time.monotonic()
                break
            found = await patiently(lambda: self._objects.get(manifest.key))
            held = _decoded(manifest.key, found[1]) if found else None
            if found is None or held is None or (held.writer, held.term) != (self._instance, term):
                raise Fenced(f"the archive is written by {held.writer if held else 'nobody'}")
            # Our own write of which we never got the answer.
            self._etag = found[0].etag
        if self._notary is not None:
            await self._notary.keep(self._objects)

    async def _take(self, manifest: Manifest, *, etag: str | None) -> bool:
        mine = replace(manifest, writer=self._instance, term=manifest.term + 1, beat=0)
        put = await self._objects.put(
            mine.key,
            msgspec.json.encode(mine),
            if_none_match=etag is None,
            if_match=etag,
            content_type=JSON,
        )
        if not isinstance(put, ObjectInfo):
            return False
        self._manifest, self._etag, self._written = mine, put.etag, time.monotonic()
        return True

    async def _predecessor(self, state: StreamState, accept: str) -> str:
        """The newest archived stream, if another one may follow it; none is empty."""
        others = await epochs(self._objects, self._stream)
        if state.epoch in others:
            if await self._objects.head(manifest_key(self._stream, state.epoch)) is None:
                # Nobody can accept that: it would begin anew over what is there.
                raise Damaged(folder(self._stream, state.epoch), "its manifest is gone")
            # Another writer was faster than we looked.
            return ""
        if accept == state.epoch:
            return others[-1] if others else ""
        if others:
            raise StreamLost(
                f"the archive is of stream {others[-1]}, this is {state.epoch}: if that is meant, "
                f"set CLOCHE_ACCEPT_STREAM={state.epoch}"
            )
        verify(Manifest(stream=self._stream, epoch=state.epoch), state)
        return ""


def verify(manifest: Manifest, state: StreamState) -> None:
    """`StreamLost` if the stream ends before the archive does, or no longer has what is not archived yet."""
    if state.last < manifest.archived:
        raise StreamLost(f"the log ends at {state.last}, the archive at {manifest.archived}")
    if state.last > manifest.archived and state.first > manifest.archived + 1:
        raise StreamLost(
            f"the log begins at {state.first}, the archive ends at {manifest.archived}"
        )


def _decoded(key: str, data: bytes) -> Manifest:
    try:
        return decode_manifest(data)
    except msgspec.DecodeError as error:
        raise Damaged(key, f"no manifest: {error}") from error


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    await asyncio.wait({waiting := asyncio.ensure_future(stop.wait())}, timeout=seconds)
    waiting.cancel()
