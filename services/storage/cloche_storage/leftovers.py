"""Segments that no index names: what a crash between a segment and the manifest leaves behind.

One is deleted only once the checkpoint has passed it. From then on no writer ever writes under its key, ours or
another, so deleting needs neither lease nor clock.
"""

from contextlib import aclosing, suppress

from cloche_kit.archive.index import Manifest
from cloche_kit.archive.segment import folder, key_of, range_of
from cloche_kit.logs import get_logger
from cloche_kit.objects import Objects, ObjectsUnavailable

log = get_logger(__name__)


class Leftovers:
    """Those of one archive, as its writer knows them."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._keys: dict[str, int] = {}

    async def look(self, manifest: Manifest) -> None:
        """Find them among the newest segments: older ones were found by the writers before. `ObjectsUnavailable`."""
        named = {manifest.segment_key(ref) for ref in manifest.recent}
        start = manifest.recent[0].first if manifest.recent else manifest.archived + 1
        where = folder(manifest.stream, manifest.epoch)
        after = key_of(manifest.stream, manifest.epoch, start, 0)
        self._keys = {}
        async with aclosing(self._objects.list(where, after=after)) as found:
            async for info in found:
                if (range_ := range_of(info.key)) is None:
                    break
                if info.key in named:
                    continue
                if range_[0] > manifest.archived + 1:
                    # No crash leaves that: it began where a checkpoint stood that is no longer there.
                    log.error("manifest_older_than_the_archive", key=info.key)
                    continue
                self._keys[info.key] = range_[1]
        await self.passed(manifest)

    async def passed(self, manifest: Manifest) -> None:
        """The checkpoint has moved: delete what lies behind it, and leave it to the next writer if that fails."""
        if manifest.recent:
            self._keys.pop(manifest.segment_key(manifest.recent[-1]), None)
        for key in [key for key, last in self._keys.items() if last <= manifest.archived]:
            with suppress(ObjectsUnavailable):
                await self._objects.delete(key)
                log.info("leftover_deleted", key=key)
            del self._keys[key]
